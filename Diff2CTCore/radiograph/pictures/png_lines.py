"""The lines of a PNG file: prediction undone, and the seven passes of an interlaced picture put together."""

from __future__ import annotations

import numpy as np

_WHOLE = ((0, 0, 1, 1),)
_ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""First row, first column, row step and column step of each pass."""


def line_lengths(rows: int, columns: int, pixel_bytes: int, interlaced: bool) -> int:
    """Bytes of all lines together, the byte that tells the prediction of a line included."""
    return sum(height * (1 + width * pixel_bytes) for _, height, width in _passes(rows, columns, interlaced))


def pixels_of_lines(content: bytes, rows: int, columns: int, pixel_bytes: int, interlaced: bool) -> np.ndarray:
    """uint8 (rows, columns, pixel_bytes) of `line_lengths` bytes. Raises ValueError for an unknown prediction."""
    image = np.empty((rows, columns, pixel_bytes), np.uint8)
    at = 0
    for (row, column, row_step, column_step), height, width in _passes(rows, columns, interlaced):
        length = height * (1 + width * pixel_bytes)
        lines = np.frombuffer(content, np.uint8, length, at).reshape(height, -1)
        image[row::row_step, column::column_step] = _unpredicted(lines, width, pixel_bytes)
        at += length
    return image


def _passes(rows: int, columns: int, interlaced: bool) -> list[tuple[tuple[int, int, int, int], int, int]]:
    """Each pass with its rows and columns."""
    return [
        (step, -(-(rows - step[0]) // step[2]), -(-(columns - step[1]) // step[3]))
        for step in (_ADAM7 if interlaced else _WHOLE)
    ]


def _unpredicted(lines: np.ndarray, columns: int, pixel_bytes: int) -> np.ndarray:
    """(rows, columns, pixel_bytes) of lines whose bytes are differences from what their neighbours predict.

    A pixel is predicted from those to its left, above it, and above on the left, so all pixels of one diagonal can be
    computed at once.
    """
    rows = len(lines)
    prediction = lines[:, :1]
    if prediction.max() > 4:
        raise ValueError
    # A row above and a column on the left hold the zeros that are predicted from at the edges.
    padded = np.zeros((rows + 1, columns + 1, pixel_bytes), np.uint8)
    padded[1:, 1:] = lines[:, 1:].reshape(rows, columns, pixel_bytes)
    if prediction.any():
        flat = padded.reshape(-1, pixel_bytes)
        for diagonal in range(rows + columns - 1):
            first, last = max(0, diagonal - columns + 1), min(rows - 1, diagonal)
            place = (first + 1) * (columns + 1) + diagonal - first + 1
            left, above, corner = (
                flat[start : start + (last - first) * columns + 1 : columns].astype(np.int16)
                for start in (place - 1, place - columns - 1, place - columns - 2)
            )
            predicted = np.choose(
                prediction[first : last + 1], (0, left, above, (left + above) >> 1, _paeth(left, above, corner))
            )
            flat[place : place + (last - first) * columns + 1 : columns] += predicted.astype(np.uint8)
    return padded[1:, 1:]


def _paeth(left: np.ndarray, above: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """Which of the three comes closest to left + above - corner; the first of equals."""
    to_left, to_above = np.abs(above - corner), np.abs(left - corner)
    to_corner = np.abs(left + above - 2 * corner)
    nearer = np.where(to_above <= to_corner, above, corner)
    return np.where((to_left <= to_above) & (to_left <= to_corner), left, nearer)
