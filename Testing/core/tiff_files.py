"""TIFF files of any layout, put together byte by byte."""

import struct

SHORT, LONG, RATIONAL, SIGNED_SHORT = 3, 4, 5, 8
_FORMS = {1: "B", 2: "B", SHORT: "H", LONG: "I", RATIONAL: "II", SIGNED_SHORT: "h", 12: "d", 16: "Q"}


def grey_tags(image, **changes):
    """The tags of an uncompressed grey image of unsigned values in one strip, by name; None leaves one out."""
    rows, columns = image.shape[:2]
    samples = 1 if image.ndim == 2 else image.shape[2]
    tags = {
        "ImageWidth": (256, SHORT, [columns]),
        "ImageLength": (257, SHORT, [rows]),
        "BitsPerSample": (258, SHORT, [8 * image.itemsize] * samples),
        "Compression": (259, SHORT, [1]),
        "PhotometricInterpretation": (262, SHORT, [1]),
        "SamplesPerPixel": (277, SHORT, [samples]),
        "RowsPerStrip": (278, SHORT, [rows]),
    }
    tags.update(changes)
    return [tag for tag in tags.values() if tag is not None]


def tiff_bytes(tags, blocks, counts=None, offsets=None):
    """A little-endian TIFF file of one image whose strips hold `blocks`; `offsets` move the strips that are stated."""
    starts, content = [], b""
    for block in blocks:
        starts.append(8 + len(content))
        content += block
    tags = [
        *tags,
        (273, LONG, starts if offsets is None else offsets),
        (279, LONG, [len(block) for block in blocks] if counts is None else counts),
    ]
    content += b"\0" * (len(content) % 2)
    entries = b""
    for tag, kind, values in sorted(tags, key=lambda item: item[0]):
        form = f"<{len(values) if kind != RATIONAL else ''}{_FORMS[kind]}"
        packed = struct.pack(form, *values)
        if len(packed) > 4:
            place, content = struct.pack("<I", 8 + len(content)), content + packed + b"\0" * (len(packed) % 2)
        else:
            place = packed.ljust(4, b"\0")
        entries += struct.pack("<HHI", tag, kind, len(values) if kind != RATIONAL else 1) + place
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(content)) + content + directory
