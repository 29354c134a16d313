"""A DICOM file: what single elements of its header say, of the file and of a frame, and a frame's stored values."""

from .carried_geometry import CarriedGeometry, carried_geometry, store_carried_geometry
from .elements import (
    UnreadableElementError,
    code,
    element,
    integer,
    items,
    number,
    numbers,
    positive,
    quiet_pydicom,
    readable,
)
from .frame import SECONDARY_CAPTURE, PixelLayout, check_layout, read_frame
from .functional_groups import frame_header
from .header import pixel_layout, read_header

__all__ = [
    "SECONDARY_CAPTURE",
    "CarriedGeometry",
    "PixelLayout",
    "UnreadableElementError",
    "carried_geometry",
    "check_layout",
    "code",
    "element",
    "frame_header",
    "integer",
    "items",
    "number",
    "numbers",
    "pixel_layout",
    "positive",
    "quiet_pydicom",
    "read_frame",
    "read_header",
    "readable",
    "store_carried_geometry",
]
