"""The view as people call it in a DICOM file's free texts. Nothing but the words for views is taken from them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..view_words import view_in_words
from .texts import texts

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_KEYWORDS = ("SeriesDescription", "ProtocolName", "AcquisitionProtocolDescription", "PerformedProcedureStepDescription")


def read_description(header: Dataset) -> tuple[str, str] | None:
    """("frontal" or "lateral", the keyword that says so) of the first text that names one view; None without."""
    for keyword in _KEYWORDS:
        view = view_in_words(" ".join(texts(header, keyword)))
        if view:
            return view, keyword
    return None
