"""The modality transformation of a DICOM radiograph: a rescale, or a look-up table (PS3.3, C.11.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...dicom_files import PixelLayout, as_stored, as_written, items, number, numbers
from ...errors import RadiographError
from ..limits import single_precision

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@dataclass(frozen=True, eq=False)
class Transformed:
    """Values of a frame.

    Attributes:
        values: float32 (rows, columns).
        full_scale: lowest and highest value that the file could have stored.
        rising: whether these values rise with the stored ones.
        shown_rising: whether what the file's own transformation makes of the stored values does.
    """

    values: np.ndarray
    full_scale: tuple[float, float]
    rising: bool
    shown_rising: bool


def transformed(
    name: str, header: Dataset, layout: PixelLayout, stored: np.ndarray, seen: np.ndarray, related: bool
) -> Transformed:
    """The values that the file means by the stored ones.

    Args:
        stored: whole numbers (rows, columns).
        seen: those of them that are no padding.
        related: the file states how its stored values follow the beam's intensity, linearly or logarithmically. Then a
            table is left out, since what it would yield is not stated; a rescale keeps that relationship.

    Raises:
        RadiographError: the transformation is stated by halves or twice, maps all to one value, or does not keep order.
        UnreadableElementError: one of its elements is there but is nonsense.
    """
    rescale = number(header, "RescaleSlope"), number(header, "RescaleIntercept")
    if (rescale[0] is None) != (rescale[1] is None):
        missing = "RescaleSlope" if rescale[0] is None else "RescaleIntercept"
        raise RadiographError(f"{name} states half of its rescale, without the {missing}; export the file again.")
    tables = items(header, "ModalityLUTSequence")
    slope, intercept = (1.0, 0.0) if rescale[0] is None else rescale
    if slope == 0.0:
        raise RadiographError(f"The rescale slope of {name} is zero, so nothing is seen on it; export it again.")
    if tables and (slope, intercept) != (1.0, 0.0):
        raise RadiographError(
            f"{name} states both a rescale and a modality lookup table, of which one can be right; export it again."
        )
    lowest, highest = layout.stored_range
    if not tables:
        values = single_precision(name, stored * slope + intercept)
        ends = sorted((lowest * slope + intercept, highest * slope + intercept))
        return Transformed(values, (ends[0], ends[1]), slope > 0.0, slope > 0.0)
    table, first, bits = _table(name, tables, layout)
    rising = _rises(name, table[_place(np.arange(seen.min(), seen.max() + 1), first, len(table))])
    if related:
        return Transformed(stored.astype(np.float32), (float(lowest), float(highest)), True, rising)
    values = table[_place(stored, first, len(table))].astype(np.float32)
    return Transformed(values, (0.0, float((1 << bits) - 1)), rising, rising)


def _place(stored: np.ndarray, first: int, count: int) -> np.ndarray:
    """Values before the first one mapped take the first entry, those behind the last one the last."""
    return np.clip(stored - first, 0, count - 1)


def _rises(name: str, entries: np.ndarray) -> bool:
    steps = np.diff(entries.astype(np.int64))
    if (steps > 0).any() and (steps < 0).any():
        raise RadiographError(
            f"The modality lookup table of {name} rises and falls, so it is not known which of its values are dense; "
            "export the file without it."
        )
    return not (steps < 0).any()


def _table(name: str, tables: list[Dataset], layout: PixelLayout) -> tuple[np.ndarray, int, int]:
    """Entries, the stored value that the first one stands for, and bits of an entry."""
    damaged = RadiographError(f"The modality lookup table of {name} is damaged; export the file again.")
    if len(tables) > 1:
        raise damaged
    try:
        count, first, bits = (int(value) for value in numbers(tables[0], "LUTDescriptor"))
        entries = _entries(tables[0], (count & 0xFFFF) or 1 << 16)
    except ValueError:
        raise damaged from None
    if entries is None or not 8 <= bits <= 16 or (entries >> bits).any():
        raise damaged
    # The second number is a stored value, whichever of US and SS the three are written as.
    return entries, as_stored(first, layout.bits_stored, layout.signed), bits


def _entries(table: Dataset, count: int) -> np.ndarray | None:
    """The entries, whole numbers that are never negative; None unless there are `count`."""
    raw = as_written(table, "LUTData")
    data = None if raw is None else raw.value
    if not isinstance(data, bytes):
        entries = np.asarray(numbers(table, "LUTData"), dtype=np.int64) & 0xFFFF
        return entries if len(entries) == count else None
    # Entries of 8 bits may be packed, and the last byte is there to make the number of bytes even.
    kind = {count + count % 2: "u1", 2 * count: "u2"}.get(len(data))
    order = "<" if getattr(raw, "is_little_endian", True) else ">"
    return None if kind is None else np.frombuffer(data, order + kind, count=count).astype(np.int64)
