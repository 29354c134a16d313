"""What the header of an enhanced multi-frame file says about one frame (PS3.3, C.7.6.16)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .elements import items

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")


def frame_header(header: Dataset, index: int) -> Dataset:
    """The elements of a file and of one frame side by side, as files of a single frame have them.

    The groups of the frame go before those that all frames share, and these before the file's own elements. A file
    without functional groups is given back as it is.

    Args:
        header: of the whole file.
        index: of the frame, counted from 0.
    """
    from pydicom.dataset import Dataset

    shared, per_frame = (items(header, keyword) for keyword in _GROUPS)
    groups = [*shared[:1], *per_frame[index : index + 1]]
    if not groups:
        return header
    merged = Dataset()
    merged.update({tag: header.get_item(tag) for tag in header.keys() if tag not in map(_tag_of, _GROUPS)})  # noqa: SIM118
    for group in groups:
        for macro in group:
            # A macro with several items lists references and sources, which say nothing of the frame itself.
            if macro.VR == "SQ" and len(macro.value) == 1:
                item = macro.value[0]
                merged.update({tag: item.get_item(tag) for tag in item.keys()})  # noqa: SIM118
    return merged


def _tag_of(keyword: str) -> int:
    from pydicom.datadict import tag_for_keyword

    return tag_for_keyword(keyword)
