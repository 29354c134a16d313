"""Opening an image file: its format is told by its content, and its header is judged."""

from __future__ import annotations

from pathlib import Path

from ..errors import ImageFileError
from . import faults
from .data_files import ELSEWHERE
from .header import ImageHeader
from .meta_image import MetaImageHeader
from .nifti import NiftiHeader
from .nrrd import NrrdHeader

_META_KEYS = (b"ObjectType", b"NDims", b"Comment", b"ObjectSubType", b"TransformType", b"Name", b"ID")


def open_image(path: Path, may_be_detached: bool) -> ImageHeader:
    """The header of a NRRD, NIfTI or MetaImage file. No pixel is read yet; `ImageHeader.values` does.

    Args:
        path: an existing file.
        may_be_detached: whether the pixels may lie in other files of the same folder.

    Raises:
        ImageFileError: of another format, damaged, or with a header that is incomplete or contradicts itself.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(512)
        if head.startswith(b"NRRD"):
            return NrrdHeader(path, may_be_detached)
        if head.lstrip().split(b"=")[0].strip() in _META_KEYS:
            return MetaImageHeader(path, may_be_detached)
        if head[344:347] == b"ni1":
            raise faults.unsupported(path.name, ELSEWHERE, "save it as one file (.nii or .nii.gz)")
        return NiftiHeader(path)
    except OSError as error:
        raise ImageFileError(f"{path.name} cannot be read ({error.strerror}); check it and its permissions.") from error
