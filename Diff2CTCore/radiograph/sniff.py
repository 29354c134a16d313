"""Which format a file has, told from its content and never from its name."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

from ..errors import RadiographError

DICOM, NRRD, META_IMAGE, NIFTI, PNG, TIFF = "DICOM", "NRRD", "MetaImage", "NIfTI", "PNG", "TIFF"
SUPPORTED = "DICOM, NRRD, MHA, NIfTI, PNG and TIFF"

_HEAD_BYTES = 512


def read_head(path: Path) -> bytes:
    """The first bytes of an existing regular file; a sentence for whatever else `path` is."""
    try:
        if path.is_dir():
            raise RadiographError(f"{path.name} is a folder; give the file of one radiograph.")
        if not path.exists():
            raise RadiographError(f"The file {path} does not exist; check the path.")
        if not path.is_file():
            raise RadiographError(f"{path.name} is not a regular file; give the file of one radiograph.")
        with path.open("rb") as stream:
            head = stream.read(_HEAD_BYTES)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "invalid path"
        raise RadiographError(f"The file {path.name} cannot be read ({reason}); check its permissions.") from None
    if not head:
        raise RadiographError(f"{path.name} is empty; give the file of one radiograph.")
    return head


def sniff(path: Path) -> str:
    """One of the format names of this module.

    Raises RadiographError when the content is none of them.
    """
    head = read_head(path)
    if head[128:132] == b"DICM" or _starts_like_bare_dicom(head):
        return DICOM
    if head.startswith(b"NRRD000"):
        return NRRD
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return TIFF
    if _is_nifti(head) or (head.startswith(b"\x1f\x8b") and _is_nifti(_inflate_head(path))):
        return NIFTI
    if head[344:347] == b"ni1":
        raise RadiographError(f"{path.name} keeps its pixels in another file; save it as one file (.nii or .nii.gz).")
    if head.lstrip().split(b"=")[0].strip() in (b"ObjectType", b"NDims", b"Comment"):
        return META_IMAGE
    if head.startswith(b"\xff\xd8\xff"):
        raise RadiographError(
            f"{path.name} is a JPEG picture, whose compression and tone curve are not a radiograph's; "
            f"export the radiograph as one of {SUPPORTED}."
        )
    raise RadiographError(f"{path.name} is not an image of a known format; use one of {SUPPORTED}.")


def _starts_like_bare_dicom(head: bytes) -> bool:
    """Old files come without the 128-byte preamble and start with an element of group 0002 or 0008."""
    if len(head) < 8:
        return False
    group, element = struct.unpack("<HH", head[:4])
    return group in (0x0002, 0x0008) and element <= 0x0060 and (head[4:6].isalpha() or head[6:8] == b"\0\0")


def _is_nifti(head: bytes) -> bool:
    return head[344:347] == b"n+1" or head[4:7] == b"n+2"


def _inflate_head(path: Path) -> bytes:
    try:
        with gzip.open(path) as stream:
            return stream.read(_HEAD_BYTES)
    except (OSError, EOFError, zlib.error):
        return b""
