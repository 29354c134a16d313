"""Reading a radiograph from a DICOM file."""

from __future__ import annotations

import hashlib
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...dicom_files import (
    SECONDARY_CAPTURE,
    PixelLayout,
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
from .polarity import read_scale
from .shutter import exposed_mask
from .spacing import read_spacing_and_distances
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
    "1.2.840.10008.5.1.4.1.1.12.2": "RF",
    SECONDARY_CAPTURE: "OT",
}
_KEY = secrets.token_bytes(32)


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
        stored = grey_channel(name, read_frame(name, stream, layout, index))
        header = frame_header(header, index)
        source = read_scale(name, header, layout, stored, modality)
        source.mask = exposed_mask(header, stored)
        read_spacing_and_distances(name, header, modality, source, spacing_chosen)
        read_view(header, modality, source)
        _read_labels(header, modality, layout, index, source)
        _read_carried_geometry(header, stored, source)
    return source


def _modality(name: str, header: Dataset) -> str:
    sop_class = str(element(header, "SOPClassUID"))
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
            raise RadiographError(f"{name} has {frames} frames; choose one with frame = 1 to {frames}.")
        return 0
    if not 1 <= frame <= max(frames, 1):
        raise RadiographError(f"{name} has no frame {frame}; choose one from 1 to {max(frames, 1)}.")
    return frame - 1


def _read_labels(header: Dataset, modality: str, layout: PixelLayout, index: int, source: Source):
    burned = code(header, "BurnedInAnnotation", ("YES", "NO"))
    source.burned_in_annotation = None if burned is None else burned == "YES"
    sides = ("L", "R", "B", "U")
    source.laterality = code(header, "ImageLaterality", sides) or code(header, "Laterality", sides)
    source.patient_key = _patient_key(header)
    if code(header, "PositionerMotion", ("DYNAMIC",)) and source.positioner_deg:
        source.assume("primary_deg", source.positioner_deg[0], "The positioner moved; its first angle is taken.")
    source.provenance.update(
        modality=modality,
        transfer_syntax=layout.syntax,
        bits_stored=layout.bits_stored,
        frame=index + 1,
        frames=layout.frames,
        presentation_intent=code(header, "PresentationIntentType", ("FOR PROCESSING", "FOR PRESENTATION"))
        or "not stated",
        presentation_lut_shape=code(header, "PresentationLUTShape", ("IDENTITY", "INVERSE", "LIN OD")) or "not stated",
        lossy_compression=code(header, "LossyImageCompression", ("00", "01")) == "01",
    )


def _read_carried_geometry(header: Dataset, stored: np.ndarray, source: Source):
    try:
        source.carried = carried_geometry(header, stored)
    except ValueError:
        why = "The geometry that Diff2CT wrote into this file belongs to other pixels or is damaged, so it is not used."
        source.assume("carried_geometry", None, why)


def _patient_key(header: Dataset) -> str | None:
    """Keyed hash of the patient's identifier; the key lives no longer than the process."""
    identifier = element(header, "PatientID")
    text = str(identifier).strip() if identifier is not None else ""
    return hashlib.blake2b(text.encode("utf-8", "replace"), key=_KEY, digest_size=16).hexdigest() if text else None
