"""Drawing the large vessels."""

from __future__ import annotations

import numpy as np

from .painter import Painter
from .texture import Wobble


def paint_vessels(painter: Painter, contrast: float, calcified: float) -> None:
    """Paint aorta with its arch and wall calcifications, vena cava and the common iliac vessels."""
    rng, spot = painter.rng, painter.spot
    size = rng.uniform(0.85, 1.25)
    winding = rng.uniform(0.0, 10.0)
    arch = [spot("T8", 10.0, 82.0, 2.0), spot("T5", 12.0, 68.0, -12.0), spot("T4", 8.0, 42.0, 4.0)]
    down = [
        spot("T5", 0.0, 22.0, 16.0),
        spot("T8", 0.0, 23.0, 17.0 + winding),
        spot("T11", 0.0, 27.0, 11.0),
        spot("L1", 0.0, 31.0, 6.0),
        spot("L3", 0.0, 31.0, 7.0 + 0.6 * winding),
        spot("L4", -12.0, 30.0, 2.0),
    ]
    radii = np.array([14.0, 14.0, 13.0, 12.5, 12.0, 11.0, 10.0, 9.0, 8.5]) * size * painter.scale
    hu = 40.0 + contrast
    for side in (-1.0, 1.0):
        leg = [down[-1], spot("S1", 0.0, 34.0, side * 28.0), spot("S1", -50.0, 52.0, side * 58.0)]
        painter.tube("vessel", leg, 5.5, hu)
        leg = [spot("L5", 0.0, 27.0, -10.0), spot("S1", 0.0, 26.0, side * 32.0), spot("S1", -50.0, 42.0, side * 58.0)]
        painter.tube("vessel", leg, 6.0, 40.0 + 0.5 * contrast)
    cava = [
        spot("L5", 0.0, 27.0, -10.0),
        spot("L2", 0.0, 31.0, -18.0),
        spot("T11", 0.0, 42.0, -26.0),
        spot("T9", 0.0, 58.0, -30.0),
    ]
    painter.tube("vena_cava", cava, 10.5 * painter.scale, 40.0 + 0.6 * contrast)
    result = painter.tube("aorta", arch + down, radii, hu)
    if result is not None and calcified > 0.0:
        box, distance = result
        field = Wobble(rng, 16.0)(painter.canvas.grid(box))
        shell = np.abs(distance + 0.5) - 0.9
        painter.canvas.paint(box, shell, 700.0, None, where=np.clip((field - 1.2 + calcified) * 4.0, 0.0, 1.0))
