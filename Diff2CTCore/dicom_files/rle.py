"""Frames of DICOM's run-length encoding (PS3.5, annex G).

They are unpacked here, since a decoder that is handed a segment with too little in it fills up what is missing.
"""

from __future__ import annotations

import numpy as np

from .codestream import BrokenCodestream, Expected

_HEADER_BYTES = 64


def decode_rle(frame: bytes, expected: Expected) -> np.ndarray:
    """Words uint8 or uint16 (rows, columns, samples) of a frame.

    Raises:
        BrokenCodestream: it does not hold exactly the pixels that are expected.
    """
    width = expected.bits_allocated // 8
    count = int.from_bytes(frame[:4], "little")
    offsets = [int.from_bytes(frame[at : at + 4], "little") for at in range(4, 4 + 4 * min(count, 15), 4)]
    if len(frame) < _HEADER_BYTES or count != expected.samples * width:
        raise BrokenCodestream
    if offsets[0] != _HEADER_BYTES or offsets != sorted(set(offsets)) or offsets[-1] >= len(frame):
        raise BrokenCodestream
    size = expected.rows * expected.columns
    planes = [_unpack(frame[start:end], size) for start, end in zip(offsets, [*offsets[1:], len(frame)], strict=True)]
    # Of each sample the most significant byte comes first.
    words = np.stack(planes).reshape(expected.samples, width, size).astype(f"u{width}")
    whole = words[:, 0] if width == 1 else words[:, 0] << 8 | words[:, 1]
    return whole.reshape(expected.samples, expected.rows, expected.columns).transpose(1, 2, 0)


def _unpack(segment: bytes, size: int) -> np.ndarray:
    """The bytes of one segment; BrokenCodestream unless they are `size`."""
    found = bytearray()
    position = 0
    while len(found) < size:
        if position >= len(segment):
            raise BrokenCodestream
        header = segment[position]
        if header < 128:
            literal = segment[position + 1 : position + 2 + header]
            if len(literal) != header + 1:
                raise BrokenCodestream
            found += literal
            position += 2 + header
        elif header > 128:
            found += segment[position + 1 : position + 2] * (257 - header)
            position += 2
        else:
            position += 1
    # Some writers pack the byte that makes the segment even.
    if len(found) > size + 1:
        raise BrokenCodestream
    return np.frombuffer(found, np.uint8, count=size)
