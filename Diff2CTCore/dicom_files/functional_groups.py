"""What the header of an enhanced multi-frame file says about one frame (PS3.3, C.7.6.16)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .elements import UnreadableElementError, element, integer, items, numbers, stated

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_OF_ONE_ITEM = (
    "CTImageFrameTypeSequence",
    "CardiacSynchronizationSequence",
    "FrameAnatomySequence",
    "FrameContentSequence",
    "FramePixelDataPropertiesSequence",
    "IsocenterReferenceSystemSequence",
    "PatientOrientationInFrameSequence",
    "PixelMeasuresSequence",
    "PixelValueTransformationSequence",
    "PlaneOrientationSequence",
    "PlanePositionSequence",
    "PositionerPositionSequence",
    "ProjectionPixelCalibrationSequence",
    "RespiratorySynchronizationSequence",
    "TemporalPositionSequence",
    "XAXRFFrameCharacteristicsSequence",
    "XRayGeometrySequence",
)
"""Macros of the frame's geometry, time, and meaning of values, of which the standard allows one item."""

_OF_SEVERAL_ITEMS = (
    "CTAcquisitionDetailsSequence",
    "CTGeometrySequence",
    "CTReconstructionSequence",
    "CTXRayDetailsSequence",
    "CollimatorShapeSequence",
    "FieldOfViewSequence",
    "FrameAcquisitionSequence",
    "FrameDetectorParametersSequence",
    "FrameDisplayShutterSequence",
)
"""Macros of the frame, of which several items are handed on as a sequence alone."""

_UNASSIGNED = ("UnassignedSharedConvertedAttributesSequence", "UnassignedPerFrameConvertedAttributesSequence")
"""What a converter had no macro for (PS3.3, C.7.6.16.2.25), so it counts only where nothing else says the same."""


def frame_header(header: Dataset, index: int) -> Dataset:
    """The elements of a file and of one frame side by side, as files of a single frame have them.

    The elements come from the standard's macros about frames alone: what private sequences and references to other
    images hold has the same names and means something else. The macros of the frame go before those that all frames
    share, and these before the file's own elements; what is there and empty says nothing. The sequences of the groups
    are there too, under their own names; of a macro with several items only its sequence. A file without functional
    groups is given back as it is.

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
    for item in (item for group in groups for keyword in _UNASSIGNED for item in items(group, keyword)[:1]):
        merged.update({tag: found for tag, found in _said(item).items() if not stated(header, _keyword_of(tag))})
    for group in groups:
        merged.update({tag: found for tag, found in _said(group).items() if _is_sequence(tag)})
    merged.update(_of_frame(groups))
    return merged


def contradicted(header: Dataset, index: int, keywords: tuple[str, ...]) -> list[str]:
    """Those of `keywords` of which the file's own elements say something else than the groups of a frame.

    Args:
        header: of the whole file.
        index: of the frame, counted from 0.
    """
    from pydicom.dataset import Dataset

    of_frame = Dataset(_of_frame(_groups(header, index)))
    return [
        keyword
        for keyword in keywords
        if keyword in of_frame and stated(header, keyword) and _plain(header, keyword) != _plain(of_frame, keyword)
    ]


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


def _of_frame(groups: list[Dataset]) -> dict:
    """Tags and elements that the macros state, of the last group that does."""
    found, of_macro = {}, {}
    for group in groups:
        in_group = {}
        for keyword in (*_OF_ONE_ITEM, *_OF_SEVERAL_ITEMS):
            macro = items(group, keyword)
            if len(macro) > 1 and keyword in _OF_ONE_ITEM:
                raise UnreadableElementError(keyword)
            if len(macro) > 1:
                # What a group before says of it is replaced as a whole.
                for tag in of_macro.pop(keyword, ()):
                    found.pop(tag, None)
            said = _said(macro[0]) if len(macro) == 1 else {}
            for tag in said.keys() & in_group.keys():
                _check_agree(tag, said, in_group)
            in_group.update(said)
            of_macro.setdefault(keyword, set()).update(said)
        found.update(in_group)
    return found


def _check_agree(tag: int, *stated_by: dict) -> None:
    """Refuse two macros of a group that state one element differently."""
    from pydicom.dataset import Dataset

    keyword = _keyword_of(tag)
    one, other = (_plain(Dataset({tag: said[tag]}), keyword) for said in stated_by)
    if one != other:
        raise UnreadableElementError(keyword)


def _said(data: Dataset) -> dict:
    """Tags and elements of a dataset that are not empty and that the standard knows."""
    return {tag: found for tag, found in _elements(data) if _keyword_of(tag) and stated(data, _keyword_of(tag))}


def _is_sequence(tag: int) -> bool:
    from pydicom.datadict import dictionary_VR

    return dictionary_VR(tag) == "SQ"


def _tag_of(keyword: str) -> int:
    from pydicom.datadict import tag_for_keyword

    return tag_for_keyword(keyword)


def _keyword_of(tag: int) -> str:
    from pydicom.datadict import keyword_for_tag

    return keyword_for_tag(tag)
