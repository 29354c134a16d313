"""One radiograph in a format without clinical tags: NRRD, NIfTI, MetaImage, PNG, TIFF."""

from .reading import read_plain

__all__ = ["read_plain"]
