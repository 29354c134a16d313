"""What slices of one series say that tells volumes apart which take turns in it: phases, energies, kernels."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from ..dicom_files import UnreadableElementError, element, numbers

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_KEYWORDS = (
    "TemporalPositionIdentifier",
    "TemporalPositionTimeOffset",
    "NominalPercentageOfCardiacPhase",
    "NominalCardiacTriggerDelayTime",
    "NominalPercentageOfRespiratoryPhase",
    "KVP",
    "ConvolutionKernel",
    "FilterType",
    "ReconstructionDiameter",
)
"""The same for all slices of a volume; the time, the exposure and what else is measured anew for each is not here."""

_KINDS = ("FrameType", "ImageType")


def volume_marks(header: Dataset) -> dict[str, str]:
    """The values that tell volumes apart, by keyword, alike where they mean the same; without those not stated."""
    found = {keyword: _comparable(header, keyword) for keyword in _KEYWORDS}
    for keyword in _KINDS:
        value = element(header, keyword)
        # The first two values say whether somebody has edited the slice, which leaves it where it was.
        kind = [] if value is None or isinstance(value, str) else [str(part).strip().upper() for part in value]
        found[keyword] = "\\".join(kind[2:])
    return {keyword: value for keyword, value in found.items() if value}


def _comparable(header: Dataset, keyword: str) -> str:
    try:
        return " ".join(f"{value:.4g}" for value in numbers(header, keyword))
    except UnreadableElementError:
        return str(element(header, keyword) or "").strip().upper()


def taking_turns(marks: list[dict[str, str]]) -> list[str]:
    """Keywords of the marks whose values take turns along slices that are sorted by their height.

    Values that follow one another are parts of one volume, and one for each slice is its number or its time.
    """
    return [
        keyword
        for keyword in (*_KEYWORDS, *_KINDS)
        if takes_turns([item[keyword] for item in marks if keyword in item])
    ]


def takes_turns(values: list) -> bool:
    """Whether values come back after others."""
    return sum(before != after for before, after in pairwise(values)) >= max(len(set(values)), 1)
