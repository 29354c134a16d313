"""Does a volume of the scene still hold what its file gives? Told from the voxels: times and names can deceive.

The database's reader leaves no storage node, an array can be changed without an event, a bundle is unpacked and
gone, and a file can be replaced: only the contents say which of them is the other.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .background import in_background

ROUNDING = 1e-4
"""Part of the range of values by which readers may differ."""

BLOCK = 1 << 20
MOST_KEPT = 64

_known: dict[tuple, Likeness] = {}


@dataclass(frozen=True)
class Likeness:
    """What voxels of the scene have in common with a file.

    Attributes:
        slope, intercept: the voxels are slope * (the file's) + intercept; None where they are not.
        ijk_to_ras: where the file puts its voxels, 4 x 4, right-handed as Slicer keeps volumes; None when it cannot
            be read.
    """

    slope: float | None = None
    intercept: float = 0.0
    ijk_to_ras: np.ndarray | None = None

    @property
    def same_picture(self) -> bool:
        """Whether it is the file's picture: readers of Slicer differ in scale, and in which end is bright."""
        return self.slope is not None

    @property
    def same_values(self) -> bool:
        return self.slope == 1.0 and self.intercept == 0.0


def voxel_digest(voxels: np.ndarray) -> str:
    """SHA-256 of type, shape and values."""
    digest = hashlib.sha256(f"{voxels.dtype.newbyteorder('<').str} {voxels.shape}".encode("ascii"))
    for slab in voxels:
        digest.update(np.ascontiguousarray(slab, dtype=slab.dtype.newbyteorder("<")))
    return digest.hexdigest()


def likeness(voxels: np.ndarray, path: Path, frame: int | None = None) -> Iterator[None]:
    """Compare voxels (slices, rows, columns[, channels]) with a file in the background; returns a `Likeness`.

    Args:
        frame: of the file, from 1, that the voxels would be; all of it when None.
    """
    return (yield from in_background(_likeness, voxels, path, frame))


def _likeness(voxels: np.ndarray, path: Path, frame: int | None) -> Likeness:
    try:
        facts = os.stat(path)
    except OSError:
        return Likeness()
    key = (voxel_digest(voxels), str(path), frame, facts.st_size, facts.st_mtime_ns, facts.st_ino)
    if key not in _known:
        while len(_known) >= MOST_KEPT:
            _known.pop(next(iter(_known)), None)
        _known[key] = _compared(voxels, path, frame)
    return _known[key]


def _compared(voxels: np.ndarray, path: Path, frame: int | None) -> Likeness:
    try:
        found, ijk_to_ras = _read(path)
    except (RuntimeError, OSError, MemoryError, ValueError):
        return Likeness()
    if frame is not None:
        found = found[frame - 1 : frame]
    slope, intercept = linear_relation(voxels, found)
    return Likeness(slope, intercept, ijk_to_ras)


def _read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Voxels (slices, rows, columns[, channels]) and 4 x 4 matrix to RAS, as Slicer's own reader, which is ITK's."""
    import SimpleITK as sitk

    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    reader.ReadImageInformation()
    if reader.GetDimension() not in (2, 3):
        raise ValueError
    image = reader.Execute()
    voxels = sitk.GetArrayFromImage(image)
    if image.GetDimension() == 2:
        image, voxels = sitk.JoinSeries(image), voxels[None]
    ijk_to_ras = np.eye(4)
    directions = np.array(image.GetDirection()).reshape(3, 3)
    ijk_to_ras[:3, :3] = directions * np.array(image.GetSpacing())
    ijk_to_ras[:3, 3] = image.GetOrigin()
    ijk_to_ras[:2] *= -1.0
    if np.linalg.det(ijk_to_ras[:3, :3]) < 0.0:
        # Slicer turns the order of slices round.
        ijk_to_ras[:3, 3] += ijk_to_ras[:3, 2] * (voxels.shape[0] - 1)
        ijk_to_ras[:3, 2] *= -1.0
        voxels = voxels[::-1]
    return voxels, ijk_to_ras


def linear_relation(voxels: np.ndarray, reference: np.ndarray) -> tuple[float | None, float]:
    """(slope, intercept) with voxels = slope * reference + intercept, but for rounding; slope None without one."""
    if voxels.shape != reference.shape or voxels.size == 0:
        return None, 0.0
    if np.array_equal(voxels, reference):
        return 1.0, 0.0
    values, wanted = voxels.reshape(-1), reference.reshape(-1)
    low, high = int(wanted.argmin()), int(wanted.argmax())
    width = float(wanted[high]) - float(wanted[low])
    slope = (float(values[high]) - float(values[low])) / width if width else 0.0
    if not np.isfinite(slope) or slope == 0.0:
        return None, 0.0
    intercept = float(values[low]) - slope * float(wanted[low])
    tolerance = ROUNDING * abs(slope) * width
    for start in range(0, values.size, BLOCK):
        part = slice(start, start + BLOCK)
        error = np.abs(values[part] - (wanted[part] * np.float64(slope) + intercept))
        # Not a number on either side is no agreement.
        if not bool((error <= tolerance).all()):
            return None, 0.0
    return slope, intercept
