"""Drawing ribs, costal cartilages and the sternum."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .spine import Vertebra
from .texture import Wobble
from .torso import Torso
from .tubes import smooth_path, tube_distance
from .vertebra import BoneLook

# per rib: fall from the spine to its front end in mm, angle of the bony end from the back in degrees
_RIBS = (
    (32.0, 128.0),
    (48.0, 138.0),
    (64.0, 142.0),
    (78.0, 142.0),
    (90.0, 140.0),
    (100.0, 136.0),
    (108.0, 130.0),
    (110.0, 122.0),
    (106.0, 112.0),
    (96.0, 100.0),
    (78.0, 78.0),
    (42.0, 48.0),
)


def rib_path(torso: Torso, vertebra: Vertebra, number: int, side: float, fall: float, last_angle: float):
    """Nodes of a rib in mm: head at the vertebra, neck, tubercle, then along the cage to its bony end."""
    size, scale = vertebra.size, torso.habitus.scale
    raise_head = 0.38 if 2 <= number <= 9 else 0.15
    wall = 0.5 * size.body_depth
    tip = 0.5 * size.transverse_span
    nodes = [
        vertebra.to_world(raise_head * size.body_height, wall - 1.0, side * (0.5 * size.body_width + 1.0)),
        vertebra.to_world(0.3 * size.body_height, wall + 0.75 * size.canal_depth, side * (tip - 7.0)),
    ]
    start = nodes[1][0]
    first = np.arcsin(min(0.95, (tip + 8.0) / max(torso.cage_point(start, 1.57, 1.0)[2], 30.0)))
    if np.degrees(first) > last_angle - 5.0:
        return np.array(nodes)
    for angle in np.linspace(first, np.radians(last_angle), 9):
        drop = fall * scale * (0.5 - 0.5 * np.cos(angle)) ** 0.85
        nodes.append(torso.cage_point(start - drop, angle, side))
    return np.array(nodes)


def paint_ribs(
    canvas: Canvas, torso: Torso, vertebrae: list[Vertebra], look: BoneLook, rng: np.random.Generator
) -> None:
    """Paint twelve pairs of ribs, their cartilages and the sternum."""
    by_name = {vertebra.name: vertebra for vertebra in vertebrae}
    scale = torso.habitus.scale
    slant = rng.uniform(0.8, 1.2)
    thick = rng.uniform(0.9, 1.1)
    fronts = {}
    patchy = Wobble(rng, 25.0)
    short = rng.uniform(0.4, 1.1)
    for number, (fall, last_angle) in enumerate(_RIBS, start=1):
        for side in (-1.0, 1.0):
            end = last_angle * (short if number == 12 else 1.0) + rng.normal(0.0, 3.0)
            nodes = rib_path(torso, by_name[f"T{number}"], number, side, fall * slant, end)
            points, share = smooth_path(nodes, 2.5)
            high = (6.3 - 1.4 * np.exp(-share * 8.0)) * scale * thick
            thin = 3.6 * scale * thick * np.ones_like(high)
            up = np.tile([1.0, 0.0, 0.0], (len(points), 1))
            result = tube_distance(canvas, points, np.column_stack([high, thin]), up)
            fronts[number, side] = points[-1]
            if result is None:
                continue
            box, distance = result
            whole = canvas.fill(distance)
            core = canvas.fill(distance + look.thickness * (0.6 + 0.4 * patchy(canvas.grid(box))))
            marrow = 0.7 * look.trabecular + 0.8 * look.arch
            hu = marrow + (look.cortical - marrow) * (whole - core) / np.maximum(whole, 1e-3)
            canvas.mix(box, whole, hu, "rib")
    _paint_sternum(canvas, torso, look, fronts, rng)


def _paint_sternum(canvas: Canvas, torso: Torso, look: BoneLook, fronts, rng: np.random.Generator) -> None:
    scale = torso.habitus.scale
    top, bottom = torso.height["T3"] + 5.0, torso.height["T9"] - 5.0
    heights = np.linspace(top, bottom, 8)
    line = np.array([torso.cage_point(height, np.pi, 1.0) for height in heights])
    points, share = smooth_path(line, 4.0)
    width = np.interp(share, [0.0, 0.12, 0.3, 0.4, 0.8, 1.0], [20.0, 27.0, 16.0, 17.0, 19.0, 8.0]) * scale
    wide = np.tile([0.0, 0.0, 1.0], (len(points), 1))
    result = tube_distance(canvas, points, np.column_stack([width, np.full_like(width, 5.5)]), wide)
    calcified = rng.uniform(0.0, 120.0)
    for (number, side), front in fronts.items():
        if number > 10:
            continue
        target = min(number, 7)
        height = np.interp(target, [1, 2, 7], [top - 8.0, top - 42.0 * scale, bottom + 6.0])
        goal = torso.cage_point(height, np.pi, 1.0) + np.array([0.0, 0.0, side * 14.0])
        if number > 7:
            goal = 0.5 * (goal + fronts[number - 1, side])
        middle = 0.55 * front + 0.45 * goal + np.array([-4.0, -9.0, side * 6.0])
        path, _ = smooth_path([front, middle, goal], 3.0)
        cartilage = tube_distance(canvas, path, (5.5, 5.5))
        if cartilage is not None:
            canvas.paint(*cartilage, 95.0 + calcified * (number < 3), "costal_cartilage")
    if result is not None:
        box, distance = result
        whole, core = canvas.fill(distance), canvas.fill(distance + 0.9 * look.thickness)
        marrow = 0.6 * look.trabecular + 20.0
        hu = marrow + (0.8 * look.cortical - marrow) * (whole - core) / np.maximum(whole, 1e-3)
        canvas.mix(box, whole, hu, "sternum")
