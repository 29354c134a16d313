"""Small pictures for the panel, made without Qt's image constructors (PythonQt offers none for raw bytes)."""

from __future__ import annotations

import numpy as np
import qt

from . import frames

THUMBNAIL_SIZE = 256


def thumbnail_pixels(node, size: int = THUMBNAIL_SIZE, frame: int | None = None) -> np.ndarray:
    """Grey values 0..255 of a one-slice volume, uint8 (rows, columns), at most `size` pixels on a side.

    Pixels are skipped, not averaged, so that a large radiograph costs no time; the window runs from the
    1st to the 99th percentile.

    Args:
        frame: of a run of frames, from 1.
    """
    array = frames.frame_voxels(node, frame)
    plane = array[..., 0] if array.ndim == 4 else array
    plane = plane.squeeze() if 1 in plane.shape else plane[plane.shape[0] // 2]
    plane = np.atleast_2d(plane)
    step = max(1, -(-max(plane.shape) // size))
    plane = plane[::step, ::step].astype(np.float32)
    finite = plane[np.isfinite(plane)]
    if finite.size == 0:
        return np.zeros(plane.shape, np.uint8)
    low, high = np.percentile(finite, (1.0, 99.0))
    scaled = (np.nan_to_num(plane, nan=low) - low) / max(high - low, 1e-6)
    return (scaled.clip(0.0, 1.0) * 255.0).astype(np.uint8)


def pixmap(pixels: np.ndarray):
    """A QPixmap of grey values, uint8 (rows, columns)."""
    from Diff2CTCore.storage import png_bytes

    image = qt.QImage()
    image.loadFromData(png_bytes(pixels))
    return qt.QPixmap.fromImage(image)
