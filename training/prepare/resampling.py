"""Put a CT and its labels on an isotropic grid whose axes are the patient's."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from Diff2CTCore.ct import CT, resample_ct
from Diff2CTCore.errors import ImageFileError, VolumeError
from Diff2CTCore.geometry import VolumeGrid
from Diff2CTCore.image_files import read_volume_image

from .scan import stem

# VerSe's numbers: C1 to C7 are 1 to 7, T1 to T12 8 to 19, L1 to L6 20 to 25, sacrum 26, T13 28.
LABEL_OF_MASK = {
    **{f"vertebrae_C{level}": level for level in range(1, 8)},
    **{f"vertebrae_T{level}": 7 + level for level in range(1, 13)},
    **{f"vertebrae_L{level}": 19 + level for level in range(1, 7)},
    "vertebrae_S1": 26,
    "sacrum": 26,
    "vertebrae_T13": 28,
}


def isotropic(ct: CT, spacing_mm: float) -> tuple[np.ndarray, VolumeGrid, np.ndarray]:
    """The whole CT on an isotropic grid.

    Returns:
        float32 (S, P, L) HU in [-1000, 3000]; its grid; RAS mm of the grid's middle.
    """
    right, anterior, superior = np.ptp(ct.corners_ras_mm(), axis=0)
    shape = tuple(max(1, round(extent / spacing_mm)) for extent in (superior, anterior, right))
    grid = VolumeGrid(shape, spacing_mm)
    middle = ct.middle_ras_mm()
    return resample_ct(ct, grid, middle), grid, middle


def crop_to_body(mask: np.ndarray, margin: int = 2) -> tuple[slice, slice, slice]:
    """The box of the body with a margin of voxels at its sides; end planes that hold only padding are left out.

    A plane belongs to the padding when it holds less than half as much body as the next one inwards.
    """
    area = mask.sum(axis=(1, 2))
    first, last = np.flatnonzero(area)[[0, -1]]
    while first < last and area[first] < 0.5 * area[first + 1]:
        first += 1
    while last > first and area[last] < 0.5 * area[last - 1]:
        last -= 1
    box = [slice(int(first), int(last) + 1)]
    for axes in ((0, 2), (0, 1)):
        inside = np.flatnonzero(mask[first : last + 1].any(axis=axes))
        box.append(slice(max(int(inside[0]) - margin, 0), int(inside[-1]) + 1 + margin))
    return tuple(box)


def cropped(grid: VolumeGrid, middle_ras_mm: np.ndarray, box: tuple[slice, slice, slice]):
    """Grid and middle (RAS mm) of a part of a grid."""
    bounds = [part.indices(count)[:2] for part, count in zip(box, grid.shape, strict=True)]
    centre_index = [(start + stop - 1) / 2.0 for start, stop in bounds]
    part = VolumeGrid(tuple(stop - start for start, stop in bounds), grid.spacing_mm)
    return part, middle_ras_mm + grid.index_to_ras_mm(np.array(centre_index))


def read_label(path: Path, grid: VolumeGrid, middle_ras_mm: np.ndarray) -> np.ndarray:
    """A label map on a grid, int16 (S, P, L); a folder of masks becomes one map with VerSe's numbers.

    Raises:
        VolumeError: not readable, or nothing of it lies on the grid.
    """
    if not path.is_dir():
        return _nearest(path, grid, middle_ras_mm)
    labels = np.zeros(grid.shape, np.int16)
    for mask in sorted(path.glob("*.nii.gz")):
        if stem(mask) in LABEL_OF_MASK:
            labels[_nearest(mask, grid, middle_ras_mm, may_be_empty=True) > 0] = LABEL_OF_MASK[stem(mask)]
    return labels


def _nearest(path: Path, grid: VolumeGrid, middle_ras_mm: np.ndarray, may_be_empty: bool = False) -> np.ndarray:
    import SimpleITK as sitk

    try:
        image = read_volume_image(path)
    except ImageFileError as error:
        raise VolumeError(f"The label cannot be used, so replace or remove it: {error}") from error
    reference = sitk.Image([*grid.shape[::-1]], sitk.sitkUInt8)
    reference.SetSpacing((grid.spacing_mm,) * 3)
    reference.SetOrigin(grid.lps_origin_mm(middle_ras_mm))
    array = sitk.GetArrayFromImage(sitk.Resample(image, reference, sitk.Transform(), sitk.sitkNearestNeighbor, 0))
    if not may_be_empty and not array.any():
        raise VolumeError(
            f"The label {path.name} marks nothing within the scan; it belongs to another one or is empty."
        )
    return np.rint(array).astype(np.int16)
