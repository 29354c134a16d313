"""From the likeness of rows to a shift and a magnification: one straight line that fits them all.

Heights are mm in the patient by the geometry as it is given, from the middle of the picture, towards the feet. The
lateral view shows at `scale * height + shift` what the frontal one shows at `height`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

SCALES = np.exp(np.linspace(np.log(0.80), np.log(1.25), 46))
SHIFT_MM = 230.0
STEP_MM = 2.5

PEAK_POWER = 6.0
"""Of the chances about the highest peak whose mean is the best line."""

SEEN_IN_BOTH = 0.75
"""Share of the rows, beforehand, whose height the other view shows too."""


@dataclass(frozen=True, eq=False)
class Line:
    """A distribution over lines.

    Attributes:
        log_chance: (scales, shifts), normalised.
        scales, shifts_mm: of its axes; shifts are at the height `about_mm`.
        about_mm: height in the frontal view, the middle of what both views show.
    """

    log_chance: np.ndarray
    scales: np.ndarray
    shifts_mm: np.ndarray
    about_mm: float

    def best(self, reach_mm: float = 12.0) -> tuple[float, float, float, float]:
        """Scale, shift in mm at `about_mm`, and the standard deviations of both about the highest peak.

        The mean over the peak, which finds places between the steps; a peak as wide as honest chances are would draw it
        towards what is believed beforehand.
        """
        log_chance = self.log_chance - self.log_chance.max()
        near = np.abs(self.shifts_mm - self.shifts_mm[np.unravel_index(log_chance.argmax(), log_chance.shape)[1]])
        near = near <= reach_mm
        axes = self.scales, self.shifts_mm[near]
        sharp, wide = (_along_axes(np.exp(power * log_chance[:, near])) for power in (PEAK_POWER, 1.0))
        middles = [float(weights @ values) for weights, values in zip(sharp, axes, strict=True)]
        spreads = [
            float(np.sqrt(weights @ (values - middle) ** 2))
            for weights, values, middle in zip(wide, axes, middles, strict=True)
        ]
        return middles[0], middles[1], spreads[0], spreads[1]

    def overlap(self, rows_mm, seen) -> tuple[float, float]:
        """Heights of the frontal view between which both views show something, by the best line."""
        scale, shift, _, _ = self.best()
        frontal, lateral = (heights[rows] for heights, rows in zip(rows_mm, seen, strict=True))
        if not (len(frontal) and len(lateral)):
            return 0.0, 0.0
        low, high = (
            self.about_mm + (float(end) - self.about_mm - shift) / scale for end in (lateral.min(), lateral.max())
        )
        return max(float(frontal.min()), low), min(float(frontal.max()), high)

    def chance_within(self, shift_mm: float, reach_mm: float) -> float:
        """How likely the shift is within `reach_mm` of one."""
        near = np.abs(self.shifts_mm - shift_mm) <= reach_mm
        return float(np.exp(self.log_chance[:, near]).sum())


def fit_line(
    forwards: torch.Tensor,
    backwards: torch.Tensor,
    rows_mm: tuple[torch.Tensor, torch.Tensor],
    seen: tuple[torch.Tensor, torch.Tensor],
    temperature: float,
    magnification_spread: float,
    about_mm: float | None = None,
) -> Line:
    """The distribution over lines that rows speak for.

    Args:
        forwards: (frontal rows, lateral rows + 1), log chances of `RowNetwork.log_matches`.
        backwards: (lateral rows, frontal rows + 1).
        rows_mm: heights of the rows of both views, ascending and regular.
        seen: bool, rows that show something.
        temperature: by how much the sum of the rows' log chances is divided, for neighbouring rows say the same.
        magnification_spread: standard deviation, relative, of what is believed beforehand about the scale.
        about_mm: height at which shifts are measured; the middle of the likely overlap if None.
    """
    if about_mm is None:
        first = fit_line(forwards, backwards, rows_mm, seen, temperature, magnification_spread, 0.0)
        low, high = first.overlap(rows_mm, seen)
        # A line through the same peak, whose shift is measured where it is known best.
        about_mm = (low + high) / 2.0 if low < high else 0.0
        return fit_line(forwards, backwards, rows_mm, seen, temperature, magnification_spread, about_mm)
    spans = [_span(rows) for rows in seen]
    rows_mm = tuple(heights[span] for heights, span in zip(rows_mm, spans, strict=True))
    gains = _gain(forwards, *spans), _gain(backwards, *spans[::-1])
    shifts = torch.arange(-SHIFT_MM, SHIFT_MM + STEP_MM / 2, STEP_MM)
    scales = torch.as_tensor(SCALES, dtype=torch.float32)
    # Lines through (about, about + shift).
    at = about_mm + scales[:, None, None] * (rows_mm[0] - about_mm) + shifts[:, None]
    back = about_mm + (rows_mm[1] - about_mm - shifts[:, None]) / scales[:, None, None]
    total = (_along(gains[0], rows_mm[1], at) + _along(gains[1], rows_mm[0], back)) / temperature
    total = total - 0.5 * (scales.log() / magnification_spread)[:, None] ** 2
    found = (total - total.logsumexp((0, 1))).numpy().astype(np.float64)
    return Line(found, SCALES, shifts.numpy().astype(np.float64), float(about_mm))


def _along_axes(chance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Chances by scale and by shift, each normalised."""
    chance = chance / chance.sum()
    return chance.sum(1), chance.sum(0)


def _span(seen: torch.Tensor) -> slice:
    """From the first to the last row that shows something; all rows where none does."""
    rows = seen.nonzero()
    return slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) > 1 else slice(None)


def _gain(log_chances: torch.Tensor, own: slice, other: slice) -> torch.Tensor:
    """Log chances of the rows that show something, against those of a row about which nothing is known.

    Without this, lines that leave the other view would win wherever many rows are alike: "nowhere" is one case, and
    "somewhere" is many.
    """
    found = torch.cat([log_chances[own, :-1][:, other], log_chances[own, -1:]], 1)
    found[:, :-1] -= float(np.log(SEEN_IN_BOTH / (found.shape[1] - 1)))
    found[:, -1] -= float(np.log(1.0 - SEEN_IN_BOTH))
    return found


def _along(log_chances: torch.Tensor, rows_mm: torch.Tensor, at: torch.Tensor) -> torch.Tensor:
    """(scales, shifts): the sum over rows of their log chances at the heights (scales, shifts, rows)."""
    count = len(rows_mm)
    place = (at - rows_mm[0]) / (rows_mm[1] - rows_mm[0])
    outside = (place < -0.5) | (place > count - 0.5)
    place = place.clamp(0.0, count - 1.001)
    low = place.long()
    part = place - low
    row = torch.arange(log_chances.shape[0])
    flat = log_chances.flatten()
    start = row * log_chances.shape[1]
    value = flat[start + low] * (1.0 - part) + flat[start + low + 1] * part
    none = log_chances[:, -1].expand_as(value)
    return torch.where(outside, none, value).sum(-1)
