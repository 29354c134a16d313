"""Signed distances (mm, negative inside) of simple solids; coordinates are broadcastable float32 arrays."""

from __future__ import annotations

import numpy as np

_TINY = 1e-6


def smooth_union(first: np.ndarray, second: np.ndarray, blend_mm: float) -> np.ndarray:
    """Union of two solids whose seam is rounded over `blend_mm`."""
    overlap = np.maximum(blend_mm - np.abs(first - second), 0.0)
    return np.minimum(first, second) - overlap * overlap * (0.25 / blend_mm)


def smooth_intersection(first: np.ndarray, second: np.ndarray, blend_mm: float) -> np.ndarray:
    """Intersection of two solids whose edge is rounded over `blend_mm`."""
    overlap = np.maximum(blend_mm - np.abs(first - second), 0.0)
    return np.maximum(first, second) + overlap * overlap * (0.25 / blend_mm)


def ellipsoid(offsets, radii) -> np.ndarray:
    """Ellipsoid, or elliptic column with two axes: `offsets` from its centre along its axes, and its `radii`."""
    square, slope = 0.0, 0.0
    for offset, radius in zip(offsets, radii, strict=True):
        scaled = offset / radius
        square = square + scaled * scaled
        steep = scaled / radius
        slope = slope + steep * steep
    norm = np.sqrt(square)
    return norm * (norm - 1.0) / (np.sqrt(slope) + _TINY)


def elliptic_rod(point, start, end, wide, radii_start, radii_end=None) -> np.ndarray:
    """Rod from `start` to `end` with an elliptic cross-section and round ends.

    `point` is a triple of coordinate arrays, `wide` the direction of the first radius; the cross-section tapers
    linearly from `radii_start` to `radii_end`, both (along `wide`, across).
    """
    start, end = np.asarray(start, float), np.asarray(end, float)
    axis = end - start
    length = float(np.linalg.norm(axis))
    axis = axis / length
    wide = np.asarray(wide, float)
    wide = wide - axis * (wide @ axis)
    wide = wide / np.linalg.norm(wide)
    across = np.cross(axis, wide)
    offset = [coordinate - np.float32(first) for coordinate, first in zip(point, start, strict=True)]
    along, first, second = (
        sum(component * np.float32(weight) for component, weight in zip(offset, direction, strict=True))
        for direction in (axis, wide, across)
    )
    if radii_end is None or tuple(radii_end) == tuple(radii_start):
        radius_first, radius_second = radii_start
    else:
        share = np.clip(along / length, 0.0, 1.0)
        radius_first = radii_start[0] + share * (radii_end[0] - radii_start[0])
        radius_second = radii_start[1] + share * (radii_end[1] - radii_start[1])
    beyond = np.maximum(np.maximum(-along, along - length), 0.0)
    cap = np.float32(min(*radii_start, *(radii_end or radii_start)))
    return ellipsoid((first, second, beyond), (radius_first, radius_second, cap))


def triangle_plate(point, first, second, third) -> np.ndarray:
    """Distance (never negative) to a flat triangle."""
    corners = [np.asarray(corner, float) for corner in (first, second, third)]
    normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
    inside = np.float32(0.0)
    nearest = None
    for number in range(3):
        start, edge = corners[number], corners[(number + 1) % 3] - corners[number]
        offset = [axis - np.float32(value) for axis, value in zip(point, start, strict=True)]
        outward = np.cross(edge, normal)
        inside = inside + (sum(part * np.float32(weight) for part, weight in zip(offset, outward, strict=True)) < 0)
        along = sum(part * np.float32(weight) for part, weight in zip(offset, edge, strict=True)) / (edge @ edge)
        along = np.clip(along, 0.0, 1.0).astype(np.float32)
        square = sum((part - along * np.float32(weight)) ** 2 for part, weight in zip(offset, edge, strict=True))
        nearest = square if nearest is None else np.minimum(nearest, square)
    unit = normal / np.linalg.norm(normal)
    height = sum(
        (axis - np.float32(value)) * np.float32(weight)
        for axis, value, weight in zip(point, corners[0], unit, strict=True)
    )
    return np.where(inside == 3, np.abs(height), np.sqrt(nearest))
