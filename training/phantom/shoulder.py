"""Drawing shoulder blades, clavicles and the raised upper arms."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .shapes import elliptic_rod, triangle_plate
from .torso import Torso
from .vertebra import BoneLook


def paint_shoulder(canvas: Canvas, torso: Torso, look: BoneLook, rng: np.random.Generator) -> None:
    """Paint scapulae and clavicles of raised arms."""
    scale = torso.habitus.scale
    turn = rng.uniform(-8.0, 12.0)
    for side in (-1.0, 1.0):

        def spot(level, out, back, side=side):
            height = torso.height[level]
            axis = torso.spine_axis(height)
            return np.array([height, axis[0] + back * scale, axis[1] + side * out * scale])

        superior = spot("T2", 88.0, 38.0)
        inferior = spot("T8", 100.0 + turn, 46.0)
        glenoid = spot("T2", 148.0, 4.0)
        rods = [
            (superior, inferior, 4.0, 3.0),
            (inferior, glenoid, 5.0, 5.5),
            (superior, glenoid, 3.0, 6.0),
            (spot("T3", 92.0, 46.0), spot("T1", 150.0, 32.0), 5.0, 6.0),
        ]
        _paint_blade(canvas, superior, inferior, glenoid, look)
        for start, end, high, thin in rods:
            _paint_rod(canvas, start, end, (high * scale, thin * scale), look, "scapula")
        inner, outer = spot("T3", 24.0, -70.0), spot("T1", 140.0, -2.0)
        bend = 0.5 * (inner + outer) + np.array([6.0, -10.0, 0.0])
        _paint_rod(canvas, inner, bend, (6.0 * scale, 6.0 * scale), look, "clavicle")
        _paint_rod(canvas, bend, outer, (6.0 * scale, 6.5 * scale), look, "clavicle")
        ball = torso.shoulder(side)
        arm = ball + 300.0 * torso.hand_direction(side)
        _paint_rod(canvas, ball, ball + 0.1 * (arm - ball), (21.0 * scale, 21.0 * scale), look, "humerus")
        _paint_rod(canvas, ball, arm, (11.5 * scale, 11.5 * scale), look, "humerus")


def _paint_rod(canvas: Canvas, start, end, radii, look: BoneLook, label: str) -> None:
    margin = max(radii) + 2.0
    box = canvas.box(np.minimum(start, end) - margin, np.maximum(start, end) + margin)
    if box is None:
        return
    axis = (end - start) / np.linalg.norm(end - start)
    across = np.cross(axis, [0.0, 1.0, 0.0]) if abs(axis[1]) < 0.9 else np.array([1.0, 0.0, 0.0])
    distance = elliptic_rod(canvas.grid(box), start, end, across, radii)
    whole, core = canvas.fill(distance), canvas.fill(distance + 1.4 * look.thickness)
    marrow = 0.6 * look.trabecular
    hu = marrow + (look.cortical - marrow) * (whole - core) / np.maximum(whole, 1e-3)
    canvas.mix(box, whole, hu, label)


def _paint_blade(canvas: Canvas, superior, inferior, glenoid, look: BoneLook) -> None:
    corners = np.array([superior, inferior, glenoid])
    box = canvas.box(corners.min(0) - 6.0, corners.max(0) + 6.0)
    if box is not None:
        canvas.paint(box, triangle_plate(canvas.grid(box), *corners) - 1.4, 0.6 * look.cortical, "scapula")
