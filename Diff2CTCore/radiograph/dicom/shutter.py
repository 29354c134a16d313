"""Where a DICOM radiograph was exposed: inside its collimator, its shutter, and not padding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...dicom_files import (
    PixelLayout,
    UnreadableElementError,
    items,
    number,
    numbers,
    stated,
    stored_value,
)
from ..image import Source
from .texts import texts

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_EDGES = ("LeftVertical", "RightVertical", "UpperHorizontal", "LowerHorizontal")
_MACROS = {"Collimator": "CollimatorShapeSequence", "Shutter": "FrameDisplayShutterSequence"}
"""Sequences of enhanced files, whose item is part of the frame's header where there is one."""

_SHAPES = ("RECTANGULAR", "CIRCULAR", "POLYGONAL")
_LEAST_FRACTION = 0.1
"""A mask that leaves less of the image than this comes from a wrong tag."""


def padded(header: Dataset, layout: PixelLayout, stored: np.ndarray) -> np.ndarray:
    """Bool (rows, columns) of the pixels that are filler by Pixel Padding Value and its range limit.

    Raises:
        UnreadableElementError: one of the two is there but is nonsense, or the limit is there alone.
    """
    value, limit = (
        stored_value(header, keyword, layout.bits_stored, layout.signed)
        for keyword in ("PixelPaddingValue", "PixelPaddingRangeLimit")
    )
    if value is None:
        if limit is not None:
            raise UnreadableElementError("PixelPaddingRangeLimit")
        return np.zeros(stored.shape, dtype=bool)
    low, high = sorted((value, value if limit is None else limit))
    return (stored >= low) & (stored <= high)


def settle_mask(header: Dataset, padding: np.ndarray, source: Source):
    """Fill the mask of `source`: True where the frame was exposed, None when that is everywhere; and
    whether it is stated.

    What the file says about it and cannot be is told as an assumption, and not used.
    """
    mask = np.ones(padding.shape, dtype=bool)
    for kind in ("Collimator", "Shutter"):
        inside = _believed(header, kind, padding.shape)
        if inside is None or inside.mean() < _LEAST_FRACTION:
            why = f"The file's {kind.lower()} is of a kind that is not read or cannot be this image's; it is not used."
            source.assume(kind.lower(), None, why)
        else:
            mask &= inside
            source.field_stated |= _is_stated(header, kind)
    if (mask & ~padding).mean() >= _LEAST_FRACTION:
        mask &= ~padding
        source.field_stated |= bool(padding.any())
    else:
        why = "The file's PixelPaddingValue would leave next to nothing of the image, so it is not used."
        source.assume("padding", None, why)
    source.mask = None if mask.all() else mask


def _is_stated(header: Dataset, kind: str) -> bool:
    """Whether a shape is there, in the header itself or in its macro."""
    return any(stated(each, f"{kind}Shape") for each in (header, *items(header, _MACROS[kind])))


def _believed(header: Dataset, kind: str, shape: tuple[int, int]) -> np.ndarray | None:
    try:
        macro = items(header, _MACROS[kind])
        return np.logical_and.reduce([_inside(each, kind, shape) for each in (macro if len(macro) > 1 else [header])])
    except UnreadableElementError:
        return None


def _inside(header: Dataset, kind: str, shape: tuple[int, int]) -> np.ndarray:
    """PS3.3 C.7.6.11: edges and centres are counted from 1 and given as row, column.

    UnreadableElementError for a shape that is not known, is incomplete, or lies beside the image.
    """
    row, column = np.ogrid[1 : shape[0] + 1, 1 : shape[1] + 1]
    inside = np.ones(shape, dtype=bool)
    for form in _forms(header, kind):
        if form == "RECTANGULAR":
            left, right, upper, lower = (_needed(header, f"{kind}{edge}Edge") for edge in _EDGES)
            # Some devices write millimetres about the centre here; such edges lie outside the image.
            if not (0 <= left < right <= shape[1] + 1 and 0 <= upper < lower <= shape[0] + 1):
                raise UnreadableElementError(f"{kind}Shape")
            inside &= (column > left) & (column < right) & (row > upper) & (row < lower)
        elif form == "CIRCULAR":
            centre, radius = numbers(header, f"CenterOfCircular{kind}"), _needed(header, f"RadiusOfCircular{kind}")
            if len(centre) != 2 or radius <= 0.0:
                raise UnreadableElementError(f"CenterOfCircular{kind}")
            inside &= np.hypot(row - centre[0], column - centre[1]) <= radius
        else:
            vertices = numbers(header, f"VerticesOfThePolygonal{kind}")
            if not 6 <= len(vertices) <= 200 or len(vertices) % 2:
                raise UnreadableElementError(f"VerticesOfThePolygonal{kind}")
            inside &= _inside_polygon(np.reshape(vertices, (-1, 2)), row, column)
    return inside


def _forms(header: Dataset, kind: str) -> list[str]:
    keyword = f"{kind}Shape"
    if not stated(header, keyword):
        sizes = [f"{kind}{edge}Edge" for edge in _EDGES]
        sizes += [f"{part}{kind}" for part in ("CenterOfCircular", "RadiusOfCircular", "VerticesOfThePolygonal")]
        if any(stated(header, size) for size in sizes):
            raise UnreadableElementError(keyword)
        return []
    forms = texts(header, keyword)
    if not forms or any(form not in _SHAPES for form in forms):
        raise UnreadableElementError(keyword)
    return forms


def _needed(header: Dataset, keyword: str) -> float:
    value = number(header, keyword)
    if value is None:
        raise UnreadableElementError(keyword)
    return value


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
