"""What leaves the scene: volumes, DICOM series, and a page to print."""

from . import exporting

__all__ = ["exporting"]
