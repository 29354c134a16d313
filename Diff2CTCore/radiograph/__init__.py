"""Radiographs: from a file to line-integral-like pixels with a known geometry."""

from .image import Assumption, Radiograph
from .known_length import with_known_length
from .opened import OpenedRadiograph
from .orientation import Orienter, from_patient_orientation
from .pair import check_pair, is_swapped, pair_refusal, place_of_pair
from .reader import open_radiograph, read_radiograph
from .scale import Scale, ViewScale, scale_of, view_scale
from .sniff import DICOM, sniff
from .view_defaults import view_geometry
from .view_words import view_in_words

__all__ = [
    "DICOM",
    "Assumption",
    "OpenedRadiograph",
    "Orienter",
    "Radiograph",
    "Scale",
    "ViewScale",
    "check_pair",
    "from_patient_orientation",
    "is_swapped",
    "open_radiograph",
    "pair_refusal",
    "place_of_pair",
    "read_radiograph",
    "scale_of",
    "sniff",
    "view_geometry",
    "view_in_words",
    "view_scale",
    "with_known_length",
]
