"""From the stored values of a CT slice to Hounsfield units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..dicom_files import PixelLayout, element, number, stated, stored_value
from ..errors import ImageFileError
from ..geometry import HU_AIR

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_NOT_STATED = ("US", "UNSPECIFIED")


@dataclass(frozen=True)
class Rescale:
    """HU = slope * stored value + intercept."""

    slope: float = 1.0
    intercept: float = 0.0

    @property
    def whole(self) -> bool:
        """Whether each value of 16 bits becomes a whole number that int32 holds."""
        exact = self.slope == int(self.slope) and self.intercept == int(self.intercept)
        return exact and abs(self.slope) * 2**16 + abs(self.intercept) < 2**31

    def hu(self, stored: float) -> float:
        """HU of one stored value."""
        return self.slope * stored + self.intercept


def read_rescale(name: str, header: Dataset) -> Rescale | None:
    """The rescale to HU; None when the header says nothing about it.

    Raises:
        ImageFileError: half of it is missing, it leads to something else than HU, or it is a table.
        UnreadableElementError: it is there and holds no number.
    """
    if stated(header, "ModalityLUTSequence"):
        raise ImageFileError(
            f"{name} has a ModalityLUTSequence, which is not read for a CT; export the series with a rescale to HU."
        )
    kind = str(element(header, "RescaleType") or "").strip().upper()
    if kind and kind not in _NOT_STATED and not kind.startswith(("HU", "HOUNSFIELD")):
        raise ImageFileError(
            f"The RescaleType of {name} says that its values are no Hounsfield units; choose the series of the CT."
        )
    slope, intercept = number(header, "RescaleSlope"), number(header, "RescaleIntercept")
    if slope is None and intercept is None:
        return None
    if slope is None or intercept is None:
        missing = "RescaleSlope" if slope is None else "RescaleIntercept"
        raise ImageFileError(f"{name} does not state {missing}, but its counterpart; export the series again.")
    if slope == 0.0:
        raise ImageFileError(f"The RescaleSlope of {name} is 0, so no value can be told; export the series again.")
    return Rescale(slope, intercept)


def read_padding(header: Dataset, layout: PixelLayout) -> tuple[int, int] | None:
    """Lowest and highest stored value of the padding, or None.

    Raises:
        UnreadableElementError: it is there and holds no number.
    """
    value, limit = (
        stored_value(header, keyword, layout.bits_stored, layout.signed)
        for keyword in ("PixelPaddingValue", "PixelPaddingRangeLimit")
    )
    if value is None:
        return None
    limit = value if limit is None else limit
    return min(value, limit), max(value, limit)


def to_hu(stored: np.ndarray, rescale: Rescale, padding: tuple[int, int] | None) -> np.ndarray:
    """HU of a slice, int32 where the rescale is of whole numbers, else float32; padding becomes air.

    Args:
        stored: int32 (rows, columns).
    """
    if rescale.whole:
        hu = stored * np.int32(rescale.slope) + np.int32(rescale.intercept)
    else:
        hu = (stored * rescale.slope + rescale.intercept).astype(np.float32)
    # What lies below air becomes air in any CT.
    if padding is not None and max(map(rescale.hu, padding)) > HU_AIR:
        hu[_outside((stored >= padding[0]) & (stored <= padding[1]))] = HU_AIR
    return hu


def _outside(padded: np.ndarray) -> np.ndarray:
    """The padding that reaches the edge of the slice; within the patient the same value may be a true one."""
    import SimpleITK as sitk

    pieces = sitk.GetArrayFromImage(sitk.ConnectedComponent(sitk.GetImageFromArray(padded.astype(np.uint8))))
    edges = np.concatenate([pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]])
    return np.isin(pieces, edges[edges > 0])
