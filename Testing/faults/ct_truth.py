"""What became of a CT that the program accepted, beside what it says to an independent reader."""

from pathlib import Path

import numpy as np
import SimpleITK as sitk
from voxel_files import Voxels, voxels_of

PLACE_MM = 0.02


def image_of(path):
    """The SimpleITK image as which the program reads a CT."""
    from Diff2CTCore.ct import read_ct

    return read_ct(path).image


def wrong_voxels(path: Path, told: Path | None = None):
    """A question for `Spoilt.wrong`: whether a CT was read as `voxels_of` reads it, or `told` in its place."""
    return lambda: _differing(image_of(path), voxels_of(told or path))


def _differing(image, voxels: Voxels) -> str | None:
    """Each voxel that was read must lie where the file puts one, with that one's value; order and signs are free."""
    values = voxels.values[0] if voxels.values.ndim == 4 and len(voxels.values) == 1 else voxels.values
    axes, origin = voxels.axes[:3, :3], voxels.origin[:3]
    if values.size != image.GetNumberOfPixels():
        return f"{image.GetSize()} voxels instead of {values.shape[::-1]}"
    steps = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    into = np.linalg.inv(axes)
    turn, start = into @ steps, into @ (np.array(image.GetOrigin()) - origin)
    whole = np.rint(turn), np.rint(start)
    far = np.abs(axes @ (turn - whole[0])).max() * max(image.GetSize()), np.abs(axes @ (start - whole[1])).max()
    if max(far) > PLACE_MM:
        return f"the voxels lie elsewhere, by up to {max(far):.3g} mm"
    index = np.stack(np.meshgrid(*(np.arange(n) for n in image.GetSize()[::-1]), indexing="ij")[::-1], axis=-1)
    index = (index @ whole[0].T + whole[1]).astype(int)
    if (index < 0).any() or (index >= values.shape[::-1]).any():
        return "the voxels lie elsewhere"
    expected = np.clip(values[index[..., 2], index[..., 1], index[..., 0]], -1000.0, 3000.0)
    off = np.abs(sitk.GetArrayViewFromImage(image) - expected)
    if off.max() <= 0.51:
        return None
    return f"{np.mean(off > 0.51):.1%} of the voxels have wrong values, by up to {off.max():.0f} HU"


def wrong_truth(folder: Path, centre_ras, question) -> str | None:
    """What is wrong with `truth.nrrd` of a simulation: its middle, and what `question` asks of its image."""
    image = sitk.ReadImage(str(folder / "truth.nrrd"))
    middle = image.TransformContinuousIndexToPhysicalPoint([(count - 1) / 2 for count in image.GetSize()])
    if np.abs(np.array(middle) * (-1, -1, 1) - centre_ras).max() > PLACE_MM:
        return f"the middle of truth.nrrd lies at {middle}"
    return question(image)
