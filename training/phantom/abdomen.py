"""Drawing the organs of the abdomen."""

from __future__ import annotations

import numpy as np

from .painter import Painter
from .texture import Wobble


def paint_abdomen(painter: Painter, contrast: float) -> None:
    """Paint liver, spleen, kidneys, stomach, bowel and bladder."""
    rng, spot = painter.rng, painter.spot
    liver_hu = rng.uniform(48.0, 66.0) - (rng.random() < 0.2) * rng.uniform(10.0, 40.0) + 0.35 * contrast
    size = rng.uniform(0.9, 1.1)
    belly = painter.torso.habitus.belly_mm / painter.scale
    paint_small_bowel(painter)
    paint_colon(painter, belly)
    stomach = painter.blob(
        "stomach",
        spot("T12", 4.0, 82.0 + 0.5 * belly, 58.0),
        (46.0, 34.0, 42.0),
        rng.uniform(15.0, 40.0),
        "abdomen",
        4.0,
        turn=0.5,
    )
    bubble, depth = rng.random() < 0.85, rng.uniform(-10.0, 14.0)
    if stomach is not None and bubble:
        box, distance = stomach
        level = painter.canvas.grid(box)[1] - (spot("T12", 0.0, 92.0 + 0.5 * belly, 0.0)[1] + depth)
        gas = np.maximum(distance + 4.0, level)
        painter.canvas.paint(box, gas, -940.0, "gas")
    painter.blob("spleen", spot("T11", -8.0, 6.0, 96.0), (48.0, 40.0, 26.0), liver_hu - 6.0, "abdomen", 1.0)
    painter.blob(
        "liver",
        spot("T11", -4.0, 42.0, -72.0),
        np.array([80.0, 82.0, 78.0]) * size,
        liver_hu,
        "abdomen",
        1.0,
        rough=0.08,
        turn=0.15,
    )
    painter.blob(
        "liver",
        spot("T11", 6.0, 88.0 + 0.3 * belly, -6.0),
        np.array([38.0, 32.0, 66.0]) * size,
        liver_hu,
        "abdomen",
        1.0,
        turn=-0.15,
    )
    for side, level in ((-1.0, "L2"), (1.0, "L1")):
        kidney = spot(level, rng.uniform(-8.0, 14.0), rng.uniform(0.0, 12.0), side * rng.uniform(64.0, 74.0))
        hu = 33.0 + contrast * 0.9
        painter.blob(
            "kidney",
            kidney,
            np.array([54.0, 27.0, 26.0]) * rng.uniform(0.85, 1.1),
            hu,
            "abdomen",
            -4.0,
            rough=0.08,
            turn=side * 0.3,
        )
        sinus = kidney + np.array([0.0, -6.0, -side * 13.0])
        painter.blob(None, sinus, (24.0, 8.0, 12.0), -60.0 + 0.3 * contrast, rough=0.3)
    painter.blob("bladder", spot("S1", -95.0, 62.0, 0.0), (28.0, 32.0, 40.0), rng.uniform(2.0, 15.0))
    painter.blob("stomach", spot("L1", -12.0, 44.0, 4.0), (14.0, 12.0, 66.0), 40.0 + 0.4 * contrast, "abdomen", 3.0)


def paint_small_bowel(painter: Painter) -> None:
    """Paint loops of small bowel in the middle of the abdomen."""
    rng = painter.rng
    forward = 70.0 + 0.6 * painter.torso.habitus.belly_mm
    for _ in range(54):
        centre = painter.spot("L4", rng.uniform(-85.0, 75.0), forward + rng.uniform(-28.0, 30.0), rng.uniform(-85, 85))
        steps = np.cumsum(rng.normal(0.0, 15.0, (4, 3)), axis=0)
        result = painter.tube("bowel", centre + steps, rng.uniform(8.0, 14.0), rng.uniform(18.0, 48.0), "bowel", 4.0)
        gassy, wall, hu = rng.random() < 0.25, rng.uniform(4.0, 7.0), rng.uniform(-900.0, -300.0)
        if result is not None and gassy:
            box, distance = result
            painter.canvas.paint(box, distance + wall, hu, "gas")


def paint_colon(painter: Painter, belly: float) -> None:
    """Paint the colon with stool and gas."""
    rng, spot = painter.rng, painter.spot
    front = 62.0 + 0.8 * belly
    wide = rng.uniform(92.0, 108.0)
    nodes = [
        spot("L5", -20.0, 35.0 + 0.3 * belly, -wide + 14.0),
        spot("L3", 0.0, 28.0 + 0.2 * belly, -wide),
        spot("L1", -12.0, 50.0 + 0.4 * belly, -wide + 10.0),
        spot("L2", rng.uniform(-30.0, 20.0), front + 14.0, -40.0),
        spot("L2", rng.uniform(-40.0, 10.0), front + 20.0, 20.0),
        spot("L1", 18.0, 50.0 + 0.3 * belly, wide - 14.0),
        spot("L2", 0.0, 14.0, wide),
        spot("L4", 0.0, 18.0, wide),
        spot("S1", 0.0, 40.0, wide - 22.0),
        spot("S1", -45.0, 40.0, 30.0),
        spot("S1", -80.0, 10.0, 0.0),
    ]
    radius = rng.uniform(15.0, 24.0) * np.array([1.3, 1.3, 1.1, 1.0, 1.0, 1.0, 0.8, 0.7, 0.7, 0.8, 0.9]) * painter.scale
    result = painter.tube("bowel", nodes, radius, 35.0, "bowel", 3.0)
    if result is None:
        return
    box, distance = result
    mesh = painter.canvas.grid(box)
    field = Wobble(rng, 55.0)(mesh)
    crumbs = Wobble(rng, 9.0)(mesh)
    inside = painter.canvas.fill(distance + 3.0)
    stool = 10.0 + 70.0 * crumbs - 220.0 * np.clip(crumbs - 0.5, 0.0, 1.0)
    painter.canvas.mix(box, inside, stool, None)
    gas = inside * np.clip((field - rng.uniform(0.1, 0.7)) * 6.0, 0.0, 1.0)
    painter.canvas.mix(box, gas, -960.0, "gas")
