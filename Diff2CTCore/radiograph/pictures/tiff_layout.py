"""How the pixels of a TIFF image lie in its file; every layout that is not known to be read rightly is refused."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ...errors import RadiographError
from ..limits import check_size
from .tiff_tags import Directory, Tag

NONE, LZW, DEFLATE, PACKBITS = "none", "LZW", "deflate", "PackBits"
WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE = 0, 1, 2, 3
HORIZONTAL, FLOATING = 2, 3

_COMPRESSIONS = {1: NONE, 5: LZW, 8: DEFLATE, 32946: DEFLATE, 32773: PACKBITS}
_REFUSED_COMPRESSIONS = {
    2: "CCITT fax coding",
    3: "CCITT fax coding",
    4: "CCITT fax coding",
    6: "JPEG",
    7: "JPEG",
    33003: "JPEG 2000",
    33005: "JPEG 2000",
    34712: "JPEG 2000",
    34925: "LZMA",
    50000: "Zstandard",
    50001: "WebP",
    50002: "JPEG XL",
}
_REFUSED_COLOURS = {4: "a transparency mask", 5: "CMYK colours", 6: "YCbCr colours", 8: "CIE L*a*b* colours"}
_KINDS = {1: "u", 2: "i", 3: "f"}
_KIND_NAMES = {"u": "unsigned", "i": "signed", "f": "floating-point"}
_GREY_BITS = {"u": (8, 12, 16, 32), "i": (8, 16, 32), "f": (16, 32, 64)}
_COLOUR_BITS = (8, 16)
_SAVE_AS = "save it as a grey TIFF of 8 or 16 bits, uncompressed or compressed by LZW or deflate"


@dataclass(frozen=True)
class Layout:
    """One image of a file, as its tags tell it and as far as it is known to be read rightly.

    Attributes:
        samples: values of a pixel; the last is the opacity when there are two or four.
        bits: bits of a value; `kind` is "u", "i" or "f" as in NumPy, `order` "<" or ">".
        planes: the number of parts into which the values of a pixel are put asunder, 1 or `samples`.
        block_rows, block_columns: size of a strip or tile; `offsets` and `counts` hold the bytes of each, plane by
            plane and within a plane row by row.
        tiled: whether every block is stored in full, as tiles are; the last strip ends with the image.
    """

    name: str
    rows: int
    columns: int
    samples: int
    bits: int
    kind: str
    order: str
    photometric: int
    compression: str
    predictor: int
    planes: int
    block_rows: int
    block_columns: int
    tiled: bool
    offsets: tuple[int, ...]
    counts: tuple[int, ...]


def read_layout(tags: Directory) -> Layout:
    """The layout of one image. Raises RadiographError for one that is missing, contradictory or not supported."""
    name = tags.name
    rows, columns = tags.number(Tag.ImageLength), tags.number(Tag.ImageWidth)
    check_size(name, rows, columns)
    _refuse_hidden_stack(tags)
    samples = tags.number(Tag.SamplesPerPixel, 1)
    if tags.number(Tag.FillOrder, 1) != 1:
        raise RadiographError(f"{name} stores its bits in reversed order (FillOrder); {_SAVE_AS}.")
    photometric = _photometric(tags, samples)
    bits, kind = _sample_type(tags, samples, photometric)
    compression, predictor = _compression(tags, bits, kind)
    planes = _planes(tags, samples)
    tiled = any(tag in tags.entries for tag in (Tag.TileWidth, Tag.TileLength, Tag.TileOffsets))
    if tiled:
        block_rows, block_columns = tags.number(Tag.TileLength), tags.number(Tag.TileWidth)
        offsets, counts = tags.numbers(Tag.TileOffsets), tags.numbers(Tag.TileByteCounts)
        if not (0 < block_rows <= 1 << 15 and 0 < block_columns <= 1 << 15) or Tag.StripOffsets in tags.entries:
            raise _contradiction(name)
    else:
        block_rows, block_columns = min(tags.number(Tag.RowsPerStrip, rows), rows), columns
        offsets, counts = tags.numbers(Tag.StripOffsets), tags.numbers(Tag.StripByteCounts)
    expected = planes * -(-rows // block_rows) * -(-columns // block_columns) if block_rows else 0
    if not expected or len(offsets) != expected or len(counts) != expected:
        raise _contradiction(name)
    _refuse_shared_bytes(name, offsets, counts)
    return Layout(
        name,
        rows,
        columns,
        samples,
        bits,
        kind,
        tags.order,
        photometric,
        compression,
        predictor,
        planes,
        block_rows,
        block_columns,
        tiled,
        offsets,
        counts,
    )


def _refuse_hidden_stack(tags: Directory):
    """Writers of long stacks describe one image and let the others follow without a directory."""
    described = tags.text(Tag.ImageDescription)
    images = re.search(r"^ImageJ=.*^images=(\d+)", described, re.MULTILINE | re.DOTALL)
    if (
        tags.number(Tag.ImageDepth, 1) != 1
        or Tag.UIC2tag in tags.entries
        or (images and int(images.group(1)[:9]) > 1)
        or re.search(r'^\{"shape":.*"truncated": true', described)
    ):
        raise RadiographError(f"{tags.name} is a volume or a stack of several images; give one radiograph.")


def _photometric(tags: Directory, samples: int) -> int:
    name = tags.name
    photometric = tags.number(Tag.PhotometricInterpretation)
    if photometric not in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE):
        what = _REFUSED_COLOURS.get(photometric, f"colours of an unknown kind ({photometric})")
        raise RadiographError(f"{name} holds {what}; {_SAVE_AS}.")
    extra = samples - (3 if photometric == RGB else 1)
    if extra < 0 or extra != len(tags.numbers(Tag.ExtraSamples)):
        raise RadiographError(
            f"{name} contradicts itself: its {samples} values per pixel do not fit its colours; {_SAVE_AS}."
        )
    if extra > (0 if photometric == PALETTE else 1):
        raise RadiographError(f"{name} holds {extra} values per pixel beside its colours; {_SAVE_AS}.")
    return photometric


def _sample_type(tags: Directory, samples: int, photometric: int) -> tuple[int, str]:
    name = tags.name
    found = []
    for tag in (Tag.BitsPerSample, Tag.SampleFormat):
        # One bit and unsigned are what the standard says of a file that is silent.
        values = tags.numbers(tag) or (1,)
        if len(values) not in (1, samples) or len(set(values)) > 1:
            raise RadiographError(f"{name} gives the values of a pixel different types ({tag.name}); {_SAVE_AS}.")
        found.append(values[0])
    bits, kind = found[0], _KINDS.get(found[1])
    if kind is None:
        raise RadiographError(f"{name} holds values of a kind that is not supported (SampleFormat); {_SAVE_AS}.")
    supported = _GREY_BITS[kind]
    if samples > 1:
        supported = _COLOUR_BITS if kind == "u" else ()
    elif photometric == PALETTE:
        supported = (8,) if kind == "u" else ()
    if bits not in supported:
        colours = "" if photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO) else "colour "
        raise RadiographError(f"{name} holds {_KIND_NAMES[kind]} {bits}-bit {colours}values; {_SAVE_AS}.")
    return bits, kind


def _compression(tags: Directory, bits: int, kind: str) -> tuple[str, int]:
    name = tags.name
    code = tags.number(Tag.Compression, 1)
    if code not in _COMPRESSIONS:
        what = _REFUSED_COMPRESSIONS.get(code, f"a method that is not supported ({code})")
        raise RadiographError(f"{name} is compressed by {what}; {_SAVE_AS}.")
    compression = _COMPRESSIONS[code]
    predictor = tags.number(Tag.Predictor, 1)
    horizontal = predictor == HORIZONTAL and kind != "f" and bits != 12
    floating = predictor == FLOATING and kind == "f"
    if predictor != 1 and not (compression in (LZW, DEFLATE) and (horizontal or floating)):
        raise RadiographError(f"{name} has a Predictor ({predictor}) that does not fit its values; {_SAVE_AS}.")
    return compression, predictor


def _planes(tags: Directory, samples: int) -> int:
    planar = tags.number(Tag.PlanarConfiguration, 1)
    if planar not in (1, 2):
        raise RadiographError(f"{tags.name} has a PlanarConfiguration that does not exist ({planar}); {_SAVE_AS}.")
    return samples if planar == 2 else 1


def _refuse_shared_bytes(name: str, offsets: tuple[int, ...], counts: tuple[int, ...]):
    end = 0
    for offset, count in sorted(zip(offsets, counts, strict=True)):
        if offset < end:
            raise _contradiction(name)
        end = offset + count


def _contradiction(name: str) -> RadiographError:
    return RadiographError(f"The strips or tiles of {name} do not fit its size; copy or export the file again.")
