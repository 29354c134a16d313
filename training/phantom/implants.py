"""Drawing pedicle screws, rods and bone cement."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .shapes import ellipsoid, elliptic_rod
from .spine import Vertebra
from .texture import Wobble
from .tubes import smooth_path, tube_distance

METAL_HU = 3000.0


def paint_screws(canvas: Canvas, vertebrae: list[Vertebra], levels: list[int], rng: np.random.Generator) -> None:
    """Paint a pair of pedicle screws at each level index and a rod on each side."""
    radius, rod_radius = rng.uniform(2.4, 3.4), rng.uniform(2.5, 3.1)
    length = rng.uniform(38.0, 50.0)
    cross_link = rng.random() < 0.2 and len(levels) > 2
    heads = {-1.0: [], 1.0: []}
    for level in levels:
        vertebra = vertebrae[level]
        size = vertebra.size
        for side in (-1.0, 1.0):
            skip = len(levels) > 3 and rng.random() < 0.12
            angle = np.radians(np.clip(size.pedicle_angle + rng.normal(0.0, 4.0), -5.0, 32.0))
            upper = {"T": 0.24, "L": 0.17}[vertebra.region] * size.body_height
            isthmus = np.array(
                [
                    upper + rng.normal(0.0, 0.8),
                    0.5 * size.body_depth + 2.0,
                    side * 0.5 * (size.canal_width + size.pedicle_width),
                ]
            )
            along = np.array([np.tan(rng.normal(0.0, 0.06)), -np.cos(angle), -side * np.sin(angle)])
            along /= np.linalg.norm(along)
            head = isthmus - along * (size.canal_depth + 9.0)
            tip = head + along * min(length * size.body_depth / 35.0 + 4.0, 60.0)
            head, tip = vertebra.to_world(*head), vertebra.to_world(*tip)
            if skip:
                continue
            heads[side].append(head)
            _paint_metal_rod(canvas, head, tip, (radius, radius), (0.75 * radius, 0.75 * radius))
            away = (head - tip) / np.linalg.norm(head - tip)
            _paint_metal_rod(canvas, head - 1.0 * away, head + 9.0 * away, (6.2, 6.2), (5.6, 5.6))
            heads[side][-1] = head + 5.0 * away
    middles = []
    for nodes in heads.values():
        if len(nodes) < 2:
            continue
        ordered = np.array(nodes)
        ends = [ordered[0] + 0.25 * (ordered[0] - ordered[1]), ordered[-1] + 0.25 * (ordered[-1] - ordered[-2])]
        points, _ = smooth_path(np.vstack([ends[0], ordered, ends[1]]), 1.5)
        result = tube_distance(canvas, points, (rod_radius, rod_radius))
        middles.append(points[len(points) // 2])
        if result is not None:
            canvas.paint(*result, METAL_HU, "implant")
    if cross_link and len(middles) == 2:
        _paint_metal_rod(canvas, middles[0], middles[1], (2.2, 2.2), (2.2, 2.2))


def _paint_metal_rod(canvas: Canvas, start, end, radii_start, radii_end) -> None:
    margin = max(*radii_start, *radii_end) + 2.0
    box = canvas.box(np.minimum(start, end) - margin, np.maximum(start, end) + margin)
    if box is None:
        return
    axis = (end - start) / np.linalg.norm(end - start)
    wide = np.array([1.0, 0.0, 0.0]) if abs(axis[0]) < 0.8 else np.array([0.0, 1.0, 0.0])
    distance = elliptic_rod(canvas.grid(box), start, end, wide, radii_start, radii_end)
    canvas.paint(box, distance, METAL_HU, "implant")


def paint_cement(canvas: Canvas, vertebra: Vertebra, rng: np.random.Generator) -> None:
    """Paint a blot of cement in a vertebral body."""
    size = vertebra.size
    radii = np.array([0.3, 0.3, 0.32]) * (size.body_height, size.body_depth, size.body_width) * rng.uniform(0.7, 1.1)
    centre = vertebra.to_world(0.0, -0.08 * size.body_depth, rng.uniform(-0.1, 0.1) * size.body_width)
    wobble = Wobble(rng, 12.0)
    box = canvas.around(centre, 1.3 * radii.max())
    if box is None:
        return
    mesh = canvas.grid(box)
    distance = ellipsoid(vertebra.local(*mesh), radii) + 3.0 * wobble(mesh)
    canvas.paint(box, distance, rng.uniform(1300.0, 2200.0), "cement")
