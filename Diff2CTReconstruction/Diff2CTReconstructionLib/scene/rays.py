"""X-rays as lines in space: from a pixel of a radiograph back into the patient."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Ray:
    """A line through `origin` along the unit vector `direction`; both (3,), RAS mm about the volume's centre."""

    origin: np.ndarray
    direction: np.ndarray

    def nearest_to(self, point) -> np.ndarray:
        """The point of the line that is nearest to a point, (3,)."""
        return self.origin + np.dot(np.asarray(point, dtype=float) - self.origin, self.direction) * self.direction


def ray_through(view, column: float, row: float) -> Ray:
    """The ray that a `Diff2CTCore.geometry.ViewGeometry` sees in a pixel of its canonical image."""
    towards_detector, column_axis, row_axis = view.frame()
    row_mm, column_mm = view.pixel_spacing_mm
    source = view.source_mm()
    direction = view.sid_mm * towards_detector + (column - view.principal_point_px[0]) * column_mm * column_axis
    if view.slot_scan:
        # Along the patient source and slot move together: the whole fan is lifted.
        source = source + (row - view.centre_px[1]) * row_mm * row_axis
    else:
        direction = direction + (row - view.principal_point_px[1]) * row_mm * row_axis
    return Ray(source, direction / np.linalg.norm(direction))


def meeting_point(first: Ray, second: Ray) -> np.ndarray:
    """Where two rays come nearest to each other: the middle of their shortest connection, (3,).

    Least squares over both lines; rays of a frontal and a lateral radiograph are never parallel.
    """
    across = [np.eye(3) - np.outer(ray.direction, ray.direction) for ray in (first, second)]
    return np.linalg.solve(
        sum(across), sum(matrix @ ray.origin for matrix, ray in zip(across, (first, second), strict=True))
    )
