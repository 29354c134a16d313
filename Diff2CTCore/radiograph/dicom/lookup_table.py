"""Look-up tables of a DICOM file (PS3.3, C.11.1 and C.11.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...dicom_files import as_stored, as_written, numbers

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


@dataclass(frozen=True, eq=False)
class LookupTable:
    """Attributes:
    entries: whole numbers, never negative, each below two to the power of `bits`.
    first: the value that the first entry stands for.
    bits: of an entry.
    """

    entries: np.ndarray
    first: int
    bits: int

    def of(self, values: np.ndarray) -> np.ndarray:
        """The entries for whole numbers; those before the first take the first entry, those behind the last the last.

        Args:
            values: any shape.
        """
        return self.entries[np.clip(values - self.first, 0, len(self.entries) - 1)]


def read_table(item: Dataset, bits: int, signed: bool) -> LookupTable:
    """The table in an item of a sequence.

    Args:
        bits, signed: of the values that are looked up. Which of US and SS the first of them is written as says little.

    Raises:
        ValueError: it is damaged.
    """
    count, first, entry_bits = (int(value) for value in numbers(item, "LUTDescriptor"))
    entries = _entries(item, (count & 0xFFFF) or 1 << 16)
    if entries is None or not 8 <= entry_bits <= 16 or (entries >> entry_bits).any():
        raise ValueError
    return LookupTable(entries, as_stored(first, bits, signed), entry_bits)


def _entries(item: Dataset, count: int) -> np.ndarray | None:
    """The entries, whole numbers that are never negative; None unless there are `count`."""
    raw = as_written(item, "LUTData")
    data = None if raw is None else raw.value
    if not isinstance(data, bytes):
        entries = np.asarray(numbers(item, "LUTData"), dtype=np.int64) & 0xFFFF
        return entries if len(entries) == count else None
    # Entries of 8 bits may be packed, and the last byte is there to make the number of bytes even.
    kind = {count + count % 2: "u1", 2 * count: "u2"}.get(len(data))
    order = "<" if getattr(raw, "is_little_endian", True) else ">"
    return None if kind is None else np.frombuffer(data, order + kind, count=count).astype(np.int64)
