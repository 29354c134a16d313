"""Tubes along space curves: ribs, vessels, bowel, rods."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator

from .canvas import Box, Canvas
from .shapes import ellipsoid


def smooth_path(nodes_mm, step_mm: float) -> tuple[np.ndarray, np.ndarray]:
    """Points every `step_mm` along a smooth curve through the nodes (n, 3), and their share 0..1 of its length."""
    nodes = np.asarray(nodes_mm, float)
    chord = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(nodes, axis=0), axis=1))])
    count = max(int(np.ceil(chord[-1] / step_mm)) + 1, 3)
    share = np.linspace(0.0, 1.0, count)
    return PchipInterpolator(chord / chord[-1], nodes, axis=0)(share), share


def tube_distance(canvas: Canvas, points, radii, wide=None) -> tuple[Box, np.ndarray] | None:
    """Box and signed distance of a tube along `points` (n, 3), which lie closer together than its radius.

    `radii` (n, 2) are those along the directions `wide` (n, 3) and across; without `wide` the first is used for both.
    """
    points = np.asarray(points, float)
    radii = np.broadcast_to(np.asarray(radii, float), (len(points), 2))
    margin = radii.max() + 1.5 * canvas.spacing_mm
    box = canvas.box(points.min(0) - margin, points.max(0) + margin)
    if box is None:
        return None
    shape = tuple(part.stop - part.start for part in box)
    distance = np.full(shape, 50.0, dtype=np.float32)
    flat = distance.reshape(-1)
    tangent = np.gradient(points, axis=0)
    step = np.linalg.norm(tangent, axis=1, keepdims=True)
    tangent = tangent / np.maximum(step, 1e-6)
    first = np.array([axis[part.start] for axis, part in zip(canvas.axes, box, strict=True)])
    reach = int(np.ceil(margin / canvas.spacing_mm))
    span = np.arange(-reach, reach + 1)
    offsets = np.stack(np.meshgrid(span, span, span, indexing="ij"), -1).reshape(-1, 3)
    offsets = offsets[np.linalg.norm(offsets, axis=1) <= reach + 0.5]
    if wide is not None:
        wide = np.asarray(wide, float)
        wide = wide - tangent * np.sum(wide * tangent, 1, keepdims=True)
        wide = wide / np.maximum(np.linalg.norm(wide, axis=1, keepdims=True), 1e-6)
        across = np.cross(tangent, wide)
    chunk = max(1, 400_000 // len(offsets))
    for start in range(0, len(points), chunk):
        part = slice(start, start + chunk)
        nearest = np.rint((points[part] - first) / canvas.spacing_mm).astype(int)
        index = nearest[:, None, :] + offsets
        inside = np.all((index >= 0) & (index < shape), axis=-1)
        owner, _ = np.nonzero(inside)
        index = index[inside]
        offset = (index * canvas.spacing_mm + first - points[part][owner]).astype(np.float32)
        along = np.sum(offset * tangent[part][owner].astype(np.float32), axis=1)
        beyond = np.maximum(np.abs(along) - 0.6 * step[part, 0][owner], 0.0)
        big, small = radii[part, 0][owner], radii[part, 1][owner]
        if wide is None:
            across_length = np.sqrt(np.maximum(np.sum(offset * offset, axis=1) - along * along, 0.0))
            value = np.sqrt(across_length**2 + beyond**2) - big
        else:
            value = ellipsoid(
                (
                    np.sum(offset * wide[part][owner], axis=1),
                    np.sum(offset * across[part][owner], axis=1),
                    beyond,
                ),
                (big, small, small),
            )
        np.minimum.at(flat, np.ravel_multi_index(index.T, shape), value.astype(np.float32))
    return box, distance
