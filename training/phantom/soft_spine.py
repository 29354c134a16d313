"""Drawing what lies between and behind the vertebral bodies: discs and the spinal canal."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

from .canvas import Canvas
from .shapes import ellipsoid, smooth_intersection
from .spine import SACRUM, Vertebra


def paint_disc(canvas: Canvas, centre, frame, radii_mm, height_mm: float, rng: np.random.Generator) -> None:
    """Paint a disc: `centre` in mm, `frame` rows up, back, left, `radii_mm` (back, left) and its height."""
    hu = rng.uniform(70.0, 112.0)
    bulge = rng.uniform(0.0, 1.5)
    vacuum = rng.random() < 0.04
    reach = max(radii_mm) + 6.0
    box = canvas.around(centre, reach)
    if box is None:
        return
    offset = [axis - np.float32(middle) for axis, middle in zip(canvas.grid(box), centre, strict=True)]
    up, back, left = (sum(part * np.float32(weight) for part, weight in zip(offset, row, strict=True)) for row in frame)
    side = ellipsoid((back, left), (radii_mm[0] + bulge, radii_mm[1] + bulge))
    distance = smooth_intersection(side, np.abs(up) - np.float32(0.5 * height_mm + 2.0), 2.0)
    ring = np.clip(1.0 + side / (0.4 * radii_mm[0]), 0.0, 1.0)
    canvas.paint(box, distance, hu + 25.0 * ring, "disc")
    if vacuum:
        gap = ellipsoid((up, back, left), (1.2, 0.5 * radii_mm[0], 0.6 * radii_mm[1]))
        canvas.paint(box, gap, -500.0, None)


def paint_discs(canvas: Canvas, vertebrae: list[Vertebra], plate, plate_frame, rng: np.random.Generator) -> None:
    """Paint the discs between all vertebrae and that on the sacral endplate."""
    for number, vertebra in enumerate(vertebrae):
        size = vertebra.size
        lower_plate = vertebra.to_world(-0.5 * size.body_height, 0.0, 0.0)
        below = vertebrae[number + 1] if number + 1 < SACRUM else None
        upper_plate = plate if below is None else below.to_world(0.5 * below.size.body_height, 0.0, 0.0)
        frame = vertebra.frame + (plate_frame if below is None else below.frame)
        frame = frame / np.linalg.norm(frame, axis=1, keepdims=True)
        radii = 0.5 * size.body_depth, 0.5 * size.body_width
        paint_disc(canvas, 0.5 * (lower_plate + upper_plate), frame, radii, size.disc_below + 4.0, rng)


def canal_path(vertebrae: list[Vertebra], plate, plate_frame) -> tuple[np.ndarray, np.ndarray]:
    """Centre of the spinal canal (n, 3) in mm, ordered from feet to head, and its half depth and width (n, 2)."""
    points, radii = [], []
    for vertebra in vertebrae:
        size = vertebra.size
        points.append(vertebra.to_world(0.0, 0.5 * (size.body_depth + size.canal_depth), 0.0))
        radii.append((0.5 * size.canal_depth, 0.5 * size.canal_width))
    last = vertebrae[-1].size
    for down, back, share in ((4.0, 0.5, 0.8), (28.0, 0.42, 0.6), (50.0, 0.36, 0.35)):
        local = np.array([-down, back * last.body_depth + 0.5 * last.canal_depth, 0.0])
        points.append(plate + local @ plate_frame)
        radii.append((0.5 * last.canal_depth * share, 0.5 * last.canal_width * share))
    order = np.argsort([point[0] for point in points])
    return np.array(points)[order], np.array(radii)[order]


def paint_canal(canvas: Canvas, path: np.ndarray, radii: np.ndarray, cone_mm: float, rng: np.random.Generator) -> None:
    """Paint dural sac, epidural fat and the cord, which ends at height `cone_mm`, over everything in the canal."""
    sac_hu, cord_hu, fat_hu = rng.uniform(12.0, 30.0), rng.uniform(32.0, 45.0), rng.uniform(-90.0, -60.0)
    box = canvas.box((path[0, 0], *(path[:, 1:].min(0) - 20.0)), (path[-1, 0], *(path[:, 1:].max(0) + 20.0)))
    if box is None:
        return
    superior, posterior, left = canvas.grid(box)
    height = superior.ravel()
    curve = PchipInterpolator(path[:, 0], np.column_stack([path[:, 1:], radii]), axis=0)
    inside = np.clip(height, path[0, 0], path[-1, 0])
    p_middle, l_middle, depth, width = curve(inside).T.astype(np.float32)[:, :, None, None]
    slope = curve.derivative()(inside)[:, 0].astype(np.float32)[:, None, None]
    stretch = np.sqrt(1.0 + slope * slope)
    offset = (posterior - p_middle) / stretch, left - l_middle
    foramen = ellipsoid(offset, (depth, width))
    open_length = np.maximum(path[0, 0] - superior, superior - path[-1, 0])
    foramen = np.maximum(foramen, open_length)
    canvas.paint(box, foramen + 0.3, fat_hu, "spinal_canal")
    canvas.paint(box, ellipsoid((offset[0] + 0.6, offset[1]), (0.8 * depth, 0.78 * width)), sac_hu, None)
    cord = ellipsoid(offset, (0.5 * np.minimum(depth, 8.5), 0.45 * np.minimum(width, 11.0)))
    canvas.paint(box, np.maximum(cord, cone_mm - superior), cord_hu, None)
