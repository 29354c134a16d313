"""Drawing muscles and nerve roots beside the spine."""

from __future__ import annotations

import numpy as np

from .labels import LABELS
from .painter import Painter
from .spine import Vertebra
from .texture import Wobble
from .tubes import smooth_path, tube_distance


def paint_nerve_roots(painter: Painter, vertebrae: list[Vertebra]) -> None:
    """Paint the tissue of the intervertebral foramina and the nerve roots that leave through them."""
    for vertebra in vertebrae:
        size = vertebra.size
        wall, side = 0.5 * size.body_depth, 0.5 * size.canal_width
        for sign in (-1.0, 1.0):
            inner = vertebra.to_world(-0.30 * size.body_height, wall + 0.45 * size.canal_depth, sign * side)
            outer = vertebra.to_world(-0.45 * size.body_height, wall + 4.0, sign * (side + 12.0))
            far = vertebra.to_world(-1.1 * size.body_height, wall - 6.0, sign * (side + 24.0))
            painter.tube(None, [inner, outer], 7.0 * painter.scale, -35.0)
            painter.tube(None, [inner, outer, far], [3.4, 3.2, 2.0], 30.0)


def paint_muscles(painter: Painter, vertebrae: list[Vertebra]) -> None:
    """Paint psoas and quadratus lumborum, and fatty streaks between the muscles of the back."""
    canvas, rng = painter.canvas, painter.rng
    hu = painter.torso.habitus.muscle_hu
    bulk = rng.uniform(0.75, 1.2)
    by_name = {vertebra.name: vertebra for vertebra in vertebrae}
    for side in (-1.0, 1.0):
        nodes, radii = [], []
        for name, out, back, radius in (
            ("T12", 2.0, 5.0, 4.0),
            ("L1", 4.0, 8.0, 8.0),
            ("L2", 6.0, 8.0, 12.0),
            ("L3", 9.0, 6.0, 16.0),
            ("L4", 14.0, 2.0, 19.0),
            ("L5", 22.0, -6.0, 20.0),
        ):
            vertebra = by_name[name]
            nodes.append(vertebra.to_world(0.0, back, side * (0.5 * vertebra.size.body_width + out * painter.scale)))
            radii.append(radius * bulk * painter.scale)
        nodes += [painter.spot("S1", -20.0, 42.0, side * 66.0), painter.spot("S1", -75.0, 62.0, side * 84.0)]
        radii += [18.0 * bulk * painter.scale, 15.0 * bulk * painter.scale]
        _paint_psoas(painter, np.array(nodes), np.array(radii), hu)
        nodes = [
            painter.spot("T12", -8.0, -22.0, side * 46.0),
            painter.spot("L3", 0.0, -20.0, side * 62.0),
            painter.spot("L5", 10.0, -22.0, side * 74.0),
        ]
        painter.tube("muscle", nodes, np.array([7.0, 13.0, 13.0]) * bulk, hu)
    fatty = rng.uniform(0.0, 1.0)
    low, high = painter.torso.height["hip"], painter.torso.height["T4"]
    reach = 75.0 * painter.scale
    axis = painter.torso.spine_axis(np.linspace(low, high, 30))
    box = canvas.box(
        (low, axis[:, 0].min(), axis[:, 1].min() - reach), (high, axis[:, 0].max() + 90.0, axis[:, 1].max() + reach)
    )
    if box is None:
        return
    mesh = canvas.grid(box)
    field = Wobble(rng, 30.0)((mesh[0] / 3.0, mesh[1], mesh[2]))
    p_axis, l_axis = painter.torso.at(painter.torso.spine_axis, mesh[0])
    deep = np.exp(-(((mesh[2] - l_axis) / 30.0) ** 2)) * np.clip((mesh[1] - p_axis - 24.0) / 8.0, 0.0, 1.0)
    streak = np.clip((field - 1.0 + fatty * 0.9 * deep) * 3.0, 0.0, 1.0) * deep
    septum = np.clip(1.0 - np.abs(field - 0.15) / (0.05 + 0.08 * fatty), 0.0, 1.0) * (mesh[1] > p_axis + 20.0)
    share = np.maximum(0.8 * streak, 0.6 * septum) * (canvas.labels[box] == LABELS["muscle"])
    canvas.mix(box, share, painter.torso.habitus.fat_hu, None)


def _paint_psoas(painter: Painter, nodes: np.ndarray, radii: np.ndarray, hu: float) -> None:
    wobble = Wobble(painter.rng, 34.0)
    points, share = smooth_path(nodes, 3.0)
    radius = np.interp(share, np.linspace(0.0, 1.0, len(radii)), radii)
    back = np.tile([0.0, 1.0, 0.0], (len(points), 1))
    result = tube_distance(painter.canvas, points, np.column_stack([1.15 * radius, 0.92 * radius]), back)
    if result is not None:
        box, distance = result
        painter.canvas.paint(box, distance + 3.5 * wobble(painter.canvas.grid(box)), hu, "muscle")
