"""Stored values from the words that pixels occupy: which of the bits count, and which is the sign.

The header says so (Bits Stored, Pixel Representation), and a codestream says it a second time. Whatever lies above
Bits Stored has to be explained: by a sign that was spread upwards, or by an overlay of an old file.
"""

from __future__ import annotations

import numpy as np

from ..errors import ImageFileError
from .codestream import Coded
from .layout import PixelLayout


def native_values(name: str, words: np.ndarray, layout: PixelLayout) -> np.ndarray:
    """Stored values, int32, of uncompressed words.

    Raises:
        ImageFileError: bits above Bits Stored are set that nothing explains.
    """
    values = _values(words.astype(np.int32), layout.bits_stored, layout.bits_allocated, layout)
    if values is None:
        raise ImageFileError(
            f"{name} has pixels with more bits than the {layout.bits_stored} that its BitsStored announces; "
            "correct BitsStored or export the file again."
        )
    return values


def coded_values(name: str, words: np.ndarray, layout: PixelLayout, coded: Coded) -> np.ndarray:
    """Stored values, int32, of what a codestream gave, which has the last word on how many bits there are.

    Raises:
        ImageFileError: the codestream and the header cannot both be right about the sign.
    """
    words = words.astype(np.int32)
    contradiction = ImageFileError(
        f"The compressed pixels of {name} and its header disagree on whether values are negative; export it again."
    )
    if coded.signed:
        if not layout.signed and words.min() < 0:
            raise contradiction
        return words
    if coded.precision >= layout.bits_stored:
        values = _values(words, layout.bits_stored, coded.precision, layout)
        return _values(words, coded.precision, coded.precision, layout) if values is None else values
    if layout.signed and (words >> (coded.precision - 1)).any():
        raise contradiction
    return words


def _values(words: np.ndarray, stored: int, width: int, layout: PixelLayout) -> np.ndarray | None:
    """The lowest `stored` bits of words of `width` bits as numbers; None when the bits above them mean something."""
    if not layout.signed and (stored == width or not (words >> stored).any()):
        return words
    overlays = layout.overlay_bits >> stored
    above = words >> stored & ~overlays
    sign = words >> (stored - 1) & 1 if layout.signed else np.zeros_like(words)
    # A negative number either fills the word, or ends at Bits Stored as in the standard.
    filled = sign * (((1 << (width - stored)) - 1) & ~overlays)
    if above.any() and not np.array_equal(above, filled):
        return None
    return (words & ((1 << stored) - 1)) - (sign << stored)
