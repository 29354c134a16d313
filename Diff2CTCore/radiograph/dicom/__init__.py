"""One DICOM radiograph: which frame, which polarity, spacing, shutter and view, from its tags."""

from .reading import read_dicom
from .tags import quiet_pydicom

__all__ = ["quiet_pydicom", "read_dicom"]
