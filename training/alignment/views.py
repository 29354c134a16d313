"""What a rendered pair looks like as two radiographs of unknown place, size, turn and processing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from Diff2CTCore.alignment import PITCH_MM, row_heights_mm, standardised

from .varying import VariedBody

Canvas = tuple[int, int]
CANVAS: Canvas = (160, 128)
"""Rows and columns of a picture, of `PITCH_MM`, where nothing else is said."""

MARGIN_MM = 30.0
"""By up to so much a field ends before the scan does, else both fields would end at one height."""


LEAST_OVERLAP_MM = 70.0
HEIGHTS_MM, SMALL_HEIGHTS_MM = (170.0, 420.0), (110.0, 170.0)


@dataclass(frozen=True, eq=False)
class ViewPair:
    """Two pictures as the networks see them, and the truth.

    Attributes:
        pictures: float32 (2, 2, rows, columns), frontal then lateral; standardised picture and mask.
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


def draw_pair(body: VariedBody, rng: np.random.Generator, canvas: Canvas = CANVAS) -> ViewPair:
    """One pair of a body with random windows, sizes, turns and processing.

    Args:
        body: what both views show.
        rng: source of all random numbers but the noise.
        canvas: size of the pictures.
    """
    windows = _windows(body, canvas, rng)
    sizes = np.exp(rng.uniform(-0.085, 0.085, 2))
    turns = np.clip(rng.normal(0.0, 2.6, 2), -8.0, 8.0)
    mirrored = (rng.random() < 0.3, False)
    pictures, lines, seen = [], [], []
    for view in range(2):
        picture, line, inside = _draw_view(
            body, view, windows[view], sizes[view], turns[view], mirrored[view], canvas, rng
        )
        pictures.append(picture)
        lines.append(line)
        seen.append(inside)
    lines, seen = np.array(lines), np.array(seen)
    return ViewPair(torch.stack(pictures), lines, seen, mirrored[0], _line(lines, seen), body.name)


def _windows(body: VariedBody, canvas: Canvas, rng: np.random.Generator) -> list[tuple[float, float, float, float]]:
    """Of each view: first and last row, first and last column, mm."""
    found, lines = [], body.lines_mm
    for view in range(2):
        low, high = body.heights_mm[view]
        spare = max(0.0, high - low - SMALL_HEIGHTS_MM[0]) / 2.0
        low, high = np.array([low, high]) + rng.uniform(0.0, min(MARGIN_MM, spare), 2) * (1.0, -1.0)
        size = rng.uniform(*(HEIGHTS_MM if rng.random() < 0.75 else SMALL_HEIGHTS_MM))
        size = min(size, high - low, canvas[0] * PITCH_MM)
        start = rng.uniform(low, max(low, high - size))
        inside = (lines[view][:, 0] > start) & (lines[view][:, 0] < start + size)
        spine = float(np.median(lines[view][inside, 1])) if inside.any() else 0.0
        width = rng.uniform(180.0, 420.0) if view == 0 else rng.uniform(150.0, 380.0)
        aside = spine + (rng.normal(0.0, 12.0) if view == 0 else rng.uniform(-0.3, 0.05) * width)
        found.append((start, start + size, aside - width / 2.0, aside + width / 2.0))
    return found


def _draw_view(body: VariedBody, view: int, window, size, turn, mirrored, canvas: Canvas, rng):
    """One view: what the network sees, the spine's points in it, and which of them are exposed."""
    top, bottom, left, right = window
    middle = np.array([(top + bottom) / 2.0, (left + right) / 2.0])
    if rng.random() < 0.4:
        # A detector that is larger than the field: the field lies anywhere on it.
        spare = np.array(canvas) * PITCH_MM - (bottom - top, right - left)
        middle += rng.uniform(-0.5, 0.5, 2) * np.maximum(spare, 0.0)
    angle = np.deg2rad(turn)
    # From the picture's mm to those of the rendering.
    matrix = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) / size
    grid = torch.stack(torch.meshgrid(*(row_heights_mm(count) for count in canvas), indexing="ij"), -1)
    sign = torch.tensor([1.0, -1.0 if mirrored else 1.0])
    where = grid * sign @ torch.as_tensor(matrix.T, dtype=torch.float32) + torch.as_tensor(middle, dtype=torch.float32)
    shown = body.shown(view, where)
    # The collimator's blades are parallel to the detector's sides, not to the patient.
    away_mm = np.array([(top + bottom) / 2, (left + right) / 2]) - middle
    centre = torch.as_tensor(away_mm @ np.linalg.inv(matrix).T, dtype=torch.float32) * sign
    reach = torch.tensor([(bottom - top) / 2.0, (right - left) / 2.0]) * float(size)
    away = ((grid - centre).abs() - reach).amax(-1)
    exposed = away < 0.0
    picture = _processed(shown[0], exposed & (shown[1] > 0.98), rng)
    mask = exposed & (shown[1] > 0.98)
    if rng.random() < 0.35:
        # The border shows: a level of its own that no file masks, with a soft edge.
        level = rng.uniform(-0.4, 0.9)
        soft = torch.sigmoid(-away / rng.uniform(0.4, 3.0))
        border = level + 0.08 * rng.normal() * grid[..., 0] / 200.0 + rng.uniform(0.0, 0.04) * torch.randn(canvas)
        picture = torch.where(shown[1] > 0.98, soft * picture + (1.0 - soft) * border, picture)
        frame = reach + torch.as_tensor(rng.uniform(5.0, 60.0, 2), dtype=torch.float32)
        mask = (((grid - centre).abs() - frame).amax(-1) < 0.0) & ((shown[1] > 0.98) | ~exposed)
    seen_line = ((body.lines_mm[view] - middle) @ np.linalg.inv(matrix).T) * sign.numpy()
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
    # Mostly little: the mean over a pixel of `PITCH_MM` has lost most of a detector's noise.
    unit = unit + 0.03 * float(rng.random() ** 3) * torch.randn(unit.shape)
    for _ in range(int(rng.integers(0, 3))):
        row, column = (int(rng.integers(0, count - 8)) for count in unit.shape)
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
