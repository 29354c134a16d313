"""A small scan whose parts are easy to tell: an elliptic body with a column of vertebrae and one dense rod."""

import numpy as np

from training.data import RealScan

SPACING_MM = 4.0
DISC_MM, LEVEL_MM = 8.0, 32.0


def column_scan(height_mm: float = 400.0, name: str = "column") -> RealScan:
    """A body of 280 by 200 mm in which vertebrae of 200 HU alternate with discs of 70 HU about a straight line."""
    shape = (round(height_mm / SPACING_MM), 60, 80)
    superior, posterior, left = (np.arange(n).reshape([-1 if a == b else 1 for b in range(3)]) * SPACING_MM
                                 for a, n in enumerate(shape))  # fmt: skip
    hu = np.full(shape, -1000, np.int16)
    hu[np.broadcast_to(((posterior - 118) / 100) ** 2 + ((left - 158) / 140) ** 2 < 1.0, shape)] = 40
    column = (posterior - 150) ** 2 + (left - 158) ** 2 < 20**2
    hu[np.broadcast_to(column, shape) & (superior % LEVEL_MM >= 0)] = 200
    hu[np.broadcast_to(column, shape) & (superior % LEVEL_MM < DISC_MM)] = 70
    hu[np.broadcast_to((posterior - 150) ** 2 + (left - 100) ** 2 < 8**2, shape)] = 900
    heights = np.arange(0.0, height_mm, 10.0)
    line = np.stack([heights, np.full(len(heights), 150.0), np.full(len(heights), 158.0)], axis=1)
    return RealScan(name, hu, np.full(3, SPACING_MM), np.zeros(3), line)
