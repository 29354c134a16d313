"""Bodies that nobody scanned: those that were, bent and stretched, and the bones of one within another one.

Twenty patients can be learned by heart; then rows are matched by whose they are, and not by what they show. What is
changed here is changed in both views alike, so that they go on showing the same heights.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from scipy.interpolate import CubicSpline

from .rendering import PLANE, RenderedPairs

STEP_MM = 4.0
ROWS_MM = np.arange(-420.0, 420.0 + STEP_MM / 2, STEP_MM)

STRETCH = 0.08
STRETCH_KNOTS_MM = 60.0
ASIDE_MM = (8.0, 10.0)
"""Of the frontal and of the lateral view; standard deviations at knots."""

ASIDE_KNOTS_MM = 80.0
WIDTH = 0.15
BONE = 0.35
BLURRED_SHARE = 0.4
LEAST_HEIGHT_MM = 170.0
"""Of what is left where two bodies are joined."""


@dataclass(frozen=True, eq=False)
class Bend:
    """Where the pixels of a changed view come from: rows are moved, and each row is moved and widened as a whole.

    Attributes:
        rows_mm: source rows of the changed rows `ROWS_MM`, ascending.
        aside_mm: by how much the rows `ROWS_MM` are moved across.
        width: by which rows are widened.
    """

    rows_mm: np.ndarray
    aside_mm: np.ndarray
    width: float = 1.0

    def source(self, where: torch.Tensor) -> torch.Tensor:
        """(..., 2) of the changed view to the same of its source; (row, column) mm."""
        place = ((where[..., 0] - ROWS_MM[0]) / STEP_MM).clamp(0.0, len(ROWS_MM) - 1.001)
        low = place.long()
        part = place - low
        rows, aside = (
            table[low] * (1.0 - part) + table[low + 1] * part
            for table in (torch.as_tensor(each, dtype=torch.float32) for each in (self.rows_mm, self.aside_mm))
        )
        return torch.stack([rows, (where[..., 1] - aside) / self.width], -1)

    def changed(self, points_mm: np.ndarray) -> np.ndarray:
        """Inverse of `source`, of (n, 2)."""
        rows = np.interp(points_mm[:, 0], self.rows_mm, ROWS_MM)
        return np.stack([rows, points_mm[:, 1] * self.width + np.interp(rows, ROWS_MM, self.aside_mm)], 1)


def random_bends(rng: np.random.Generator) -> tuple[Bend, Bend]:
    """One change of a body as both views show it."""
    stretch = np.exp(np.clip(_smooth(STRETCH, STRETCH_KNOTS_MM, rng), -0.25, 0.25))
    rows = np.concatenate([[0.0], np.cumsum((stretch[1:] + stretch[:-1]) / 2.0)]) * STEP_MM
    rows -= rows[len(rows) // 2]
    return tuple(
        Bend(rows, _smooth(aside, ASIDE_KNOTS_MM, rng), float(np.exp(rng.uniform(-WIDTH, WIDTH)))) for aside in ASIDE_MM
    )


def _smooth(spread: float, knots_mm: float, rng: np.random.Generator) -> np.ndarray:
    count = int(np.ceil(np.ptp(ROWS_MM) / knots_mm)) + 1
    return CubicSpline(ROWS_MM[0] + np.arange(count) * knots_mm, rng.normal(0.0, spread, count))(ROWS_MM)


@dataclass(frozen=True, eq=False)
class _Flesh:
    """Another body, and where its rows and columns lie in the views of the one whose bones it gets."""

    pairs: RenderedPairs
    index: int
    bends: tuple[Bend, Bend]


class VariedBody:
    """Both views of one pair of a body, changed at random.

    Attributes:
        name: of the body, whose bones these are.
        lines_mm: (2, n, 2), points of the spine in both views, (row, column) mm.
        heights_mm: of either view, the first and the last row between which all of the body was scanned.
    """

    def __init__(
        self,
        pairs: RenderedPairs,
        index: int,
        rng: np.random.Generator,
        flesh: tuple[RenderedPairs, int] | None = None,
        bent: bool = True,
    ):
        """
        Args:
            pairs, index: what was rendered.
            rng: source of all random numbers.
            flesh: a pair of another body, in which the bones are shown; both need them apart.
            bent: whether the body is changed; else it is as it was rendered, but for a slight blur.
        """
        self._pairs, self._index, self.name = pairs, index, pairs.name
        straight = Bend(ROWS_MM, np.zeros_like(ROWS_MM))
        self._bends = random_bends(rng) if bent else (straight, straight)
        self._bone_gain = 1.0 + bent * float(rng.uniform(-BONE, BONE))
        self._blurred = rng.random(2) < BLURRED_SHARE
        heights = [_scanned(pairs, index, view) for view in range(2)]
        self._flesh = None if flesh is None else _around(pairs, index, heights, *flesh, rng)
        if self._flesh is not None:
            common = _common(heights, self._flesh)
            if min(high - low for low, high in common) >= LEAST_HEIGHT_MM:
                heights = common
            else:
                self._flesh = None
        self.heights_mm = [
            tuple(np.interp(each, bend.rows_mm, ROWS_MM)) for each, bend in zip(heights, self._bends, strict=True)
        ]
        lines = pairs.lines_mm[index]
        self.lines_mm = np.array([bend.changed(line) for bend, line in zip(self._bends, lines, strict=True)])

    def shown(self, view: int, where: torch.Tensor) -> torch.Tensor:
        """Line integrals, and 1 where they are known, at (rows, columns, 2) mm of a view: (2, rows, columns)."""
        pairs, at, blurred = self._pairs, self._bends[view].source(where), bool(self._blurred[view])
        image, known = pairs.images[self._index, view], pairs.known[self._index, view]
        if pairs.bone is None:
            return _sampled([image, known], at, blurred)
        bone = pairs.bone[self._index, view].astype(np.float32)
        own = _sampled([image - bone, bone, known], at, blurred)
        soft, seen = own[0], own[2]
        if self._flesh is not None:
            other, number = self._flesh.pairs, self._flesh.index
            rest = other.images[number, view].astype(np.float32) - other.bone[number, view]
            soft, there = _sampled([rest, other.known[number, view]], self._flesh.bends[view].source(at), blurred)
            seen = seen * there
        return torch.stack([soft + self._bone_gain * own[1], seen])


def _scanned(pairs: RenderedPairs, index: int, view: int) -> tuple[float, float]:
    """First and last row in mm between which all of the body was scanned."""
    known, body = pairs.known[index, view], pairs.images[index, view] > 0.3
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


def _around(pairs, index: int, heights, other: RenderedPairs, number: int, rng: np.random.Generator) -> _Flesh | None:
    """The other body laid about the bones: its heights anywhere near, its spine where theirs is."""
    if pairs.bone is None or other.bone is None:
        return None
    frontal = [np.mean(heights[0]), np.mean(_scanned(other, number, 0))]
    offset = frontal[1] - frontal[0] + rng.uniform(-50.0, 50.0)
    own, its = pairs.lines_mm[index], other.lines_mm[number]
    bends = []
    for view in range(2):
        # Heights count by the frontal view's rows, which the lateral one shows elsewhere in either body.
        rows = _extended(its[0, :, 0], its[view, :, 0], _extended(own[view, :, 0], own[0, :, 0], ROWS_MM) + offset)
        aside = _between(own[view], ROWS_MM) - _between(its[view], rows)
        bends.append(Bend(rows, aside))
    return _Flesh(other, number, tuple(bends))


def _common(heights, flesh: _Flesh) -> list[tuple[float, float]]:
    """Rows of either view between which both bodies were scanned."""
    found = []
    for view, (low, high) in enumerate(heights):
        its = np.interp(_scanned(flesh.pairs, flesh.index, view), flesh.bends[view].rows_mm, ROWS_MM)
        found.append((max(low, its[0]), min(high, its[1])))
    return found


def _extended(rows: np.ndarray, values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """A line through points, interpolated, and going on beyond its ends as its whole does."""
    order = np.argsort(rows)
    rows, values = rows[order], values[order]
    slope = (values[-1] - values[0]) / (rows[-1] - rows[0])
    beyond = np.minimum(at - rows[0], 0.0) + np.maximum(at - rows[-1], 0.0)
    return np.interp(at, rows, values) + slope * beyond


def _between(line: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Columns of a line (n, 2) in some rows; those of its ends beyond them."""
    order = np.argsort(line[:, 0])
    return np.interp(at, line[order, 0], line[order, 1])


def _sampled(images: list[np.ndarray], at: torch.Tensor, blurred: bool) -> torch.Tensor:
    """Images of `PLANE` at (rows, columns, 2) mm; 0 beside them."""
    half = torch.tensor([PLANE.rows * PLANE.row_spacing_mm, PLANE.columns * PLANE.column_spacing_mm]) / 2.0
    shown = torch.from_numpy(np.stack([image.astype(np.float32) for image in images]))[None]
    if blurred:
        shown = F.avg_pool2d(shown, 3, 1, 1, count_include_pad=False)
    return F.grid_sample(shown, (at / half).flip(-1)[None], padding_mode="zeros", align_corners=False)[0]
