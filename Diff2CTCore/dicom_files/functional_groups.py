"""What the header of an enhanced multi-frame file says about one frame (PS3.3, C.7.6.16)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .elements import UnreadableElementError, element, integer, items, numbers, stated

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_OF_ONE_ITEM = (
    "FramePixelDataPropertiesSequence",
    "PixelMeasuresSequence",
    "PixelValueTransformationSequence",
    "PlaneOrientationSequence",
    "PlanePositionSequence",
    "PositionerPositionSequence",
    "ProjectionPixelCalibrationSequence",
    "XRayGeometrySequence",
)
"""Macros with geometry or the meaning of values, of which the standard allows one item."""


def frame_header(header: Dataset, index: int) -> Dataset:
    """The elements of a file and of one frame side by side, as files of a single frame have them.

    The groups of the frame go before those that all frames share, and these before the file's own elements. The
    sequences of the groups are there too, under their own names. A file without functional groups is given back as
    it is.

    Args:
        header: of the whole file.
        index: of the frame, counted from 0.

    Raises:
        UnreadableElementError: the groups are damaged, are not one for each frame, or state something twice.
    """
    from pydicom.dataset import Dataset

    groups = _groups(header, index)
    if not groups:
        return header
    merged = Dataset()
    merged.update({tag: found for tag, found in _elements(header) if tag not in map(_tag_of, _GROUPS)})
    for group in groups:
        merged.update(dict(_elements(group)))
        for item in _single_items(group):
            merged.update(dict(_elements(item)))
    return merged


def contradicted(header: Dataset, index: int, keywords: tuple[str, ...]) -> list[str]:
    """Those of `keywords` of which the file's own elements say something else than the groups of a frame.

    Args:
        header: of the whole file.
        index: of the frame, counted from 0.
    """
    found = []
    for keyword in keywords:
        of_frame = [item for group in _groups(header, index) for item in _single_items(group) if keyword in item]
        if of_frame and stated(header, keyword) and _plain(header, keyword) != _plain(of_frame[-1], keyword):
            found.append(keyword)
    return found


def _plain(header: Dataset, keyword: str):
    """The value of an element as it is compared; numbers may stand in the two places in different ways."""
    try:
        return numbers(header, keyword)
    except UnreadableElementError:
        return element(header, keyword)


def _elements(data: Dataset) -> Iterator[tuple]:
    """Tags and elements of a dataset as they stand in it, without decoding them."""
    for tag in list(data.keys()):
        yield tag, data.get_item(tag, keep_deferred=True)


def _groups(header: Dataset, index: int) -> list[Dataset]:
    """The groups that all frames share, if any, and those of the frame."""
    shared, per_frame = (items(header, keyword) for keyword in _GROUPS)
    if len(shared) > 1:
        raise UnreadableElementError(_GROUPS[0])
    if per_frame and len(per_frame) != max(integer(header, "NumberOfFrames", 1), 1):
        raise UnreadableElementError(_GROUPS[1])
    return [*shared, *per_frame[index : index + 1]]


def _single_items(group: Dataset) -> Iterator[Dataset]:
    """The items of the macros that have one; several are references and sources, which say nothing of the frame."""
    for tag in group.keys():  # noqa: SIM118
        keyword = _keyword_of(tag)
        try:
            macro = group[tag]
        # pydicom decodes on access, and a damaged element makes it raise nearly anything.
        except Exception:
            raise UnreadableElementError(keyword) from None
        if macro.VR == "SQ" and len(macro.value) == 1:
            yield macro.value[0]
        elif keyword in _OF_ONE_ITEM and (macro.VR != "SQ" or len(macro.value) > 1):
            raise UnreadableElementError(keyword)


def _tag_of(keyword: str) -> int:
    from pydicom.datadict import tag_for_keyword

    return tag_for_keyword(keyword)


def _keyword_of(tag: int) -> str:
    from pydicom.datadict import keyword_for_tag

    return keyword_for_tag(tag) or _GROUPS[0]
