"""What a picture file holds, before its grey channel is taken."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..orientation import Orienter

_ROUNDING = 1.01


@dataclass(frozen=True, eq=False)
class Picture:
    """The pixels of a PNG or TIFF file.

    Attributes:
        pixels: (rows, columns) or (rows, columns, 2, 3 or 4 channels) as stored, in the machine's byte order; of two
            or four channels the last is the opacity.
        dense_is_high: False when the file shows its low values white.
        square: False when the file says that its pixels are longer than wide or the other way round.
        orienter: what the file says has to be done with its pixels before they are looked at.
    """

    pixels: np.ndarray
    dense_is_high: bool = True
    square: bool = True
    orienter: Orienter = field(default_factory=Orienter)


def is_square(along: float, down: float) -> bool:
    """Whether two resolutions, in whatever unit, mean square pixels; zero is written where none is known."""
    return min(along, down) <= 0.0 or max(along, down) <= _ROUNDING * min(along, down)
