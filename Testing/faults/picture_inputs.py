"""TIFF files of unusual layouts and PNG files with unusual chunks; for `inputs.Kind.prepare`."""

import struct
import zlib

import imagecodecs
import numpy as np
import tifffile
from radiograph_files import pattern
from radiograph_truth import ASSUMED, LINEAR, SCALED, SIMILAR, Expected, turned_by_tiff
from reconstruction_inputs import read_as
from spoilt import EITHER, REFUSED

TIFF_LAYOUTS = (
    {},
    {"compression": "zlib"},
    {"compression": "lzw"},
    {"compression": "packbits"},
    {"compression": "zlib", "predictor": True},
    {"compression": "jpeg"},
    {"compression": "jpeg2000"},
    {"compression": "zstd"},
    {"tile": (32, 32)},
    {"tile": (32, 32), "compression": "zlib"},
    {"rowsperstrip": 7},
    {"bigtiff": True},
    {"byteorder": ">"},
    {"photometric": "miniswhite"},
    {"planarconfig": "contig", "samples": 3},
    {"planarconfig": "separate", "samples": 3},
    {"photometric": "palette"},
    {"pages": 2},
    {"extrasamples": ["unassalpha"], "samples": 2},
)
TYPES = ("u1", "u2", "u2", "u2", "i2", "u4", "f4", "f2", "f8", "i1")
TAG_TYPES = {254: "I", 258: "H", 259: "H", 262: "H", 266: "H", 273: "I", 274: "H", 277: "H", 278: "H", 279: "I"}
TAG_TYPES |= {256: "H", 257: "H", 284: "H", 322: "I", 338: "H", 339: "H"}
TAG_VALUES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 32, 64, 255, 32773, 65535)


def tiff_layout(folder, random):
    """An image of a known content in one of the many layouts of TIFF, turned as tag 274 says."""
    options = dict(TIFF_LAYOUTS[random.integers(len(TIFF_LAYOUTS))])
    kind, orientation = TYPES[random.integers(len(TYPES))], int(random.integers(1, 9)) if random.random() < 0.5 else 1
    about = f"{options}, {kind}, orientation {orientation}"
    values = (pattern() - (2000 if kind[0] == "i" else 0)).astype(float)
    # Two bytes and less hold fewer levels; half precision has eleven bits.
    values = np.floor(values / 17.0) if kind in ("u1", "i1") else values
    stored = np.round(values).astype(kind) if kind != "f2" else (np.round(values / 4.0)).astype("f2")
    samples, pages = options.pop("samples", 1), options.pop("pages", 1)
    image = stored
    if samples > 1:
        axis = 0 if options.get("planarconfig") == "separate" else -1
        image = (
            np.stack([stored] * samples, axis=axis)
            if "extrasamples" not in options
            else np.stack([stored, np.full_like(stored, stored.max())], axis=-1)
        )
    options["photometric"] = options.get("photometric", "rgb" if samples == 3 else "minisblack")
    if options["photometric"] == "palette":
        options["colormap"] = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (3, 1))
    big, order = options.pop("bigtiff", False), options.pop("byteorder", "<")
    path = folder / "layout.tif"
    try:
        with tifffile.TiffWriter(path, bigtiff=big, byteorder=order) as file:
            for _ in range(pages):
                file.write(image, metadata=None, extratags=[(274, "H", 1, orientation, True)], **options)
    except (ValueError, RuntimeError, KeyError, TypeError, struct.error, imagecodecs.TiffError):
        # Not every layout holds every type.
        tifffile.imwrite(path, stored, metadata=None, photometric="minisblack")
        orientation, options, about = 1, {"photometric": "minisblack"}, f"{kind} in plain strips"
    sign = -1.0 if options["photometric"] == "miniswhite" else 1.0
    expected = Expected(turned_by_tiff(sign * stored.astype(float), orientation), geometry=_nothing_said())
    if options.get("compression") == "jpeg":
        expected.follow = SIMILAR
    return read_as(folder, path, lambda: expected, must=EITHER if pages == 1 else REFUSED, about=about)


def _nothing_said() -> dict:
    return {"pixel_spacing_mm": ASSUMED, "sid_mm": ASSUMED}


def tiff_tag(content: bytes, random) -> bytes:
    """A TIFF file one of whose tags has another value, is gone, or is there although it was not."""
    order = "<" if content[:2] == b"II" else ">"
    (start,) = struct.unpack_from(order + "I", content, 4)
    (count,) = struct.unpack_from(order + "H", content, start)
    entries = [bytearray(content[start + 2 + 12 * i : start + 14 + 12 * i]) for i in range(count)]
    tag = sorted(TAG_TYPES)[random.integers(len(TAG_TYPES))]
    found = [entry for entry in entries if struct.unpack_from(order + "H", entry)[0] == tag]
    if found and random.random() < 0.2:
        entries.remove(found[0])
    else:
        form, value = TAG_TYPES[tag], TAG_VALUES[random.integers(len(TAG_VALUES))]
        number = struct.pack(order + form, value).ljust(4, b"\0")
        made = bytearray(struct.pack(order + "HHI", tag, 3 if form == "H" else 4, 1) + number)
        entries = sorted(
            [entry for entry in entries if entry not in found] + [made],
            key=lambda e: e[:2][:: 1 if order == ">" else -1],
        )
    # The directory goes behind the data, where it has room to grow.
    spoilt = bytearray(content) + bytes(len(content) % 2)
    struct.pack_into(order + "I", spoilt, 4, len(spoilt))
    spoilt += struct.pack(order + "H", len(entries)) + b"".join(entries) + bytes(4)
    return bytes(spoilt)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


EXTRA_CHUNKS = (
    (b"sBIT", bytes([12])),
    (b"sBIT", bytes([1])),
    (b"sBIT", bytes([8])),
    (b"gAMA", struct.pack(">I", 45455)),
    (b"gAMA", struct.pack(">I", 220000)),
    (b"tRNS", struct.pack(">H", 7)),
    (b"bKGD", struct.pack(">H", 0)),
    (b"pHYs", struct.pack(">IIB", 1000, 1000, 1)),
    (b"pHYs", struct.pack(">IIB", 1, 4, 0)),
    (b"sRGB", b"\0"),
    (b"cHRM", struct.pack(">8I", *[31270] * 8)),
    (b"hIST", b"\0\1"),
    (b"iCCP", b"x\0\0" + zlib.compress(b"no profile")),
    (b"tEXt", b"Comment\0Nobody^Nowhere"),
    (b"zTXt", b"Comment\0\0" + b"no stream"),
    (b"acTL", struct.pack(">II", 2, 0)),
    (b"eXIf", b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"),
    (b"cICP", bytes([9, 16, 0, 1])),
    (b"IDAT", b""),
    (b"zzZz", b"private"),
    (b"ABCD", b"critical and unknown"),
)


def png_chunks(folder, random):
    """A PNG of a known content, of any depth and kind, with one or two more chunks, or with other header values."""
    depth, kind = ((8, 0), (16, 0), (16, 0), (4, 0), (1, 0), (8, 3), (8, 2), (16, 2), (8, 4), (16, 6))[
        random.integers(10)
    ]
    values = pattern().astype(int) >> max(0, 12 - depth) if depth < 16 else pattern().astype(int) * 16
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[kind]
    planes = np.stack([values] * channels, axis=-1)
    if kind in (4, 6):
        planes[..., -1] = (1 << depth) - 1
    if depth < 8:
        bits = np.unpackbits(planes[..., 0].astype(np.uint8)[..., None], axis=-1)[..., 8 - depth :]
        rows = np.packbits(bits.reshape(len(bits), -1), axis=-1)
    else:
        rows = planes.astype(">u2" if depth == 16 else "u1").reshape(len(planes), -1).view(np.uint8)
    data = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], depth, kind, 0, 0, 0)
    palette = _chunk(b"PLTE", bytes(np.repeat(np.arange(256), 3).tolist())) if kind == 3 else b""
    extra = [EXTRA_CHUNKS[random.integers(len(EXTRA_CHUNKS))] for _ in range(random.integers(1, 3))]
    chunks = b"".join(_chunk(*chunk) for chunk in extra)
    about = f"depth {depth}, kind {kind}, {[name.decode() for name, _ in extra]}"
    if random.random() < 0.2:
        place, value = int(random.integers(8, 13)), int(random.integers(17))
        changed = header[:place] + bytes([value]) + header[place + 1 :]
        about += f", byte {place} of IHDR {value}"
        must = REFUSED if changed != header else EITHER
        header = changed
    else:
        must = EITHER
    path = folder / "chunks.png"
    before = random.random() < 0.8
    body = (palette + chunks + _chunk(b"IDAT", data)) if before else (palette + _chunk(b"IDAT", data) + chunks)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + body + _chunk(b"IEND", b""))
    # Fewer bits than eight are spread over a byte by most readers.
    expected = Expected(values.astype(float), SCALED if depth < 8 else LINEAR, geometry=_nothing_said())
    return read_as(folder, path, lambda: expected, must=must, about=about)
