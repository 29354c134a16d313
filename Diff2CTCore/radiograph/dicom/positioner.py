"""Positioner angles of one frame of a DICOM radiograph (PS3.3, C.8.7.5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...dicom_files import UnreadableElementError, code, number, numbers, stated
from ..image import Source

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_PRIMARY, _SECONDARY = "PositionerPrimaryAngle", "PositionerSecondaryAngle"
_LARGEST_DEG = {_PRIMARY: 360.0, _SECONDARY: 90.0}


def read_positioner(header: Dataset, index: int, frames: int, source: Source):
    """Fill `positioner_deg` of `source`; what is there and cannot be used is told, for a user can say it.

    Args:
        index: of the frame, counted from 0.
        frames: of the file.
    """
    try:
        primary = _angle(header, _PRIMARY, index, frames)
    except UnreadableElementError as error:
        source.assume("primary_deg", 0.0, _unusable(error.keyword))
        if stated(header, _SECONDARY):
            why = f"The file's {_SECONDARY} is not used, as its {_PRIMARY} is not known."
            source.assume("secondary_deg", 0.0, why)
        return
    try:
        secondary = _angle(header, _SECONDARY, index, frames)
    except UnreadableElementError as error:
        secondary = 0.0
        source.assume("secondary_deg", 0.0, _unusable(error.keyword))
    if primary is None:
        if secondary:
            why = f"The file gives a {_SECONDARY} without a {_PRIMARY}, so it is not used."
            source.assume("secondary_deg", 0.0, why)
        elif stated(header, "PositionerIsocenterPrimaryAngle"):
            why = "The file gives its angles about the room and not about the patient, so they are not used."
            source.assume("primary_deg", 0.0, why)
        return
    if secondary is None:
        source.assume("secondary_deg", 0.0, f"The file gives a {_PRIMARY} but no {_SECONDARY}; taken as zero.")
    source.positioner_deg = primary, secondary or 0.0


def _unusable(keyword: str) -> str:
    if keyword.endswith("Increment"):
        return f"The file's {keyword} does not give the angle of this frame, so that angle is not used."
    return f"The file's {keyword} is there but cannot be read as an angle, so it is not used."


def _angle(header: Dataset, keyword: str, index: int, frames: int) -> float | None:
    """Degrees at a frame: those of the first one, and what the positioner has moved since; None when unstated.

    UnreadableElementError when they are there but cannot be known.
    """
    first = number(header, keyword)
    if first is None:
        return None
    if abs(first) > _LARGEST_DEG[keyword]:
        raise UnreadableElementError(keyword)
    angle = first + _moved(header, keyword, index, frames)
    if keyword == _SECONDARY and abs(angle) > _LARGEST_DEG[keyword]:
        raise UnreadableElementError(f"{keyword}Increment")
    return angle


def _moved(header: Dataset, keyword: str, index: int, frames: int) -> float:
    """Degrees between the angle that the file states and that of a frame.

    The increments are offsets from the stated angle, one for each frame; or a single number, the mean step from one
    frame to the next. Enhanced files state the angle of each frame instead.
    """
    name = f"{keyword}Increment"
    increments = numbers(header, name)
    motion = code(header, "PositionerMotion", ("DYNAMIC", "STATIC"))
    if len(increments) not in (0, 1, frames) or (motion == "STATIC" and any(increments)):
        raise UnreadableElementError(name)
    if len(increments) == frames:
        return increments[index]
    if increments:
        return index * increments[0]
    if index and motion == "DYNAMIC" and not stated(header, "PositionerPositionSequence"):
        raise UnreadableElementError(name)
    return 0.0
