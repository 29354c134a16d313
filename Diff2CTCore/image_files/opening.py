"""Opening an image file: its format is told by its content, and its header is judged."""

from __future__ import annotations

from pathlib import Path

from ..errors import ImageFileError
from . import faults
from .data_files import ELSEWHERE
from .header import ImageHeader
from .meta_image import META_IMAGE_KEYS, MetaImageHeader
from .nifti import NiftiHeader
from .nrrd import NrrdHeader
from .text_numbers import without_mark


def starts_like_nrrd(head: bytes) -> bool:
    """Whether a file that begins with `head` is a NRRD."""
    return without_mark(head).startswith(b"NRRD000")


def starts_like_meta_image(head: bytes) -> bool:
    """Whether a file that begins with `head` (256 bytes or more) is a MetaImage: its first line states an entry of one.

    The entries may stand in any order.
    """
    key, separator, _ = without_mark(head).lstrip().partition(b"=")
    return bool(separator) and key.strip().decode("latin-1") in META_IMAGE_KEYS


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
        if without_mark(head).startswith(b"NRRD"):
            return NrrdHeader(path, may_be_detached)
        if starts_like_meta_image(head):
            return MetaImageHeader(path, may_be_detached)
        if head[344:347] == b"ni1":
            raise faults.unsupported(path.name, ELSEWHERE, "save it as one file (.nii or .nii.gz)")
        return NiftiHeader(path)
    except OSError as error:
        raise ImageFileError(f"{path.name} cannot be read ({error.strerror}); check it and its permissions.") from error
