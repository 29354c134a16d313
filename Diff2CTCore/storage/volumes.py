"""A volume as a file: what was computed is what is written, or nothing is."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import numpy as np

from ..errors import VolumeError
from ..geometry import VolumeGrid
from .destinations import check_output_path, no_space
from .files import replaced_when_complete
from .volume_formats import volume_parts


def hu_to_int16(hu: np.ndarray) -> np.ndarray:
    """HU rounded to the nearest whole number, as CT files store them.

    Raises:
        VolumeError: a value is not a finite number, or int16 cannot hold it.
    """
    return _as_int16(np.rint(hu))


def sha256_of_voxels(hu: np.ndarray) -> str:
    """What a volume is told by, whatever file holds it: SHA-256 of int16 HU (S, P, L), little endian."""
    return hashlib.sha256(np.ascontiguousarray(_as_int16(hu), dtype="<i2")).hexdigest()


def volume_image(array: np.ndarray, grid: VolumeGrid, centre_ras_mm=(0.0, 0.0, 0.0)):
    """SimpleITK image (LPS, identity direction) of an array (S, P, L) on `grid` about `centre_ras_mm`."""
    import SimpleITK as sitk

    _check_shape(array, grid)
    image = sitk.GetImageFromArray(np.ascontiguousarray(array))
    image.SetSpacing((grid.spacing_mm,) * 3)
    image.SetOrigin(grid.lps_origin_mm(centre_ras_mm))
    return image


def write_volume(
    path,
    array: np.ndarray,
    grid: VolumeGrid,
    centre_ras_mm=(0.0, 0.0, 0.0),
    metadata: dict[str, str] | None = None,
) -> Path:
    """Write a volume as compressed NRRD, NIfTI or MHA, whole or not at all.

    Args:
        path: ends in .nrrd, .nii.gz, .nii or .mha.
        array: (S, P, L) on `grid`. Integers are stored as int16 (HU, see `hu_to_int16`), floating
            point numbers as float32 (a standard deviation in HU, say).
        grid: voxel counts and spacing.
        centre_ras_mm: where the middle of the grid lies in RAS mm.
        metadata: text entries for the header; NIfTI has room for 79 bytes of them, as its description.

    Raises:
        OutputError: unknown extension, missing folder, no permission, no space.
        VolumeError: a value is not a finite number, or the stored type cannot hold it.
    """
    path = check_output_path(path)
    _check_shape(array, grid)
    stored = _as_int16(array) if np.issubdtype(array.dtype, np.integer) else _as_float32(array)
    # Writing half a volume takes as long as finding out here that the other half has no room.
    if shutil.disk_usage(path.parent).free < stored.nbytes:
        raise no_space(path)
    spacing_mm = (grid.spacing_mm,) * 3
    with replaced_when_complete(path) as staged, staged.open("wb") as file:
        for part in volume_parts(staged.name, stored, spacing_mm, grid.lps_origin_mm(centre_ras_mm), metadata or {}):
            file.write(part)
    return path


def _check_shape(array: np.ndarray, grid: VolumeGrid) -> None:
    if array.shape != grid.shape:
        raise ValueError(f"array {array.shape} does not match the grid {grid.shape}")


def _as_int16(values: np.ndarray) -> np.ndarray:
    limits = np.iinfo(np.int16)
    # Written so that a value that is not a number fails, too.
    if values.size and not (values.min() >= limits.min and values.max() <= limits.max):
        raise VolumeError(
            f"The volume holds values that are not numbers from {limits.min} to {limits.max}, so it was not written."
        )
    return values.astype(np.int16)


def _as_float32(values: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):
        stored = values.astype(np.float32)
    if not np.isfinite(stored).all():
        raise VolumeError("The volume holds values that are not finite numbers, so it was not written.")
    return stored
