"""Bodies whose truth is known: water with a dense oblique rod, whose middle is the spine's line."""

import numpy as np

from training.data import RealScan


def rod_scan(
    shape: tuple[int, int, int] = (100, 50, 60),
    spacing_mm: float = 4.0,
    rod: bool = True,
    slab: int | None = None,
    ball: int | None = None,
) -> RealScan:
    """With a slab of air across it at a row, or a dense ball about the rod at a row, where these are given."""
    rows, posterior, left = shape
    hu = np.full(shape, -1000, np.int16)
    hu[:, posterior // 5 : -posterior // 5, left // 6 : -left // 6] = 0
    if slab is not None:
        hu[slab : slab + 3] = -900
    middles = np.stack(
        [np.arange(rows), posterior * 0.44 + np.arange(rows) * 0.08, left * 0.57 - np.arange(rows) * 0.08], 1
    )
    grid = np.stack(np.meshgrid(*(np.arange(count) for count in shape), indexing="ij"), -1)
    for row, back, aside in middles if rod else ():
        hu[int(row), round(back) - 1 : round(back) + 2, round(aside) - 1 : round(aside) + 2] = 1500
    if ball is not None:
        hu[np.linalg.norm(grid - middles[ball], axis=-1) <= 3.0] = 8000
    return RealScan("a rod", hu, np.full(3, spacing_mm), np.zeros(3), middles[::6] * spacing_mm)
