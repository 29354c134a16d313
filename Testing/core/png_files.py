"""PNG files of any kind, put together byte by byte."""

import struct
import zlib

import numpy as np

GREY, RGB, PALETTE, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))


def chunk(kind, content):
    """One chunk with its checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_bytes(pixels, colour=GREY, predictions=(0,), interlaced=False, before=(), after=(), size=None, header=None):
    """A PNG file of (rows, columns[, channels]) uint8 or uint16; the lines take turns with the `predictions`.

    `before` and `after` are chunks around the pixels; `size` (rows, columns) and `header` (bits, colour, compression,
    filter, interlacing) replace what the header says.
    """
    rows, columns = size or pixels.shape[:2]
    told = header or (8 * pixels.itemsize, colour, 0, 0, int(interlaced))
    passes = [pixels[row::down, column::along] for row, column, down, along in ADAM7] if interlaced else [pixels]
    lines = b"".join(_lines(part, predictions) for part in passes if part.size)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", struct.pack(">IIBBBBB", columns, rows, *told)),
            *before,
            chunk(b"IDAT", zlib.compress(lines)),
            *after,
            chunk(b"IEND", b""),
        )
    )


def _lines(pixels, predictions):
    rows = len(pixels)
    pixel_bytes = pixels[0, 0].nbytes
    stored = np.frombuffer(pixels.astype(pixels.dtype.newbyteorder(">")).tobytes(), np.uint8).reshape(rows, -1)
    known = np.pad(stored.astype(int), ((1, 0), (pixel_bytes, 0)))
    content = b""
    for row in range(rows):
        kind = predictions[row % len(predictions)]
        line = [
            (int(known[row + 1, at]) - _predicted(kind, *_neighbours(known, row + 1, at, pixel_bytes))) % 256
            for at in range(pixel_bytes, known.shape[1])
        ]
        content += bytes([kind, *line])
    return content


def _neighbours(known, row, at, pixel_bytes):
    return int(known[row, at - pixel_bytes]), int(known[row - 1, at]), int(known[row - 1, at - pixel_bytes])


def _predicted(kind, left, above, corner):
    """What PNG 3, section 9, predicts from three neighbours."""
    if kind == 4:
        return min((left, above, corner), key=lambda value: abs(left + above - corner - value))
    return (0, left, above, (left + above) // 2)[kind]
