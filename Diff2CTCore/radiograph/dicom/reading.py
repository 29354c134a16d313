"""Reading a radiograph from a DICOM file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...dicom_files import (
    SECONDARY_CAPTURE,
    carried_geometry,
    check_layout,
    code,
    element,
    frame_header,
    pixel_layout,
    quiet_pydicom,
    read_frame,
    read_header,
    readable,
)
from ...errors import RadiographError
from ..image import Source
from ..limits import check_size, grey_channel
from .description import read_description
from .labels import read_labels, tell_contradictions
from .polarity import read_scale
from .positioner import read_positioner
from .shutter import padded, settle_mask
from .spacing import read_spacing_and_distances
from .stitching import tell_stitching
from .view import read_view

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_MODALITIES = ("CR", "DX", "RG", "RF", "XA", "OT", "SC")
_OTHER_MODALITIES = {
    "CT": "a CT image",
    "MR": "an MR image",
    "US": "an ultrasound image",
    "NM": "a nuclear medicine image",
    "PT": "a PET image",
    "MG": "a mammogram",
    "IO": "a dental radiograph",
    "PX": "a panoramic dental radiograph",
    "RTIMAGE": "a radiotherapy image",
    "SEG": "a segmentation",
    "SR": "a report",
}
_MODALITY_OF_CLASS = {
    "1.2.840.10008.5.1.4.1.1.1": "CR",
    "1.2.840.10008.5.1.4.1.1.1.1": "DX",
    "1.2.840.10008.5.1.4.1.1.1.1.1": "DX",
    "1.2.840.10008.5.1.4.1.1.12.1": "XA",
    "1.2.840.10008.5.1.4.1.1.12.1.1": "XA",
    "1.2.840.10008.5.1.4.1.1.12.2": "RF",
    "1.2.840.10008.5.1.4.1.1.12.2.1": "RF",
    SECONDARY_CAPTURE: "OT",
}
_OF_OTHER_CLASS = {
    "1.2.840.10008.5.1.4.1.1.2": "a CT image",
    "1.2.840.10008.5.1.4.1.1.2.1": "a CT image",
    "1.2.840.10008.5.1.4.1.1.4": "an MR image",
    "1.2.840.10008.5.1.4.1.1.4.1": "an MR image",
    "1.2.840.10008.5.1.4.1.1.13.1.1": "a slice of a volume that was computed from X-ray images",
    "1.2.840.10008.5.1.4.1.1.13.1.2": "a slice of a volume that was computed from X-ray images",
}
"""Classes whose images are no radiographs even where their modality is one of a radiograph."""


def read_dicom(path: Path, frame: int | None, spacing_chosen: bool) -> Source:
    """What a DICOM file says.

    Args:
        frame: number of the frame counted from 1; None for a file of one frame.
        spacing_chosen: the user states the spacing, so the file's is not looked at.
    """
    name = path.name
    with quiet_pydicom(), readable(name), path.open("rb") as stream:
        header = read_header(name, stream)
        modality = _modality(name, header)
        layout = pixel_layout(name, header)
        check_size(name, layout.rows, layout.columns)
        check_layout(name, layout)
        index = _frame_index(name, layout.frames, frame)
        whole, header = header, frame_header(header, index)
        stored = grey_channel(name, read_frame(name, stream, layout, index))
        layout = layout.holding(stored)
        padding = padded(header, layout, stored)
        seen = stored if padding.all() else stored[~padding]
        source = read_scale(name, header, layout, stored, seen, modality)
        settle_mask(header, padding, source)
        read_spacing_and_distances(name, header, modality, source, spacing_chosen)
        tell_stitching(header, source)
        read_positioner(header, index, layout.frames, source)
        read_view(header, modality, source)
        source.described = read_description(header)
        read_labels(header, modality, layout, index, source)
        tell_contradictions(whole, index, source)
        _read_carried_geometry(header, stored, source)
    return source


def _modality(name: str, header: Dataset) -> str:
    sop_class = str(element(header, "SOPClassUID"))
    if sop_class in _OF_OTHER_CLASS:
        raise RadiographError(f"{name} is {_OF_OTHER_CLASS[sop_class]}; give a radiograph.")
    stated = code(header, "Modality", (*_MODALITIES, *_OTHER_MODALITIES)) or (
        None if element(header, "Modality") else _MODALITY_OF_CLASS.get(sop_class)
    )
    if stated in _MODALITIES:
        return stated
    what = _OTHER_MODALITIES.get(stated, "not a radiograph by its modality")
    raise RadiographError(f"{name} is {what}; give a radiograph (CR, DX, XA, RF or secondary capture).")


def _frame_index(name: str, frames: int, frame: int | None) -> int:
    if frame is None:
        if frames > 1:
            raise RadiographError(f"{name} has {frames} frames; choose one from 1 to {frames}.")
        return 0
    if not 1 <= frame <= max(frames, 1):
        raise RadiographError(f"{name} has no frame {frame}; choose one from 1 to {max(frames, 1)}.")
    return frame - 1


def _read_carried_geometry(header: Dataset, stored: np.ndarray, source: Source):
    try:
        source.carried = carried_geometry(header, stored)
    except ValueError:
        why = "The geometry that Diff2CT wrote into this file belongs to other pixels or is damaged, so it is not used."
        source.assume("carried_geometry", None, why)
