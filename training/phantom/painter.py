"""Organs placed relative to the spine."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .shapes import ellipsoid, smooth_intersection
from .texture import Wobble
from .torso import Torso
from .tubes import smooth_path, tube_distance


class Painter:
    """Paints organs of one body, placed relative to the spine at a level."""

    def __init__(self, canvas: Canvas, torso: Torso, bounds: dict[str, np.ndarray], rng: np.random.Generator, grain):
        self.canvas, self.torso, self.bounds, self.rng, self.grain = canvas, torso, bounds, rng, grain
        self.scale = torso.habitus.scale

    def spot(self, level: str, up: float, forward: float, left: float) -> np.ndarray:
        """Point in mm, from the spine's axis at a level."""
        height = self.torso.height[level] + up * self.scale
        axis = self.torso.spine_axis(np.clip(height, self.torso.spine_axis.x[0], self.torso.spine_axis.x[-1]))
        return np.array([height, axis[0] - forward * self.scale, axis[1] + left * self.scale])

    def blob(self, label, centre, radii, hu, bound=None, margin=0.0, rough=0.12, turn=0.0):
        """Paint an irregular ellipsoid, cut by a bound; return its box and distance for what lies in it."""
        radii = np.asarray(radii, float) * self.scale
        wobble = Wobble(self.rng, 1.6 * float(radii.mean()))
        box = self.canvas.around(centre, 1.35 * radii.max())
        if box is None:
            return None
        mesh = self.canvas.grid(box)
        up, back, left = (axis - np.float32(middle) for axis, middle in zip(mesh, centre, strict=True))
        if turn:
            up, left = np.cos(turn) * up - np.sin(turn) * left, np.sin(turn) * up + np.cos(turn) * left
        distance = ellipsoid((up, back, left), radii) + rough * float(radii.min()) * wobble(mesh)
        if bound is not None:
            distance = smooth_intersection(distance, self.bounds[bound][box] + margin, 4.0)
        self.canvas.paint(box, distance, hu, label)
        return box, distance

    def tube(self, label, nodes, radius, hu, bound=None, margin=0.0):
        """Paint a tube through nodes in mm; `radius` is a number or one per node."""
        radius = np.broadcast_to(np.asarray(radius, float), (len(nodes),))
        points, share = smooth_path(nodes, max(2.0, 0.3 * float(radius.min())))
        along = np.interp(share, np.linspace(0.0, 1.0, len(nodes)), radius)
        result = tube_distance(self.canvas, points, np.column_stack([along, along]))
        if result is None:
            return None
        box, distance = result
        if bound is not None:
            distance = np.maximum(distance, self.bounds[bound][box] + margin)
        self.canvas.paint(box, distance, hu, label)
        return box, distance
