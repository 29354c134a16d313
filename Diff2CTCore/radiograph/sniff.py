"""Which format a file has, told from its content."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from ..dicom_files import starts_like_dicom
from ..errors import RadiographError
from ..image_files import starts_like_meta_image, starts_like_nrrd

DICOM, NRRD, META_IMAGE, NIFTI, PNG, TIFF = "DICOM", "NRRD", "MetaImage", "NIfTI", "PNG", "TIFF"
SUPPORTED = "DICOM, NRRD, MHA, NIfTI, PNG and TIFF"

_HEAD_BYTES = 512
_GZIP = b"\x1f\x8b"


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

    Raises RadiographError when the content is none of them, or two of them at once.
    """
    head = read_head(path)
    found = _formats(path, head)
    if found == [DICOM, TIFF] and path.suffix.lower() not in (".tif", ".tiff"):
        # DICOM lets the preamble hold a TIFF header (PS3.10, 7.1), so that programs without DICOM see the picture.
        return DICOM
    if len(found) > 1:
        raise RadiographError(
            f"{path.name} is a {' and a '.join(found)} file at once, so which image is meant cannot be told; "
            "export the radiograph again."
        )
    if found:
        return found[0]
    if head[344:347] == b"ni1":
        raise RadiographError(f"{path.name} keeps its pixels in another file; save it as one file (.nii or .nii.gz).")
    if head.startswith(b"\xff\xd8\xff"):
        raise RadiographError(
            f"{path.name} is a JPEG picture, whose compression and tone curve are not a radiograph's; "
            f"export the radiograph as one of {SUPPORTED}."
        )
    if head.startswith(_GZIP):
        raise RadiographError(
            f"{path.name} is a gzip file and not an image of a known format, as only NIfTI may be packed so; unpack it "
            f"and use one of {SUPPORTED}."
        )
    raise RadiographError(f"{path.name} is not an image of a known format; use one of {SUPPORTED}.")


def _formats(path: Path, head: bytes) -> list[str]:
    """Every format that the file begins like."""
    signs = {
        DICOM: starts_like_dicom(head),
        NRRD: starts_like_nrrd(head),
        META_IMAGE: starts_like_meta_image(head),
        NIFTI: _is_nifti(_inflate_head(path) if head.startswith(_GZIP) else head),
        PNG: head.startswith(b"\x89PNG\r\n\x1a\n"),
        TIFF: head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"),
    }
    return [file_format for file_format, found in signs.items() if found]


def _is_nifti(head: bytes) -> bool:
    return head[344:347] == b"n+1" or head[4:7] == b"n+2"


def _inflate_head(path: Path) -> bytes:
    try:
        with gzip.open(path) as stream:
            return stream.read(_HEAD_BYTES)
    except (OSError, EOFError, zlib.error):
        raise RadiographError(f"{path.name} is a damaged or cut off gzip file; copy or export it again.") from None
