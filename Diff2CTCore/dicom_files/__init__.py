"""A DICOM file: what single elements of its header say, of the file and of a frame, and a frame's stored values."""

from .beginning import BEGINNING_BYTES, starts_like_dicom
from .carried_geometry import CarriedGeometry, carried_geometry, store_carried_geometry
from .elements import (
    UnreadableElementError,
    as_stored,
    as_written,
    code,
    element,
    integer,
    items,
    number,
    numbers,
    positive,
    quiet_pydicom,
    readable,
    stated,
    stored_value,
)
from .frame import read_frame
from .functional_groups import contradicted, frame_header
from .header import pixel_layout, read_header, stored_class
from .layout import SECONDARY_CAPTURE, PixelLayout, check_layout
from .patient import patient_marks, same_patient

__all__ = [
    "BEGINNING_BYTES",
    "SECONDARY_CAPTURE",
    "CarriedGeometry",
    "PixelLayout",
    "UnreadableElementError",
    "as_stored",
    "as_written",
    "carried_geometry",
    "check_layout",
    "code",
    "contradicted",
    "element",
    "frame_header",
    "integer",
    "items",
    "number",
    "numbers",
    "patient_marks",
    "pixel_layout",
    "positive",
    "quiet_pydicom",
    "read_frame",
    "read_header",
    "readable",
    "same_patient",
    "starts_like_dicom",
    "stated",
    "store_carried_geometry",
    "stored_class",
    "stored_value",
]
