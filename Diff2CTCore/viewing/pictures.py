"""Images and volumes as text that a page can hold."""

from __future__ import annotations

import base64

import numpy as np

from ..geometry import VolumeGrid
from ..storage import hu_to_int16, png_bytes, volume_parts

LONGEST_SIDE_PX = 900
"""Of a radiograph on the page; more pixels than a screen gives it would only make the page larger."""


def picture_url(values: np.ndarray, low: float, high: float) -> str:
    """A grey PNG of (rows, columns) as a data: address, `low` black and `high` white."""
    grey = np.clip((values - low) / max(high - low, 1e-6) * 255.0, 0.0, 255.0).astype(np.uint8)
    return "data:image/png;base64," + base64.b64encode(png_bytes(np.ascontiguousarray(grey))).decode("ascii")


def volume_text(hu: np.ndarray, grid: VolumeGrid, centre_ras_mm) -> str:
    """A volume (S, P, L) in HU as a compressed NIfTI file in base64."""
    spacing, origin = (grid.spacing_mm,) * 3, grid.lps_origin_mm(centre_ras_mm)
    parts = volume_parts("volume.nii.gz", hu_to_int16(hu), spacing, origin, {})
    return base64.b64encode(b"".join(parts)).decode("ascii")


def reduced(image: np.ndarray) -> np.ndarray:
    """An image (rows, columns) whose longer side has at most `LONGEST_SIDE_PX`; each new pixel is a mean of old ones.

    It shows the same field to its edges, whether or not the numbers of pixels divide each other.
    """
    factor = LONGEST_SIDE_PX / max(image.shape)
    if factor >= 1.0:
        return image
    for axis, count in enumerate(image.shape):
        image = _means(image, axis, max(1, round(count * factor)))
    return image


def _means(image: np.ndarray, axis: int, count: int) -> np.ndarray:
    """Means over `count` equal parts of an axis: differences of the running sum, linear between its steps."""
    image = np.moveaxis(image, axis, 0).astype(np.float64)
    size = image.shape[0]
    sums = np.concatenate([np.zeros_like(image[:1]), np.cumsum(image, axis=0)])
    edges = np.linspace(0.0, size, count + 1)
    low = np.minimum(edges.astype(int), size - 1)
    part = (edges - low).reshape(-1, *[1] * (image.ndim - 1))
    at_edges = sums[low] * (1.0 - part) + sums[low + 1] * part
    return np.moveaxis(np.diff(at_edges, axis=0) * (count / size), 0, axis)
