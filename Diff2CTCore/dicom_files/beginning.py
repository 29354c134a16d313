"""Telling a DICOM file from its first bytes, whatever its name is."""

from __future__ import annotations

import struct

BEGINNING_BYTES = 132
"""What `starts_like_dicom` needs to see of a file."""


def starts_like_dicom(head: bytes) -> bool:
    """Whether a file begins like DICOM, with the preamble or without.

    Old files come without the 128-byte preamble and start with an element of group 0002 or 0008.
    """
    if head[128:132] == b"DICM":
        return True
    if len(head) < 8:
        return False
    group, element = struct.unpack("<HH", head[:4])
    return group in (0x0002, 0x0008) and element <= 0x0060 and (head[4:6].isalpha() or head[6:8] == b"\0\0")
