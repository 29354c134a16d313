"""Drawing lungs, heart and airways."""

from __future__ import annotations

import numpy as np

from .labels import LABELS
from .painter import Painter
from .shapes import ellipsoid, smooth_union
from .texture import speckle
from .tubes import smooth_path, tube_distance


def paint_chest(painter: Painter, contrast: float) -> None:
    """Paint lungs with their vessels, the heart, trachea and main bronchi."""
    canvas, torso, rng = painter.canvas, painter.torso, painter.rng
    chest = painter.bounds["chest"]
    heart_hu = 42.0 + 0.8 * contrast
    lung_hu = rng.uniform(-895.0, -800.0)
    right_heart = painter.spot("T8", rng.uniform(0.0, 14.0), 76.0, -4.0)
    left_heart = painter.spot("T9", rng.uniform(0.0, 10.0), 86.0, rng.uniform(30.0, 40.0))
    swell = rng.uniform(0.88, 1.15)
    branches = _sample_branches(painter)
    rows = np.flatnonzero((chest < 4.0).any(axis=(1, 2)))
    if not rows.size:
        return
    box = (slice(int(rows[0]), int(rows[-1]) + 1), slice(0, chest.shape[1]), slice(0, chest.shape[2]))
    mesh = canvas.grid(box)
    superior, posterior, left = mesh
    p_axis, l_axis = torso.at(torso.spine_axis, superior)
    side, forward = left - l_axis, p_axis - posterior
    core = 27.0 + 9.0 * np.exp(-(((superior - torso.height["T6"]) / 26.0) ** 2))
    middle = ellipsoid((forward - 45.0, side - 3.0), (62.0 * painter.scale, core * painter.scale))
    body_side = ellipsoid((forward - 2.0, side), (24.0 * painter.scale, 23.0 * painter.scale))
    heart = None
    for centre, radii in ((right_heart, (50.0, 42.0, 44.0)), (left_heart, (36.0, 36.0, 42.0))):
        offset = [axis - np.float32(value) for axis, value in zip(mesh, centre, strict=True)]
        part = ellipsoid(offset, np.array(radii) * swell * painter.scale)
        heart = part if heart is None else smooth_union(heart, part, 24.0)
    lungs = np.maximum(chest[box] + 1.5, -np.minimum(np.minimum(middle, body_side), heart))
    grain = speckle(painter.grain, lungs.shape, 0.9)
    gradient = 45.0 * np.clip(-forward / 60.0, -1.0, 1.0)
    canvas.paint(box, lungs, lung_hu + 22.0 * grain + gradient, "lung")
    canvas.paint(box, np.maximum(heart, chest[box]), heart_hu, "heart")
    for nodes, radius in branches:
        points, share = smooth_path(nodes, 2.0)
        thin = radius * (1.0 - 0.75 * share)
        result = tube_distance(canvas, points, np.column_stack([thin, thin]))
        if result is not None:
            part, distance = result
            share_lung = (canvas.labels[part] == LABELS["lung"]).astype(np.float32)
            canvas.paint(part, distance, 0.9 * heart_hu, None, where=share_lung)
    carina = painter.spot("T5", 2.0, 40.0, -3.0)
    painter.tube("gas", [painter.spot("C6", 0.0, 32.0, 0.0), painter.spot("T2", 0.0, 34.0, 0.0), carina], 8.0, -980.0)
    for side_sign, drop in ((-1.0, -28.0), (1.0, -24.0)):
        painter.tube("gas", [carina, carina + np.array([drop, 2.0, side_sign * 34.0])], 6.0, -960.0)


def _sample_branches(painter: Painter) -> list[tuple[np.ndarray, float]]:
    """Lung vessels as (nodes in mm, radius at the hilum), from the hilum outwards with side branches."""
    rng = painter.rng
    branches = []
    for side in (-1.0, 1.0):
        hilum = painter.spot("T6", -12.0, 36.0, side * 32.0)
        for _ in range(26):
            angle, rise = rng.uniform(-1.3, 1.3), rng.uniform(-1.1, 1.0)
            reach = rng.uniform(55.0, 115.0) * painter.scale
            flat = np.cos(rise)
            direction = np.array([np.sin(rise), -0.8 * np.sin(angle) * flat, side * np.cos(angle) * flat])
            bend = rng.normal(0.0, 7.0, 3)
            nodes = np.array([hilum, hilum + 0.5 * reach * direction + bend, hilum + reach * direction])
            radius = rng.uniform(2.2, 4.2)
            branches.append((nodes, radius))
            for _ in range(2):
                start = nodes[1] + rng.uniform(-0.3, 0.3) * (nodes[2] - nodes[1])
                fork = start + 0.45 * reach * (direction + rng.normal(0.0, 0.5, 3))
                branches.append((np.array([start, 0.5 * (start + fork) + rng.normal(0.0, 2.0, 3), fork]), 0.6 * radius))
    return branches
