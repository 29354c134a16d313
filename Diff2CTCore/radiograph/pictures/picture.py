"""What a picture file holds, before its grey channel is taken."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Picture:
    """The pixels of a PNG or TIFF file.

    Attributes:
        pixels: (rows, columns) or (rows, columns, 2, 3 or 4 channels) as stored, in the machine's byte order; of two
            or four channels the last is the opacity.
        dense_is_high: False when the file shows its low values white.
        rotate, flip: what the file says has to be done before it is looked at, as the options of `read_radiograph`.
    """

    pixels: np.ndarray
    dense_is_high: bool = True
    rotate: int = 0
    flip: str | None = None
