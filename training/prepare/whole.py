"""Refuse NIfTI files that are cut short, which SimpleITK reads without complaint as if the rest were zero."""

from __future__ import annotations

import gzip
import struct
import zlib
from pathlib import Path

from Diff2CTCore.errors import VolumeError

_NIFTI1_HEADER_BYTES = 348
_CHUNK_BYTES = 1 << 22


def check_whole(path: Path) -> None:
    """Compare the bytes of a NIfTI file with what its header announces; other files are left to their readers.

    Raises:
        VolumeError: the file ends early, or its compressed data are damaged.
    """
    name = path.name.lower()
    if not name.endswith((".nii", ".nii.gz")):
        return
    try:
        with gzip.open(path) if name.endswith(".gz") else open(path, "rb") as file:
            header = file.read(_NIFTI1_HEADER_BYTES)
            found = len(header)
            while chunk := file.read(_CHUNK_BYTES):
                found += len(chunk)
    except (OSError, EOFError, zlib.error) as error:
        raise VolumeError(f"{path.name} cannot be read; it is damaged or cut short, so fetch it again.") from error
    if found < _announced_bytes(header):
        raise VolumeError(f"{path.name} cannot be read; it is cut short, so fetch it again.")


def _announced_bytes(header: bytes) -> int:
    """Size of a NIfTI-1 file in bytes; 0 for what is none, which the reader then refuses itself."""
    for order in "<>":
        if len(header) == _NIFTI1_HEADER_BYTES and struct.unpack_from(f"{order}i", header)[0] == len(header):
            count, *extents = struct.unpack_from(f"{order}8h", header, 40)
            voxels = 1
            for extent in extents[:count]:
                voxels *= extent
            (bits,) = struct.unpack_from(f"{order}h", header, 72)
            (offset,) = struct.unpack_from(f"{order}f", header, 108)
            return int(offset) + voxels * bits // 8
    return 0
