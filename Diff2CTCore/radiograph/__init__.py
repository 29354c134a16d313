"""Radiographs: from a file to line-integral-like pixels with a known geometry."""

from .image import Assumption, Radiograph
from .pair import check_pair
from .reader import read_radiograph
from .view_defaults import view_geometry

__all__ = ["Assumption", "Radiograph", "check_pair", "read_radiograph", "view_geometry"]
