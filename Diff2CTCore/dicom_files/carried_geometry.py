"""What a simulated radiograph knows of its geometry and no attribute of DICOM's DX object has a place for.

It travels in a private block, with a checksum of the pixels that it belongs to: programs that crop, turn or resample
an image often keep private elements as they are.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_GROUP, _CREATOR = 0x0011, "DIFF2CT GEOMETRY"
_CHECKSUM = 0x01
_ELEMENTS = {
    "rotation_deg": (0x02, 1),
    "principal_point_px": (0x03, 2),
    "centre_px": (0x04, 2),
    "centre_ras_mm": (0x05, 3),
}


@dataclass(frozen=True)
class CarriedGeometry:
    """Attributes:
    rotation_deg, principal_point_px, centre_px: as in `Diff2CTCore.geometry.ViewGeometry`, of the image as stored.
    centre_ras_mm: where the centre of the volume lies in the frame of the CT that was projected, RAS mm.
    """

    rotation_deg: float
    principal_point_px: tuple[float, float]
    centre_px: tuple[float, float]
    centre_ras_mm: tuple[float, float, float]


def store_carried_geometry(data: Dataset, geometry: CarriedGeometry, stored: np.ndarray) -> None:
    """Add the private block to a dataset whose pixels are `stored`, whole numbers (rows, columns)."""
    block = data.private_block(_GROUP, _CREATOR, create=True)
    block.add_new(_CHECKSUM, "LO", _checksum(stored))
    for name, (offset, count) in _ELEMENTS.items():
        value = getattr(geometry, name)
        block.add_new(offset, "FD", float(value) if count == 1 else [float(item) for item in value])


def carried_geometry(header: Dataset, stored: np.ndarray) -> CarriedGeometry | None:
    """The private block of a file; None where there is none.

    Raises:
        ValueError: it is damaged, or belongs to other pixels.
    """
    try:
        block = header.private_block(_GROUP, _CREATOR)
    except KeyError:
        return None
    # pydicom decodes on access, and a damaged element makes it raise nearly anything.
    try:
        checksum = block[_CHECKSUM].value
        found = {name: _numbers(block[offset].value, count) for name, (offset, count) in _ELEMENTS.items()}
    except Exception:
        raise ValueError from None
    if (checksum.decode("ascii").strip("\0 ") if isinstance(checksum, bytes) else checksum) != _checksum(stored):
        raise ValueError
    return CarriedGeometry(**{item.name: found[item.name] for item in fields(CarriedGeometry)})


def _numbers(value, count: int):
    if isinstance(value, bytes):  # Written anew without explicit types, private elements lose theirs.
        value = struct.unpack(f"<{count}d", value)
    numbers = tuple(float(item) for item in np.atleast_1d(value))
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise ValueError
    return numbers if count > 1 else numbers[0]


def _checksum(stored: np.ndarray) -> str:
    digest = hashlib.sha256(repr(stored.shape).encode("ascii"))
    digest.update(np.ascontiguousarray(stored, dtype="<i4").tobytes())
    return digest.hexdigest()
