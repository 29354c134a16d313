"""Where two upright radiographs show the same: shift, magnification, turn, and the spine's middle."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..geometry import BiplanarGeometry, ViewGeometry
from ..radiograph import Radiograph
from .matching import Line, fit_line
from .model import WITHIN_MM, AlignmentModel
from .networks import RowFeatures
from .pictures import PITCH_MM, row_heights_mm, thumbnail

LEAST_SEEN = 0.1
"""Rows of which less is exposed say nothing."""

LEAST_OVERLAP_MM = 60.0
LEAST_TURN_DEG = 4.0
"""The spine itself leans by two degrees or so; a turn that is smaller than this is not told from that."""

LARGEST_TURN_DEG = 10.0

MOST_CLAIMED = 0.99
"""Greater chances are not claimed: a few hundred pairs do not tell them apart from this."""

_HEIGHTS = 11


@dataclass(frozen=True, eq=False)
class Alignment:
    """What both views agree on, by the geometry as it was given.

    Attributes:
        centres_px: (column, row) in the frontal and in the lateral radiograph of one point in the middle of the spine.
        turns_deg: clockwise turn of each picture against upright, by the lean of the spine; 0 for the lateral one, and
            where a file states its detector's angles.
        magnification: size in the lateral view, mm in the patient, over that in the frontal one.
        magnification_error: standard deviation.
        shift_mm: how much lower the lateral view shows what the frontal one shows in its middle row; mm, lateral view.
        shift_error_mm: standard deviation.
        overlap_mm: height that both views show.
        probability: that the centres are within `WITHIN_MM` of the same height; at most `MOST_CLAIMED`.
        sure: whether that may be used without being looked at.
        lines_px: (n, 2) each, (column, row) of the spine's middle in each view, from above to below.
        same_height_px: (n, 2), rows of the frontal and of the lateral view that show the same height.
    """

    centres_px: tuple[tuple[float, float], tuple[float, float]]
    turns_deg: tuple[float, float]
    magnification: float
    magnification_error: float
    shift_mm: float
    shift_error_mm: float
    overlap_mm: float
    probability: float
    sure: bool
    lines_px: tuple[np.ndarray, np.ndarray]
    same_height_px: np.ndarray

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        sides = ("frontal", "lateral")
        return {
            "line_px": dict(zip(sides, (np.round(line, 1).tolist() for line in self.lines_px), strict=True)),
            "same_height": dict(zip(sides, np.round(self.same_height_px, 1).T.tolist(), strict=True)),
            "probability": round(self.probability, 4),
            "shift_mm": round(self.shift_mm, 2),
            "shift_error_mm": round(self.shift_error_mm, 2),
            "magnification": round(self.magnification, 4),
            "magnification_error": round(self.magnification_error, 4),
            "turn_deg": dict(zip(sides, (round(turn, 2) for turn in self.turns_deg), strict=True)),
            "overlap_mm": round(self.overlap_mm, 1),
        }


@dataclass(frozen=True, eq=False)
class _Picture:
    """One view as the network saw it, its turn taken back."""

    features: RowFeatures
    heights_mm: torch.Tensor
    seen: torch.Tensor
    half_width_mm: float
    turn_deg: float

    def column_mm(self, height_mm: float) -> float:
        spine = self.features.spine[0].numpy() * self.half_width_mm
        return float(np.interp(height_mm, self.heights_mm.numpy(), spine))


def align(
    model: AlignmentModel,
    radiographs: tuple[Radiograph, Radiograph],
    geometry: BiplanarGeometry,
    centres_px: tuple[tuple[float, float] | None, tuple[float, float] | None] = (None, None),
    magnification_spread: float = 0.1,
) -> Alignment:
    """Align a frontal and a lateral radiograph, both upright.

    Args:
        model: the networks.
        radiographs: frontal and lateral.
        geometry: as far as it is known.
        centres_px: points that are marked already, (column, row); what is None is found.
        magnification_spread: standard deviation, relative, of what is believed beforehand about the magnification of
            one view against the other.
    """
    views = geometry.views
    pictures = [_look(model, image, views[index], index) for index, image in enumerate(radiographs)]
    forwards, backwards = (
        model.rows.log_matches(one.features, other.features)[0] for one, other in (pictures, pictures[::-1])
    )
    marked = [
        None if at is None else _to_mm(at, view, picture.turn_deg)
        for at, view, picture in zip(centres_px, views, pictures, strict=True)
    ]
    heights_mm, seen = (tuple(getattr(picture, name) for picture in pictures) for name in ("heights_mm", "seen"))
    line = fit_line(
        forwards,
        backwards,
        heights_mm,
        seen,
        model.temperature,
        magnification_spread,
        None if marked[0] is None else marked[0][0],
    )
    scale, shift, scale_error, shift_error = line.best()
    low, high = line.overlap(heights_mm, seen)
    heights = _heights(line, marked, (low, high))
    probability = line.chance_within(shift, WITHIN_MM)
    centres = tuple(
        _to_px((at, picture.column_mm(at)), view, picture.turn_deg) if given is None else tuple(given)
        for at, given, picture, view in zip(heights, centres_px, pictures, views, strict=True)
    )
    return Alignment(
        centres_px=centres,
        turns_deg=tuple(picture.turn_deg for picture in pictures),
        magnification=scale,
        magnification_error=scale_error,
        shift_mm=line.about_mm + shift - scale * line.about_mm,
        shift_error_mm=shift_error,
        overlap_mm=max(0.0, high - low),
        probability=min(probability, MOST_CLAIMED),
        sure=bool(probability >= model.sure_from and high - low >= LEAST_OVERLAP_MM),
        lines_px=tuple(_spine_px(picture, view) for picture, view in zip(pictures, views, strict=True)),
        same_height_px=_same_height(pictures, views, scale, shift, line.about_mm, low, high),
    )


def _heights(line: Line, marked, overlap_mm: tuple[float, float]) -> tuple[float, float]:
    """Of the point, in both views: where one is marked, else in the middle of what both show."""
    scale, shift, _, _ = line.best()
    height = line.about_mm
    if marked[0] is None and marked[1] is not None:
        height = line.about_mm + (marked[1][0] - line.about_mm - shift) / scale
    elif marked[0] is None:
        height = sum(overlap_mm) / 2.0
    return height, line.about_mm + shift + scale * (height - line.about_mm)


def _look(model: AlignmentModel, image: Radiograph, view: ViewGeometry, index: int) -> _Picture:
    """A view as the network sees it. The frontal one is looked at again, its turn taken back, unless its file states
    how the detector stood: then a spine that leans is the patient's. How far the lateral one is turned cannot be told
    from the spine's curves."""
    first = _seen_by(model, image, view, index, 0.0)
    turn = _lean_deg(first) if index == 0 and image.primary_deg is None else 0.0
    return first if abs(turn) < LEAST_TURN_DEG else _seen_by(model, image, view, index, turn)


def _seen_by(model: AlignmentModel, image: Radiograph, view: ViewGeometry, index: int, turn_deg: float) -> _Picture:
    picture = thumbnail(image.pixels, image.mask, view.iso_spacing_mm, turn_deg)
    with torch.inference_mode():
        features = model.rows.examine(picture, index)
    rows, columns = picture.shape[1:]
    heights = row_heights_mm(rows)
    return _Picture(features, heights, picture[1].mean(1) >= LEAST_SEEN, columns * PITCH_MM / 2.0, turn_deg)


def _lean_deg(picture: _Picture) -> float:
    """By how much the spine leans clockwise; 0 where too little of it is seen, or it leans more than pictures do."""
    heights = picture.heights_mm[picture.seen].numpy()
    if len(heights) < 2 or np.ptp(heights) < LEAST_OVERLAP_MM:
        return 0.0
    columns = picture.features.spine[0].numpy()[picture.seen.numpy()] * picture.half_width_mm
    slope = np.polyfit(heights, columns, 1)[0]
    lean = -float(np.rad2deg(np.arctan(slope)))
    return lean if abs(lean) <= LARGEST_TURN_DEG else 0.0


def _to_px(at_mm: tuple[float, float], view: ViewGeometry, turn_deg: float) -> tuple[float, float]:
    """(row, column) mm from the middle of the picture put upright to (column, row) pixels of the radiograph."""
    angle = np.deg2rad(turn_deg)
    y, x = at_mm
    row, column = np.cos(angle) * y + np.sin(angle) * x, np.cos(angle) * x - np.sin(angle) * y
    row_mm, column_mm = view.iso_spacing_mm
    return float(column / column_mm + (view.columns - 1) / 2.0), float(row / row_mm + (view.rows - 1) / 2.0)


def _to_mm(at_px: tuple[float, float], view: ViewGeometry, turn_deg: float) -> tuple[float, float]:
    """Inverse of `_to_px`."""
    angle = np.deg2rad(turn_deg)
    row_mm, column_mm = view.iso_spacing_mm
    column, row = (at_px[0] - (view.columns - 1) / 2.0) * column_mm, (at_px[1] - (view.rows - 1) / 2.0) * row_mm
    return float(np.cos(angle) * row - np.sin(angle) * column), float(np.sin(angle) * row + np.cos(angle) * column)


def _spine_px(picture: _Picture, view: ViewGeometry) -> np.ndarray:
    seen = picture.heights_mm[picture.seen].numpy()[::4]
    return np.array([_to_px((height, picture.column_mm(height)), view, picture.turn_deg) for height in seen])


def _same_height(pictures, views, scale: float, shift: float, about: float, low: float, high: float) -> np.ndarray:
    """At the spine; a turned picture shows one height on an oblique line."""
    pairs = []
    for height in np.linspace(low, high, _HEIGHTS) if low < high else ():
        heights = (height, about + shift + scale * (height - about))
        pairs.append(
            [
                _to_px((at, picture.column_mm(at)), view, picture.turn_deg)[1]
                for at, picture, view in zip(heights, pictures, views, strict=True)
            ]
        )
    return np.array(pairs).reshape(-1, 2)
