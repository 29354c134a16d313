"""Texts and codes of elements that decide about no pixel: what cannot be read there never stops a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...dicom_files import UnreadableElementError, element, items, stated

if TYPE_CHECKING:
    from pydicom.dataset import Dataset


def texts(header: Dataset, keyword: str) -> list[str]:
    """The texts of an element in upper case; an empty list when it is absent or holds anything but texts."""
    from pydicom.multival import MultiValue

    value = element(header, keyword)
    values = list(value) if isinstance(value, (MultiValue, list)) else [value]
    if not all(isinstance(text, str) for text in values):
        return []
    return [text.strip().upper() for text in values]


def entries(header: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence; an empty list when it is absent or holds anything else."""
    try:
        return items(header, keyword)
    except UnreadableElementError:
        return []


def coded(header: Dataset, keyword: str) -> list[str]:
    """The code values of a sequence of codes, an empty text for each that is not there or cannot be read."""
    found = entries(header, keyword)
    if not found and stated(header, keyword):
        return [""]
    return [next(iter(texts(entry, "CodeValue")), "") for entry in found]
