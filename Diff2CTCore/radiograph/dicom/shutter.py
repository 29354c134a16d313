"""Where a DICOM radiograph was exposed: inside its collimator, its shutter, and not padding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...dicom_files import element, number, numbers

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_EDGES = ("LeftVertical", "RightVertical", "UpperHorizontal", "LowerHorizontal")
_LEAST_FRACTION = 0.1
"""A mask that leaves less of the image than this comes from a wrong tag."""


def exposed_mask(header: Dataset, stored: np.ndarray) -> np.ndarray | None:
    """Bool (rows, columns) of the exposed pixels of a frame; None when that is all of them.

    `stored` holds the stored values, since padding is named by them.
    """
    mask = np.ones(stored.shape, dtype=bool)
    for kind in ("Collimator", "Shutter"):
        inside = _inside(header, kind, stored.shape)
        if inside.mean() >= _LEAST_FRACTION:
            mask &= inside
    padding = number(header, "PixelPaddingValue")
    if padding is not None:
        limit = number(header, "PixelPaddingRangeLimit")
        low, high = sorted((padding, padding if limit is None else limit))
        exposed = (stored < low) | (stored > high)
        if (mask & exposed).mean() >= _LEAST_FRACTION:
            mask &= exposed
    return None if mask.all() else mask


def _inside(header: Dataset, kind: str, shape: tuple[int, int]) -> np.ndarray:
    """PS3.3 C.7.6.11: edges and centres are counted from 1 and given as row, column."""
    row, column = np.ogrid[1 : shape[0] + 1, 1 : shape[1] + 1]
    inside = np.ones(shape, dtype=bool)
    shapes = element(header, f"{kind}Shape") or ()
    shapes = (shapes,) if isinstance(shapes, str) else tuple(shapes)
    if "RECTANGULAR" in shapes:
        edges = [number(header, f"{kind}{edge}Edge") for edge in _EDGES]
        if None not in edges:
            left, right, upper, lower = edges
            # Some devices write millimetres about the centre here; such edges lie outside the image.
            if not (0 <= left < right <= shape[1] + 1 and 0 <= upper < lower <= shape[0] + 1):
                return inside
            inside &= (column > left) & (column < right) & (row > upper) & (row < lower)
    if "CIRCULAR" in shapes:
        centre, radius = numbers(header, f"CenterOfCircular{kind}"), number(header, f"RadiusOfCircular{kind}")
        if len(centre) == 2 and radius is not None:
            inside &= (row - centre[0]) ** 2 + (column - centre[1]) ** 2 <= radius**2
    if "POLYGONAL" in shapes:
        vertices = numbers(header, f"VerticesOfThePolygonal{kind}")
        if 6 <= len(vertices) <= 200 and len(vertices) % 2 == 0:
            inside &= _inside_polygon(np.reshape(vertices, (-1, 2)), row, column)
    return inside


def _inside_polygon(vertices: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Even-odd rule: a pixel is inside when a line to the left crosses the outline an odd number of times."""
    inside = np.zeros(np.broadcast_shapes(row.shape, column.shape), dtype=bool)
    for (row_a, column_a), (row_b, column_b) in zip(vertices, np.roll(vertices, -1, axis=0), strict=True):
        if row_a == row_b:
            continue
        spans = (row_a > row) != (row_b > row)
        crossing = column_a + (row - row_a) * (column_b - column_a) / (row_b - row_a)
        inside ^= spans & (column > crossing)
    return inside
