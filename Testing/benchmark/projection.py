"""Digitally reconstructed radiographs against DiffDRR, nanodrr and plastimatch, on the same rays."""

from __future__ import annotations

import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path

import numpy as np
import SimpleITK as sitk
import torch
from rows import SHARE, TIMES_FASTER, Goal, Row, row
from scale import Scale
from timing import alternate, seconds_of

from Diff2CTCore.geometry import ViewGeometry, VolumeGrid, hu_to_attenuation, project
from Diff2CTCore.storage import resource_path

FIELD_MM = 360.0
"""Side of the detectors; at the volume's centre they see about 300 mm."""

OFF_AXIS = {"primary_deg": 10.0, "secondary_deg": 10.0}


def measure_diffdrr(scale: Scale) -> list[Row]:
    """Time in both directions, and the images' difference."""
    from peers import DiffDRR

    density, grid = attenuation(scale.volume)
    views = two_views(scale.detector)
    name = f"DiffDRR 0.6.1, trilinear, {scale.drr_points} points"
    peer = DiffDRR(grid, views, scale.drr_points)
    return _compare(scale, density, _ours(grid, views), peer, name, "", 20.0)


def measure_nanodrr(scale: Scale) -> list[Row]:
    """The same, also for views off the axes."""
    from peers import NanoDRR

    density, grid = attenuation(scale.volume)
    name = f"nanodrr 0.1.7, {scale.drr_samples} samples"
    rows = []
    for deviation, what, limit in (({}, "", 10.0), (OFF_AXIS, ", 10 degrees off the axes", 2.0)):
        views = two_views(scale.detector, **deviation)
        peer = NanoDRR(grid, views, scale.drr_samples)
        rows += _compare(scale, density, _ours(grid, views), peer, name, what, limit)
    return rows


def measure_plastimatch(scale: Scale) -> list[Row]:
    """Forward alone: plastimatch has no gradient. What it needs to start and to read the volume is taken off."""
    density, grid = attenuation(scale.volume)
    views = two_views(scale.detector)
    ours = _ours(grid, views)
    name = "plastimatch 1.10, exact, without its start"
    with tempfile.TemporaryDirectory() as folder:
        peer = Plastimatch(Path(folder), density, grid)
        seconds: tuple[list[float], list[float]] = ([], [])
        for _ in range(scale.slow_rounds):
            seconds[0].append(seconds_of(_forward(ours, density)))
            whole, start = (seconds_of(lambda pixels=pixels: peer(views, pixels)) for pixels in (scale.detector, 1))
            seconds[1].append(whole - start)
        theirs = peer(views, scale.detector)
    return [
        row(f"DRR forward, {scale.size}", name, Goal(TIMES_FASTER, 1.5), *seconds),
        _difference("DRR, NRMSE", name, ours(density), theirs),
    ]


def _compare(scale: Scale, density, ours, peer, name: str, what: str, limit: float) -> list[Row]:
    goal = Goal(TIMES_FASTER, limit)
    rows = []
    for direction, run in (("forward", _forward), ("forward and backward", _forward_and_backward)):
        seconds = alternate(run(ours, density), run(peer, density), scale.slow_rounds)
        rows.append(row(f"DRR {direction}, {scale.size}{what}", name, goal, *seconds))
    return [*rows, _difference(f"DRR, NRMSE{what}", name, ours(density), peer(density))]


def _ours(grid: VolumeGrid, views: list[ViewGeometry]):
    return lambda density: torch.cat([project(density[None, None], grid, view)[0] for view in views])


def attenuation(side: int) -> tuple[torch.Tensor, VolumeGrid]:
    """The bundled CT in 1/mm, (S, P, L); resampled where another size than its own is wanted."""
    image = sitk.ReadImage(str(resource_path("SampleData", "truth.nrrd")))
    hu = torch.from_numpy(sitk.GetArrayFromImage(image).astype(np.float32))
    extent = image.GetSpacing()[0] * image.GetSize()[0]
    if hu.shape != (side,) * 3:
        hu = torch.nn.functional.interpolate(hu[None, None], (side,) * 3, mode="trilinear")[0, 0]
    return hu_to_attenuation(hu), VolumeGrid((side,) * 3, extent / side)


def two_views(pixels: int, **deviation: float) -> list[ViewGeometry]:
    """A frontal and a lateral view."""
    pitch = FIELD_MM / pixels
    return [ViewGeometry(name, pixels, pixels, (pitch, pitch), **deviation) for name in ("AP", "LL")]


def _forward(projector, density):
    def run():
        with torch.no_grad():
            projector(density)

    return run


def _forward_and_backward(projector, density):
    def run():
        volume = density.clone().requires_grad_()
        projector(volume).square().sum().backward()

    return run


def _difference(work: str, name: str, ours: torch.Tensor, theirs: torch.Tensor) -> Row:
    errors = [float((a - b).square().mean().sqrt() / (b.max() - b.min())) for a, b in zip(ours, theirs, strict=True)]
    return row(work, name, Goal(SHARE, 0.01), [max(errors)], unit="")


class Plastimatch:
    """The program, which reads the volume from a file and writes images to files."""

    def __init__(self, folder: Path, density: torch.Tensor, grid: VolumeGrid):
        self.folder = folder
        self.program = shutil.which("plastimatch", path=sysconfig.get_path("scripts"))
        if self.program is None:
            raise ModuleNotFoundError("plastimatch is not installed", name="plastimatch")
        image = sitk.GetImageFromArray(density.numpy())
        image.SetSpacing((grid.spacing_mm,) * 3)
        image.SetOrigin(grid.lps_origin_mm())
        sitk.WriteImage(image, str(folder / "mu.mha"))

    def __call__(self, views: list[ViewGeometry], pixels: int) -> torch.Tensor:
        """(views, pixels, pixels); fewer pixels see the middle of the detector alone."""
        return torch.stack([self._project(view, pixels) for view in views])

    def _project(self, view: ViewGeometry, pixels: int) -> torch.Tensor:
        ray, column_axis, row_axis = view.frame()
        normal, up = (" ".join(map(str, (-v[0], -v[1], v[2]))) for v in (-ray, -row_axis))
        side = pixels * view.pixel_spacing_mm[0]
        command = [self.program, "drr", "-i", "exact", "-P", "none"]
        command += ["-t", "pfm", "--sad", str(view.sod_mm), "--sid", str(view.sid_mm), "-o", "0 0 0"]
        command += ["-r", f"{pixels} {pixels}", "-z", f"{side} {side}", "-n", normal, "--vup", up]
        command += ["-O", str(self.folder / "drr"), "-I", str(self.folder / "mu.mha")]
        subprocess.run(command, check=True, capture_output=True)
        (file,) = self.folder.glob("drr*.pfm")
        values = np.frombuffer(file.read_bytes().split(b"\n", 3)[3], "<f4").reshape(pixels, pixels)
        file.unlink()
        image = torch.from_numpy(values * 10.0)
        # It knows cameras with a right-handed frame alone and mirrors the others.
        return image if np.linalg.det(np.stack([column_axis, row_axis, ray])) > 0.0 else image.flip(1)
