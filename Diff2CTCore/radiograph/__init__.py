"""Radiographs: from a file to line-integral-like pixels with a known geometry."""

from .image import Assumption, Radiograph
from .orientation import Orienter, from_patient_orientation
from .pair import check_pair, is_swapped, pair_refusal, place_of_pair
from .reader import OpenedRadiograph, open_radiograph, read_radiograph
from .sniff import DICOM, sniff
from .view_defaults import view_geometry
from .view_words import view_in_words

__all__ = [
    "DICOM",
    "Assumption",
    "OpenedRadiograph",
    "Orienter",
    "Radiograph",
    "check_pair",
    "from_patient_orientation",
    "is_swapped",
    "open_radiograph",
    "pair_refusal",
    "place_of_pair",
    "read_radiograph",
    "sniff",
    "view_geometry",
    "view_in_words",
]
