"""What can be wrong with a pair of radiographs: the bundled pair, spoilt in one way each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from Diff2CTCore.commands.misaligned import displaced_lateral
from Diff2CTCore.ct import spine_line
from Diff2CTCore.geometry import VolumeGrid, hu_to_attenuation, project
from Diff2CTCore.radiograph import read_radiograph
from Diff2CTCore.reconstruction import RadiographInput
from Diff2CTCore.storage import sample_file

FILES = {"frontal": "ap.dcm", "lateral": "lateral.dcm"}
VIEWS = {"frontal": "AP", "lateral": "LL"}
DISTANCES = {"sid_mm": 1150.0, "sod_mm": 950.0}
"""The true ones."""

SID_ERROR, SPACING_ERROR = 1.15, 0.75
OTHER_VERTEBRA_MM, ANGLE_DEG = 24.0, 15.0

METAL_HU = 3000.0
"""The most that a CT of this program holds; that of real steel and titanium is higher."""

ROD_MM, ROD_APART_MM, ROD_BEHIND_MM, ROD_HALF_MM = 3.0, 24.0, 30.0, 60.0
"""Radius, distance of each of the two from the middle, distance behind the vertebral bodies' middle, half the length."""


@dataclass(frozen=True)
class Case:
    """Attributes:
    name: of the picture, and of the place on the page.
    title: of the picture; empty for a case that has numbers alone.
    frontal, lateral: what is given to the program.
    alone: the same without what the user says; None where the program could not find out by itself.
    metal: whether the true CT holds rods.
    """

    name: str
    title: str
    frontal: RadiographInput
    lateral: RadiographInput
    alone: tuple[RadiographInput, RadiographInput] | None = None
    metal: bool = field(default=False)


def cases(folder: Path, truth_hu: np.ndarray, grid: VolumeGrid) -> list[Case]:
    """The pair as it should be ("right"), then each fault; files are written to the folder."""
    pixels = {side: read_radiograph(sample_file(name)).pixels for side, name in FILES.items()}
    files = {side: _write(folder / f"{side}.nrrd", image) for side, image in pixels.items()}
    right = Case("right", "", *(_given(side, files[side]) for side in FILES))
    one, other = right.frontal, right.lateral
    negative = _write(folder / "negative.nrrd", pixels["frontal"].max() - pixels["frontal"])
    wrong = {**DISTANCES, "sid_mm": SID_ERROR * DISTANCES["sid_mm"]}
    with_metal = {
        side: _write(folder / f"metal-{side}.nrrd", image)
        for side, image in _shadows(pixels, truth_hu, grid, with_rods(truth_hu, grid)).items()
    }
    air = np.full_like(truth_hu, -1000.0)
    cut = {
        side: _write(folder / f"cube-{side}.nrrd", image)
        for side, image in _shadows({side: 0.0 for side in FILES}, air, grid, truth_hu).items()
    }
    exchanged = [replace(given, path=files[side]) for given, side in ((one, "lateral"), (other, "frontal"))]
    shifted = RadiographInput(displaced_lateral(folder / "shifted.nrrd"), {}, {})
    return [
        right,
        Case("exchanged", "The frontal and the lateral radiograph exchanged", *exchanged,
             (RadiographInput(files["lateral"]), RadiographInput(files["frontal"]))),
        Case("negative", "The frontal radiograph is a negative", replace(one, path=negative), other,
             (RadiographInput(negative), RadiographInput(files["lateral"]))),
        Case("size", "SID stated 15 % too long in both views", *(_with(given, **wrong) for given in (one, other))),
        Case("spacing", "", *(_with(given, pixel_spacing_mm=SPACING_ERROR * _spacing(one)) for given in (one, other))),
        Case("height", "The lateral radiograph lies 60 mm lower and is 8 % larger", one,
             replace(other, path=shifted.path), (RadiographInput(files["frontal"]), shifted)),
        Case("vertebra", "", one, _with(other, centre_px=_moved(OTHER_VERTEBRA_MM))),
        Case("angle", "The lateral view stated 15\N{DEGREE SIGN} off, which it is not", one,
             _with(other, primary_deg=ANGLE_DEG)),
        Case("metal", "Two metal rods behind the spine",
             *(_given(side, with_metal[side]) for side in FILES), metal=True),
        Case("cube", "", *(_given(side, cut[side]) for side in FILES)),
    ]  # fmt: skip


def with_rods(hu: np.ndarray, grid: VolumeGrid) -> np.ndarray:
    """A CT (S, P, L) with two rods that follow its spine."""
    line = spine_line(hu, grid.spacing_mm)
    superior, posterior, left = np.indices(hu.shape, dtype=np.float32)
    rows, columns = (np.interp(np.arange(hu.shape[0]), line[:, 0], line[:, axis]) for axis in (1, 2))
    behind = (posterior - rows[:, None, None]) * grid.spacing_mm - ROD_BEHIND_MM
    beside = np.abs(left - columns[:, None, None]) * grid.spacing_mm - ROD_APART_MM
    covered = np.clip((ROD_MM - np.hypot(behind, beside)) / grid.spacing_mm + 0.5, 0.0, 1.0)
    covered[np.abs(superior - (hu.shape[0] - 1) / 2) * grid.spacing_mm > ROD_HALF_MM] = 0.0
    return hu + covered * (METAL_HU - hu)


def _shadows(pixels: dict, before: np.ndarray, grid: VolumeGrid, after: np.ndarray) -> dict[str, np.ndarray]:
    """The radiographs with what a change of the CT adds to their line integrals, which is exact but for the noise."""
    import torch

    difference = hu_to_attenuation(after) - hu_to_attenuation(before)
    added = {}
    for side, name in FILES.items():
        radiograph = read_radiograph(sample_file(name))
        from Diff2CTCore.radiograph import view_geometry

        view, _ = view_geometry(radiograph)
        with torch.no_grad():
            image = project(torch.from_numpy(difference.astype(np.float32))[None, None], grid, view)
        added[side] = pixels[side] + image[0, 0].numpy()
    return added


def _given(side: str, path: Path) -> RadiographInput:
    """A file with everything that a user can say about it, rightly."""
    radiograph = read_radiograph(sample_file(FILES[side]))
    geometry = {"view": VIEWS[side], "pixel_spacing_mm": radiograph.pixel_spacing_mm[0], "centre_px": _moved(0.0)}
    return RadiographInput(path, {"invert": False}, {**geometry, **DISTANCES})


def _with(given: RadiographInput, **geometry) -> RadiographInput:
    return replace(given, geometry={**given.geometry, **geometry})


def _spacing(given: RadiographInput) -> float:
    return given.geometry["pixel_spacing_mm"]


def _moved(up_mm: float) -> tuple[float, float]:
    """The middle of the bundled radiographs, or a pixel that lies higher in the patient."""
    radiograph = read_radiograph(sample_file(FILES["lateral"]))
    pitch = radiograph.pixel_spacing_mm[0] * DISTANCES["sod_mm"] / DISTANCES["sid_mm"]
    return (radiograph.columns - 1) / 2.0, (radiograph.rows - 1) / 2.0 - up_mm / pitch


def _write(path: Path, pixels: np.ndarray) -> Path:
    """A file that tells nothing but its pixels and their pitch, as a viewer exports it."""
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(pixels.astype(np.float32))
    image.SetSpacing(read_radiograph(sample_file(FILES["frontal"])).pixel_spacing_mm[::-1])
    sitk.WriteImage(image, str(path))
    return path
