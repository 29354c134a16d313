"""A radiograph in a TIFF file, read from its bytes: what is known to be right is read, the rest is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import RadiographError
from ..orientation import Orienter
from .picture import Picture, is_square
from .tiff_blocks import read_blocks
from .tiff_layout import PALETTE, WHITE_IS_ZERO, Layout, read_layout
from .tiff_tags import Directory, Tag, read_directories

_REDUCED, _MASK = 1, 4
_REDUCED_SUBFILE = 2
_ORIENTERS = {
    # No orientation of the standard: scanners write it where they know none.
    0: Orienter(),
    1: Orienter(),
    2: Orienter(flip_columns=True),
    3: Orienter(flip_rows=True, flip_columns=True),
    4: Orienter(flip_rows=True),
    5: Orienter(transpose=True),
    6: Orienter(transpose=True, flip_columns=True),
    7: Orienter(transpose=True, flip_rows=True, flip_columns=True),
    8: Orienter(transpose=True, flip_rows=True),
}


def read_tiff(path: Path) -> Picture:
    """The one image of a TIFF or BigTIFF file, with the exact values that it stores.

    Read are grey values of 8, 12, 16 and 32 bits, signed ones of 8, 16 and 32, floating-point ones of 16, 32 and 64,
    RGB of 8 and 16 bits, and palettes; in strips or tiles, uncompressed or compressed by LZW, deflate or PackBits.
    Resolutions are for printing and tell no spacing, only whether pixels are square; curves of tone are not applied.

    Raises RadiographError for a damaged file and for every other layout.
    """
    with path.open("rb") as stream:
        tags = _only_image(path.name, read_directories(path.name, stream))
        layout = read_layout(tags)
        orientation = tags.number(Tag.Orientation, 1)
        if orientation not in _ORIENTERS:
            raise RadiographError(f"{path.name} has an Orientation that does not exist ({orientation}); correct it.")
        square = is_square(tags.fraction(Tag.XResolution), tags.fraction(Tag.YResolution))
        pixels = read_blocks(layout, stream)
        if layout.photometric == PALETTE:
            pixels = _colours(layout, tags)[pixels[..., 0]]
    if layout.samples == 1 and layout.photometric != PALETTE:
        pixels = pixels[..., 0]
    return Picture(pixels, layout.photometric != WHITE_IS_ZERO, square, _ORIENTERS[orientation])


def _only_image(name: str, images: list[Directory]) -> Directory:
    """The image that is no smaller copy of another; RadiographError when there is more than one, or a mask."""
    if any(image.number(Tag.NewSubfileType, 0) & _MASK for image in images):
        raise RadiographError(f"{name} has a transparency mask; save it without one.")
    full = [image for image in images if not _reduced(image)]
    if not full:
        raise RadiographError(f"{name} holds nothing but a reduced preview of an image; export the image itself.")
    size = _size(full[0])
    as_large = [image for image in images if image is not full[0] and max(np.subtract(_size(image), size)) >= 0]
    if len(full) > 1 or as_large:
        count = len(full) + len([image for image in as_large if _reduced(image)])
        raise RadiographError(f"{name} is a volume or a stack of {count} images; give one radiograph.")
    return full[0]


def _size(image: Directory) -> tuple[int, int]:
    return image.number(Tag.ImageLength), image.number(Tag.ImageWidth)


def _reduced(image: Directory) -> bool:
    return bool(image.number(Tag.NewSubfileType, 0) & _REDUCED) or (
        image.number(Tag.SubfileType, 1) == _REDUCED_SUBFILE
    )


def _colours(layout: Layout, tags: Directory) -> np.ndarray:
    """(256, 3) colours of a palette."""
    entries = 1 << layout.bits
    values = tags.numbers(Tag.ColorMap)
    if len(values) != 3 * entries or max(values) > 0xFFFF:
        raise RadiographError(f"The ColorMap of {layout.name} does not fit its values; save it as a grey TIFF.")
    colours = np.array(values, np.uint16).reshape(3, entries).T
    # An 8-bit grey v is stored as 257 v; old writers store v itself.
    if not (colours % 257).any():
        return (colours // 257).astype(np.uint8)
    return colours
