"""What a rendered pair looks like as two radiographs of unknown place, size, turn and processing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from Diff2CTCore.alignment import PITCH_MM, row_heights_mm, standardised

from .rendering import PLANE, RenderedPairs

ROWS, COLUMNS = 176, 144
"""The networks' picture in training, of `PITCH_MM`."""

LEAST_OVERLAP_MM = 70.0


@dataclass(frozen=True, eq=False)
class ViewPair:
    """Two pictures as the networks see them, and the truth.

    Attributes:
        pictures: float32 (2, 2, ROWS, COLUMNS), frontal then lateral; standardised picture and mask.
        lines_mm: [(n, 2), (n, 2)], the same points of the spine, (row, column) mm from the picture's middle.
        seen: bool (2, n), the points that lie in the exposed part of each view.
        mirrored: whether the frontal picture is mirrored.
        line: (scale, shift_mm, about_mm), as `Diff2CTCore.alignment.matching` has them; None where less than
            `LEAST_OVERLAP_MM` of the spine is seen in both.
        name: of the body.
    """

    pictures: torch.Tensor
    lines_mm: np.ndarray
    seen: np.ndarray
    mirrored: bool
    line: tuple[float, float, float] | None
    name: str


def draw_pair(pairs: RenderedPairs, index: int, rng: np.random.Generator) -> ViewPair:
    """One pair of a body with random windows, sizes, turns and processing."""
    heights = [_scanned(pairs.known[index, view], pairs.images[index, view]) for view in range(2)]
    windows = _windows(heights, pairs.lines_mm[index], rng)
    sizes = np.exp(rng.uniform(-0.085, 0.085, 2))
    turns = np.clip(rng.normal(0.0, 2.6, 2), -8.0, 8.0)
    mirrored = (rng.random() < 0.3, False)
    pictures, lines, seen = [], [], []
    for view in range(2):
        picture, line, inside = _draw_view(
            pairs.images[index, view], pairs.known[index, view], pairs.lines_mm[index, view], windows[view],
            sizes[view], turns[view], mirrored[view], rng,
        )  # fmt: skip
        pictures.append(picture)
        lines.append(line)
        seen.append(inside)
    lines, seen = np.array(lines), np.array(seen)
    return ViewPair(torch.stack(pictures), lines, seen, mirrored[0], _line(lines, seen), pairs.name)


def _scanned(known: np.ndarray, image: np.ndarray) -> tuple[float, float]:
    """Lowest and highest row in mm between which all of the body was scanned."""
    body = image > 0.3
    whole = (known | ~body).mean(1) > 0.995
    rows = np.flatnonzero(whole & body.any(1))
    # The longest run: a gap in the middle does not occur, ragged ends do.
    middle = rows[len(rows) // 2] if len(rows) else PLANE.rows // 2
    low = high = int(middle)
    while low > 0 and whole[low - 1]:
        low -= 1
    while high < PLANE.rows - 1 and whole[high + 1]:
        high += 1
    return tuple((np.array([low, high]) - (PLANE.rows - 1) / 2.0) * PLANE.row_spacing_mm)


def _windows(heights, lines, rng: np.random.Generator) -> list[tuple[float, float, float, float]]:
    """Of each view: first and last row, first and last column, mm."""
    found = []
    for view in range(2):
        low, high = heights[view]
        size = min(rng.uniform(170.0, 420.0), high - low)
        start = rng.uniform(low, high - size)
        inside = (lines[view][:, 0] > start) & (lines[view][:, 0] < start + size)
        spine = float(np.median(lines[view][inside, 1])) if inside.any() else 0.0
        width = rng.uniform(180.0, 420.0) if view == 0 else rng.uniform(150.0, 380.0)
        aside = spine + (rng.normal(0.0, 12.0) if view == 0 else rng.uniform(-0.3, 0.05) * width)
        found.append((start, start + size, aside - width / 2.0, aside + width / 2.0))
    return found


def _draw_view(image, known, line, window, size, turn, mirrored, rng):
    """One view: what the network sees, the spine's points in it, and which of them are exposed."""
    top, bottom, left, right = window
    middle = np.array([(top + bottom) / 2.0, (left + right) / 2.0])
    if rng.random() < 0.4:
        # A detector that is larger than the field: the field lies anywhere on it.
        middle += rng.uniform(-70.0, 70.0, 2) * (1.0, 0.4)
    angle = np.deg2rad(turn)
    # From the picture's mm to those of the rendering.
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / size
    rows = row_heights_mm(ROWS)
    columns = (torch.arange(COLUMNS) - (COLUMNS - 1) / 2.0) * PITCH_MM
    grid = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), -1)
    sign = torch.tensor([1.0, -1.0 if mirrored else 1.0])
    where = grid * sign @ torch.as_tensor(matrix.T, dtype=torch.float32) + torch.as_tensor(middle, dtype=torch.float32)
    half = torch.tensor([PLANE.rows * PLANE.row_spacing_mm, PLANE.columns * PLANE.column_spacing_mm]) / 2.0
    at = (where / half).flip(-1)[None]
    both = torch.from_numpy(np.stack([image.astype(np.float32), known.astype(np.float32)]))
    blurred = F.avg_pool2d(both[None], 3, 1, 1, count_include_pad=False)
    shown = F.grid_sample(blurred, at, padding_mode="zeros", align_corners=False)[0]
    # The collimator's blades are parallel to the detector's sides, not to the patient.
    centre = torch.as_tensor(np.array([(top + bottom) / 2, (left + right) / 2]) - middle) @ np.linalg.inv(matrix).T
    centre = centre.float() * sign
    reach = torch.tensor([(bottom - top) / 2.0, (right - left) / 2.0]) * float(size)
    away = ((grid - centre).abs() - reach).amax(-1)
    exposed = away < 0.0
    picture = _processed(shown[0], exposed & (shown[1] > 0.98), rng)
    mask = exposed & (shown[1] > 0.98)
    if rng.random() < 0.35:
        # The border shows: a level of its own that no file masks, with a soft edge.
        level = rng.uniform(-0.4, 0.9)
        soft = torch.sigmoid(-away / rng.uniform(0.4, 3.0))
        border = (
            level + 0.08 * rng.normal() * grid[..., 0] / 200.0 + rng.uniform(0.0, 0.04) * torch.randn(ROWS, COLUMNS)
        )
        picture = torch.where(shown[1] > 0.98, soft * picture + (1.0 - soft) * border, picture)
        frame = reach + torch.as_tensor(rng.uniform(5.0, 60.0, 2), dtype=torch.float32)
        mask = (((grid - centre).abs() - frame).amax(-1) < 0.0) & ((shown[1] > 0.98) | ~exposed)
    seen_line = ((line - middle) @ np.linalg.inv(matrix).T) * sign.numpy()
    inside = (np.abs(seen_line - centre.numpy()) < reach.numpy()).all(1)
    return standardised(picture.float(), mask), seen_line, inside


def _processed(line_integrals: torch.Tensor, exposed: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """What detector and software make of line integrals, about 0 to 1."""
    values = line_integrals
    seen = values[exposed] if exposed.any() else values.flatten()
    top = torch.quantile(seen, float(rng.uniform(0.98, 1.0))).clamp(min=0.1)
    bottom = float(rng.choice([0.0, rng.uniform(0.0, 0.3)])) * top
    unit = ((values - bottom) / (top - bottom)).clamp(0.0, 1.15)
    kind = rng.random()
    if kind < 0.45:
        unit = unit ** float(rng.uniform(0.6, 1.7))
    elif kind < 0.75:
        # Film-like: the ends of the scale are flattened.
        steep, middle = float(rng.uniform(3.0, 9.0)), float(rng.uniform(0.3, 0.75))
        unit = torch.sigmoid(steep * (unit - middle))
    else:
        depth = float(rng.uniform(0.5, 3.0))
        unit = (1.0 - torch.exp(-depth * unit)) / (1.0 - np.exp(-depth))
    if rng.random() < 0.6:
        # Scatter adds a wide copy; equalisation for display takes one away.
        weight = float(rng.uniform(-0.75, 0.35))
        unit = unit + weight * _wide(unit, float(rng.uniform(15.0, 60.0)))
    if rng.random() < 0.3:
        sharper = unit - _wide(unit, 6.0)
        unit = unit + float(rng.uniform(0.0, 1.5)) * sharper
    spread = unit[exposed].std() if exposed.any() else unit.std()
    unit = unit / spread.clamp(min=1e-4) * 0.25
    unit = unit + float(rng.uniform(0.0, 0.03)) * torch.randn(unit.shape)
    for _ in range(int(rng.integers(0, 3))):
        row, column = int(rng.integers(0, ROWS - 8)), int(rng.integers(0, COLUMNS - 8))
        height, width = rng.integers(2, 8, 2)
        unit[row : row + height, column : column + width] = float(unit.max() * rng.uniform(0.8, 1.2))
    return unit


def _wide(picture: torch.Tensor, sigma_mm: float) -> torch.Tensor:
    reduce = max(1, int(sigma_mm / PITCH_MM / 2.0))
    small = F.avg_pool2d(picture[None, None], reduce, ceil_mode=True, count_include_pad=False)
    for _ in range(3):
        small = F.avg_pool2d(small, 3, 1, 1, count_include_pad=False)
    return F.interpolate(small, size=picture.shape, mode="bilinear", align_corners=False)[0, 0]


def _line(lines: np.ndarray, seen: np.ndarray) -> tuple[float, float, float] | None:
    """Scale, shift and the height they are measured about, fitted to the points seen in both views."""
    both = seen.all(0)
    frontal, lateral = lines[0, both, 0], lines[1, both, 0]
    if both.sum() < 3 or np.ptp(frontal) < LEAST_OVERLAP_MM:
        return None
    about = (frontal.min() + frontal.max()) / 2.0
    scale, at_middle = np.polyfit(frontal - about, lateral, 1)
    return float(scale), float(at_middle - about), float(about)
