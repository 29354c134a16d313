"""Runs of several frames: Slicer keeps them as a stack of slices, or as a sequence with a node for the shown one."""

from __future__ import annotations

import functools
import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import slicer

from .volume_files import only_file

STACK_ATTRIBUTE = "Diff2CT.frames"
"""Number of frames of a stack, kept for scenes that are opened where its DICOM file is not."""

RUN_CLASSES = (
    "1.2.840.10008.5.1.4.1.1.12.1",
    "1.2.840.10008.5.1.4.1.1.12.1.1",
    "1.2.840.10008.5.1.4.1.1.12.2",
    "1.2.840.10008.5.1.4.1.1.12.2.1",
    "1.2.840.10008.5.1.4.1.1.7",
    "1.2.840.10008.5.1.4.1.1.7.1",
    "1.2.840.10008.5.1.4.1.1.7.2",
    "1.2.840.10008.5.1.4.1.1.7.3",
    "1.2.840.10008.5.1.4.1.1.7.4",
    "1.2.840.10008.5.1.4.1.1.1",
    "1.2.840.10008.5.1.4.1.1.1.1",
    "1.2.840.10008.5.1.4.1.1.1.1.1",
)
"""Angiography, fluoroscopy (enhanced, too), secondary capture, CR and DX: their frames are pictures, not slices."""

_HEADER_TAGS = ("SOPClassUID", "SOPInstanceUID", "NumberOfFrames", "PixelSpacing", "ImagerPixelSpacing")


@dataclass(frozen=True)
class Run:
    """The frames of a node.

    Attributes:
        count: how many; 1 for a single picture.
        shown: number of the one that a sequence browser shows in the node, from 1; None for a stack.
    """

    count: int
    shown: int | None = None


def run_of(node) -> Run | None:
    """The frames of a node with an image; None for a 3D volume."""
    shown = _shown_in_sequence(node)
    size = node.GetImageData().GetDimensions()
    if shown is not None:
        return shown if 1 in size else None
    if 1 in size:
        return Run(1)
    return Run(size[2]) if _stack_frames(node) == size[2] else None


def frame_number(run: Run, chosen: int) -> int | None:
    """The frame that is meant, from 1; None where there is but one.

    Args:
        chosen: by the user; 0 for none.
    """
    if run.count == 1:
        return None
    return chosen or run.shown


def frame_voxels(node, number: int | None) -> np.ndarray:
    """Voxels (1, rows, columns[, channels]) of a frame, or the node's own where it has but one."""
    if number is None:
        return slicer.util.arrayFromVolume(node)
    sequence = _sequence_of(node)
    if sequence is None:
        return slicer.util.arrayFromVolume(node)[number - 1 : number]
    if _shown_in_sequence(node).shown == number:
        # What was changed in the shown node is not always written back into the sequence.
        return slicer.util.arrayFromVolume(node)
    return slicer.util.arrayFromVolume(sequence[0].GetNthDataNode(number - 1))


def database_file(node) -> Path | None:
    """The file in Slicer's DICOM database of a node that was made from one instance."""
    instances = (node.GetAttribute("DICOM.instanceUIDs") or "").split()
    database = getattr(slicer, "dicomDatabase", None)
    if len(instances) != 1 or database is None:
        return None
    path = database.fileForInstance(instances[0])
    # A file that was replaced by another instance is another file, though the database has not noticed.
    if not path or not Path(path).is_file() or header_of(Path(path)).get("SOPInstanceUID") != instances[0]:
        return None
    return Path(path)


def files_of(node) -> list[Path]:
    """Files that a node may have come from: the database's, and the one it was loaded from."""
    found = [database_file(node), only_file(node)]
    return list(dict.fromkeys(path for path in found if path is not None))


def is_dicom(path: Path) -> bool:
    """Whether a file carries DICOM tags."""
    return bool(header_of(path))


def header_of(path: Path) -> dict:
    """A few elements of a DICOM file, by keyword and as text; empty for any other file."""
    try:
        facts = os.stat(path)
    except OSError:
        return {}
    return _header(str(path), facts.st_size, facts.st_mtime_ns)


@functools.lru_cache(maxsize=64)
def _header(path: str, _size: int, _time: int) -> dict:
    import pydicom

    from Diff2CTCore.errors import Diff2CTError
    from Diff2CTCore.radiograph import DICOM, sniff

    try:
        if sniff(Path(path)) != DICOM:
            return {}
    except (Diff2CTError, OSError):
        return {}
    # A damaged file makes pydicom raise nearly anything; the worker says what is wrong with it.
    try:
        header = pydicom.dcmread(path, force=True, stop_before_pixels=True, specific_tags=list(_HEADER_TAGS))
        found = {name: _text(header[name].value) for name in _HEADER_TAGS if name in header}
    except Exception:
        found = {}
    return {"SOPClassUID": "", **found}


def _text(value) -> str:
    return "\\".join(map(str, value)) if not isinstance(value, str) and hasattr(value, "__iter__") else str(value)


def spacings_in(path: Path) -> list[tuple[float, float]]:
    """What Slicer's readers may take a DICOM file's (row, column) spacing for: either tag, in either order, or 1 mm."""
    header = header_of(path)
    found = [(1.0, 1.0)] if header else []
    for keyword in ("PixelSpacing", "ImagerPixelSpacing"):
        try:
            row, column = (float(part) for part in header.get(keyword, "").split("\\"))
        except ValueError:
            continue
        found += [(row, column), (column, row)]
    return found


def _stack_frames(node) -> int:
    """How many frames the file of a stack has; 0 where it is no run of pictures."""
    for path in files_of(node):
        header = header_of(path)
        if header.get("SOPClassUID") in RUN_CLASSES:
            count = header.get("NumberOfFrames", "1")
            found = int(count) if count.isdecimal() else 0
            if found == node.GetImageData().GetDimensions()[2]:
                return found
    try:
        kept = json.loads(node.GetAttribute(STACK_ATTRIBUTE) or "0")
    except ValueError:
        return 0
    return kept if isinstance(kept, int) else 0


def _sequence_of(node):
    """(sequence, browser) whose shown frame a node is; None for other nodes."""
    for browser in slicer.util.getNodesByClass("vtkMRMLSequenceBrowserNode"):
        sequence = browser.GetSequenceNode(node)
        if sequence is not None and sequence.GetNumberOfDataNodes() > 0:
            return sequence, browser
    return None


def _shown_in_sequence(node) -> Run | None:
    found = _sequence_of(node)
    if found is None:
        return None
    sequence, browser = found
    master = browser.GetMasterSequenceNode() or sequence
    # Sequences of one browser go together by their index, not by their place in the list.
    value = master.GetNthIndexValue(max(browser.GetSelectedItemNumber(), 0))
    item = max(sequence.GetItemNumberFromIndexValue(value, False), 0)
    return Run(sequence.GetNumberOfDataNodes(), item + 1)
