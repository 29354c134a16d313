"""A radiograph as the alignment's networks see it."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

PITCH_MM = 2.5
"""Of the networks' pictures, mm in the patient by the geometry as it is given."""

LARGEST_PX = 320
REDUCED_PX = 96
"""Side of the square picture from which the view and the orientation are told."""

_LIMIT = 3.5


def standardised(picture: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """(2, rows, columns): the picture with median 0 and half of its values within 1.35, 0 where it is not exposed;
    and the mask."""
    seen = picture[mask]
    if seen.numel() < 2:
        return torch.zeros(2, *picture.shape)
    low, middle, high = torch.quantile(seen, torch.tensor([0.25, 0.5, 0.75])).tolist()
    spread = max((high - low) / 1.35, float(seen.std()) / 2.0, 1e-6)
    scaled = ((picture - middle) / spread).clamp(-_LIMIT, _LIMIT)
    return torch.stack([torch.where(mask, scaled, 0.0), mask.float()])


def thumbnail(
    pixels: np.ndarray,
    mask: np.ndarray | None,
    pitch_mm: tuple[float, float],
    turn_deg: float = 0.0,
    multiple: int = 16,
) -> torch.Tensor:
    """A radiograph on `PITCH_MM` about its middle.

    Args:
        pixels: float32 (rows, columns), dense = bright.
        mask: bool, where it was exposed; all of it if None.
        pitch_mm: (row, column), of its pixels in the patient.
        turn_deg: by which the picture is turned clockwise, and which is taken back.
        multiple: of it are the result's rows and columns.

    Returns:
        float32 (2, rows, columns); see `standardised`.
    """
    size = [length * pitch for length, pitch in zip(pixels.shape, pitch_mm, strict=True)]
    rows, columns = (min(LARGEST_PX, multiple * int(np.ceil(length / PITCH_MM / multiple))) for length in size)
    exposed = np.ones(pixels.shape, np.float32) if mask is None else mask.astype(np.float32)
    # In double precision: a file's own unit may be so large that its square is not held.
    values = pixels.astype(np.float64)
    lowest, highest = values.min(), values.max()
    both = torch.from_numpy(np.stack([(values - lowest) / ((highest - lowest) or 1.0), exposed]).astype(np.float32))
    reduce = [max(1, min(round(PITCH_MM / pitch), side)) for pitch, side in zip(pitch_mm, pixels.shape, strict=True)]
    if max(reduce) > 1:
        both = F.avg_pool2d(both[None], reduce, ceil_mode=True, count_include_pad=False)[0]
    angle = np.deg2rad(turn_deg)
    along = row_heights_mm(rows)
    across = (torch.arange(columns) - (columns - 1) / 2.0) * PITCH_MM
    y, x = torch.meshgrid(along, across, indexing="ij")
    turned = (np.cos(angle) * y + np.sin(angle) * x, np.cos(angle) * x - np.sin(angle) * y)
    extent = [side * step * pitch for side, step, pitch in zip(both.shape[1:], reduce, pitch_mm, strict=True)]
    # The last block may reach beyond the picture, so its middle is not that of the blocks.
    shift = [(whole - length) / whole for whole, length in zip(extent, size, strict=True)]
    at = torch.stack([2.0 * turned[1] / extent[1] - shift[1], 2.0 * turned[0] / extent[0] - shift[0]], -1)
    inside = (turned[0].abs() <= size[0] / 2.0) & (turned[1].abs() <= size[1] / 2.0)
    found = F.grid_sample(both[None], at[None].float(), padding_mode="border", align_corners=False)[0]
    return standardised(found[0], inside & (found[1] > 0.98))


def row_heights_mm(rows: int) -> torch.Tensor:
    """(rows,): where the rows of a picture on `PITCH_MM` lie, mm from its middle towards the feet."""
    return (torch.arange(rows) - (rows - 1) / 2.0) * PITCH_MM


def reduced(picture: torch.Tensor) -> torch.Tensor:
    """A picture (2, rows, columns) in the middle of a square (2, `REDUCED_PX`, `REDUCED_PX`), at half its size or less,
    so that all of it is seen."""
    factor = max(2, -(-max(picture.shape[1:]) // REDUCED_PX))
    small = F.avg_pool2d(picture, factor, ceil_mode=True, count_include_pad=False)
    square = torch.zeros(2, REDUCED_PX, REDUCED_PX)
    top, left = ((REDUCED_PX - length) // 2 for length in small.shape[1:])
    square[:, top : top + small.shape[1], left : left + small.shape[2]] = small
    return square
