"""A volume as SimpleITK takes it."""

from __future__ import annotations

from pathlib import Path

from ..errors import ImageFileError
from .opening import open_image


def read_volume_image(path: Path):
    """The image of `read_volume`."""
    return read_volume(path)[0]


def read_volume(path: Path):
    """The one scalar volume in a file; its pixels may lie in other files.

    Returns:
        SimpleITK image with its place in LPS mm, and sentences for the user about what was decided.

    Raises:
        ImageFileError: damaged, incomplete or contradictory, or not one 3D volume with one value per voxel.
    """
    import SimpleITK as sitk

    header = open_image(path, may_be_detached=True)
    dimensions, channels = len(header.layout.sizes), header.layout.channels
    if dimensions != 3:
        raise ImageFileError(f"{path.name} has {dimensions} dimensions; give one 3D volume.")
    if channels != 1:
        raise ImageFileError(
            f"{path.name} has {channels} values per voxel; give a volume with one value in HU per voxel."
        )
    place = header.place()
    image = sitk.GetImageFromArray(header.values())
    image.SetSpacing(place.spacing_mm.tolist())
    image.SetOrigin(place.origin_mm.tolist())
    image.SetDirection(place.direction.ravel().tolist())
    return image, place.notes
