"""A NRRD, NIfTI or MetaImage file: its header checked before any pixel is read, then the voxels of that very file."""

from .header import ImageHeader, Place
from .opening import open_image, starts_like_meta_image, starts_like_nrrd
from .volume import read_volume, read_volume_image

__all__ = [
    "ImageHeader",
    "Place",
    "open_image",
    "read_volume",
    "read_volume_image",
    "starts_like_meta_image",
    "starts_like_nrrd",
]
