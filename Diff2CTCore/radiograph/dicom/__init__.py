"""One DICOM radiograph: which frame, which polarity, spacing, shutter and view, from its tags."""

from .reading import read_dicom

__all__ = ["read_dicom"]
