"""Radiographs that were put together from several exposures, each with its own place of the source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..image import Source
from .texts import coded, entries, texts

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_IMAGE_STITCHING = "113090"
_KINDS = ("STITCHED", "COMPOSED", "STITCHING", "COMPOSING")
_DESCRIPTIONS = (
    "DerivationDescription",
    "AcquisitionDeviceProcessingDescription",
    "AcquisitionDeviceProcessingCode",
    "SeriesDescription",
)


def tell_stitching(header: Dataset, source: Source):
    """Tell where a file says that it was stitched, which is read as one exposure; slot scans are never."""
    if not source.slot_scan and _is_stitched(header):
        why = (
            "The file was stitched from several exposures but is read as one, so its magnification and perspective "
            "along the patient may be wrong."
        )
        source.assume("slot_scan", False, why)


def _is_stitched(header: Dataset) -> bool:
    places = (header, *entries(header, "DerivationImageSequence"))
    if any(_IMAGE_STITCHING in coded(place, "DerivationCodeSequence") for place in places):
        return True
    if any(kind in _KINDS for keyword in ("ImageType", "FrameType") for kind in texts(header, keyword)):
        return True
    return any("STITCH" in text for keyword in _DESCRIPTIONS for text in texts(header, keyword))
