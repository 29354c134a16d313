"""How the pixels of a DICOM file are stored, and which ways of storing them are read."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..errors import ImageFileError

RLE = "RLE"
FAMILIES = {
    "1.2.840.10008.1.2.5": RLE,
    "1.2.840.10008.1.2.4.50": "JPEG",
    "1.2.840.10008.1.2.4.51": "JPEG",
    "1.2.840.10008.1.2.4.57": "JPEG",
    "1.2.840.10008.1.2.4.70": "JPEG",
    "1.2.840.10008.1.2.4.80": "JPEG-LS",
    "1.2.840.10008.1.2.4.81": "JPEG-LS",
    "1.2.840.10008.1.2.4.90": "JPEG 2000",
    "1.2.840.10008.1.2.4.91": "JPEG 2000",
}
"""Families of compression by their transfer syntaxes."""

_UNCOMPRESSED = ("1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2")
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"


@dataclass(frozen=True)
class PixelLayout:
    """How the pixels of a DICOM file are stored, as checked plain values.

    Attributes:
        planar: 0 when the colours of a pixel lie side by side, 1 when each colour has a plane; None when unstated.
        extended_offsets: the two tables that some files with many compressed frames have, or None.
        overlay_bits: bits of a stored word, above Bits Stored, in which the header says that an overlay lies.
    """

    syntax: str
    little_endian: bool
    rows: int
    columns: int
    frames: int
    samples: int
    photometric: str
    planar: int | None
    bits_allocated: int
    bits_stored: int
    signed: bool
    extended_offsets: tuple[bytes, bytes] | None = None
    overlay_bits: int = 0

    @property
    def stored_range(self) -> tuple[int, int]:
        """Lowest and highest value that a pixel can have."""
        return range_of(self.bits_stored, self.signed)

    @property
    def family(self) -> str | None:
        """The family of compression ("RLE", "JPEG", "JPEG-LS", "JPEG 2000"); None for uncompressed pixels."""
        return FAMILIES.get(self.syntax)

    def holding(self, values: np.ndarray) -> PixelLayout:
        """This layout with as many bits stored as `values` of a frame need, where a codestream held more of them."""
        bits = self.bits_stored
        lowest, highest = int(values.min()), int(values.max())
        while bits < self.bits_allocated and not _covers(range_of(bits, self.signed), lowest, highest):
            bits += 1
        return replace(self, bits_stored=bits)


def range_of(bits: int, signed: bool) -> tuple[int, int]:
    """Lowest and highest whole number of so many bits."""
    return (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if signed else (0, (1 << bits) - 1)


def _covers(limits: tuple[int, int], lowest: int, highest: int) -> bool:
    return limits[0] <= lowest and highest <= limits[1]


def check_layout(name: str, layout: PixelLayout):
    """Raise ImageFileError for a transfer syntax or a layout of pixels that is not read."""
    if layout.family is None and layout.syntax not in _UNCOMPRESSED:
        raise ImageFileError(
            f"{name} is stored in a transfer syntax that is not supported; export it uncompressed, "
            "or as RLE, JPEG, JPEG-LS or JPEG 2000."
        )
    if layout.bits_allocated not in (8, 16) or not 2 <= layout.bits_stored <= layout.bits_allocated:
        raise ImageFileError(f"{name} does not have 8 to 16 bits a pixel; export it as a grey image of 8 to 16 bits.")
    grey = layout.samples == 1 and layout.photometric in ("MONOCHROME1", "MONOCHROME2")
    lossy_rgb = layout.photometric.startswith("YBR") and layout.family not in (None, RLE)
    if not grey and not (layout.samples == 3 and (layout.photometric == "RGB" or lossy_rgb)):
        raise ImageFileError(f"{name} is stored in a colour format that is not supported; export it as a grey image.")
    if layout.samples == 3 and layout.family is None and layout.planar not in (0, 1):
        raise ImageFileError(
            f"{name} does not say how its three colours are arranged (PlanarConfiguration); export it as a grey image."
        )
