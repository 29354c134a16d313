"""The modality transformation of a DICOM radiograph: a rescale, or a look-up table (PS3.3, C.11.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ...dicom_files import PixelLayout, items, number
from ...errors import RadiographError
from ..limits import single_precision
from .lookup_table import LookupTable, read_table

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_NOISE_FRACTION = 0.01


@dataclass(frozen=True, eq=False)
class Transformed:
    """Values of a frame.

    Attributes:
        values: float32 (rows, columns).
        full_scale: lowest and highest value that the file could have stored.
        rising: whether these values rise with the stored ones.
        shown_rising: whether what the file's own transformation makes of the stored values does.
        shown_range: lowest and highest that it makes of the stored values that are no padding.
    """

    values: np.ndarray
    full_scale: tuple[float, float]
    rising: bool
    shown_rising: bool
    shown_range: tuple[float, float]


def least_stored(layout: PixelLayout, seen: np.ndarray) -> int:
    """The stored value that stands for nothing at all, where values follow the beam's intensity.

    In words with a sign it is zero, as elsewhere, or the end of as many bits as the `seen` values reach below it: few
    programs that write a sign use the whole range. A few negative pixels are noise.
    """
    if not layout.signed:
        return layout.stored_range[0]
    reached = int(np.quantile(seen, _NOISE_FRACTION, method="lower"))
    return -(1 << (-1 - reached).bit_length()) if reached < 0 else 0


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
    lowest, highest = least_stored(layout, seen), layout.stored_range[1]
    if not tables:
        values = single_precision(name, stored * slope + intercept)
        full_scale = _in_order(lowest * slope + intercept, highest * slope + intercept)
        shown = _in_order(float(seen.min()) * slope + intercept, float(seen.max()) * slope + intercept)
        return Transformed(values, full_scale, slope > 0.0, slope > 0.0, shown)
    table = _table(name, tables, layout)
    entries = table.of(np.arange(seen.min(), seen.max() + 1))
    rising, shown = _rises(name, entries), (float(entries.min()), float(entries.max()))
    if related:
        return Transformed(stored.astype(np.float32), (float(lowest), float(highest)), True, rising, shown)
    values = table.of(stored).astype(np.float32)
    return Transformed(values, (0.0, float((1 << table.bits) - 1)), rising, rising, shown)


def _in_order(one: float, other: float) -> tuple[float, float]:
    return min(one, other), max(one, other)


def _rises(name: str, entries: np.ndarray) -> bool:
    steps = np.diff(entries.astype(np.int64))
    if (steps > 0).any() and (steps < 0).any():
        raise RadiographError(
            f"The modality lookup table of {name} rises and falls, so it is not known which of its values are dense; "
            "export the file without it."
        )
    return not (steps < 0).any()


def _table(name: str, tables: list[Dataset], layout: PixelLayout) -> LookupTable:
    try:
        (item,) = tables
        return read_table(item, layout.bits_stored, layout.signed)
    except ValueError:
        raise RadiographError(f"The modality lookup table of {name} is damaged; export the file again.") from None
