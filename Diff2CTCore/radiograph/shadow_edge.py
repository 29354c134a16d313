"""The straight edge of a shadow along one side of a picture: where it runs, and how it looks on both sides.

The picture is cut across the side into strips, and the median along each strip gives its profile. In a shadow a
profile stays quiet from the side of the picture to the edge, and the places where the strips cease to be quiet lie on a
line. Nothing here says that the shadow is a collimator's; `collimator.py` judges that from what is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from .shadow_transition import LEAST_STRIPS, RIM, bend_of, look, settle

STRIPS = 64
DEEPEST = 0.5
"""Of the picture, how far an edge is looked for."""

_QUIET = (0.02, 0.03, 0.05, 0.08, 0.13)
"""Steps, as parts of the picture's range, above which a profile is no longer quiet; noise decides which serves."""

_SLOPES = np.tan(np.radians(np.linspace(-6.5, 6.5, 79)))
_BOX, _CLIMB, _TOLERANCE = 4, 8, 2.0
_LEAST_SEEN = 0.35
"""Of the strips, how many must show the edge; the others may lie in the shadow of another side."""


@dataclass(frozen=True, eq=False)
class ShadowEdge:
    """One edge, in pixels of the picture that was searched and parts of its range.

    Attributes:
        offset, slope: the edge lies `offset + slope * t` from the side's outermost pixel, t along the side from its
            middle.
        foot: how far inside the edge the transition ends; `width`: of the transition, from its tenth to nine tenths.
        bend: how far the edge departs from a line, at the middle of a parabola.
        support: part of the strips in which the edge lies on the line, of those that can show it.
        unseen: parts of the strips, at the side's beginning and at its end, in which nothing is seen of an edge.
        depth: median distance of the edge from the side, as part of the picture.
        level: median value of the shadow.
        roughness, span: of the shadow's level along the side, about a parabola and in all.
        shading: change of the shadow's level from the picture's side to the edge.
        step: departure from the shadow's level just inside the edge, reached in four strips of five.
        full: part of the departure within about 30 pixels that is reached 8 pixels inside the edge.
        sharp: part of the strips in which nearly all of the step is made two pixels inside the edge.
    """

    offset: float
    slope: float
    foot: float
    width: float
    bend: float
    support: float
    unseen: tuple[float, float]
    depth: float
    level: float
    roughness: float
    span: float
    shading: float
    step: float
    full: float
    sharp: float

    def place(self, t):
        """Distance of the edge from the side at `t` from the side's middle."""
        return self.offset + self.slope * t


def find_shadow_edge(picture: np.ndarray, scale: float) -> ShadowEdge | None:
    """The edge of a shadow along the left side of a picture, or None where nothing looks like one.

    Args:
        picture: float (rows, columns), at least 128 x 128.
        scale: range of the picture's values, positive.
    """
    profiles, t = _strips(picture)
    found = _first_departures(profiles, t, scale)
    if found is None:
        return None
    line, on_line, seen, support = found
    gradient = np.abs(np.gradient(_smoothed(profiles), axis=1))
    straightened = _along_the_steepest(gradient, t, line, seen)
    settled = None if straightened is None else settle(profiles, gradient, t, straightened[0], seen)
    if settled is None:
        return None
    line, foot, width, bend = settled
    rows = np.flatnonzero(on_line)
    return ShadowEdge(
        offset=float(line[1]),
        slope=float(line[0]),
        foot=foot,
        width=width,
        bend=min(bend, straightened[1]),
        support=support,
        unseen=(float(seen.argmax()) / STRIPS, float(seen[::-1].argmax()) / STRIPS),
        **look(profiles[rows], t[rows], np.polyval(line, t[rows]), width, scale),
    )


def _strips(picture: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(STRIPS, columns) medians across strips, and where the strips lie along the side, from its middle."""
    rows = picture.shape[0] // STRIPS
    first = (picture.shape[0] - rows * STRIPS) // 2
    profiles = np.median(picture[first : first + rows * STRIPS].reshape(STRIPS, rows, -1), axis=1)
    return profiles, first + rows * (np.arange(STRIPS) + 0.5) - picture.shape[0] / 2.0


def _smoothed(profiles: np.ndarray) -> np.ndarray:
    padded, size = np.pad(profiles, ((0, 0), (2, 2)), mode="edge"), profiles.shape[1]
    return sum(part * padded[:, k : k + size] for k, part in enumerate((1 / 12, 0.25, 1 / 3, 0.25, 1 / 12)))


def _first_departures(profiles: np.ndarray, t: np.ndarray, scale: float):
    """(line, strips on it, strips that can show it, support) of the best supported line of first departures."""
    total = np.pad(np.cumsum(profiles, axis=1, dtype=np.float64), ((0, 0), (1, 0)))
    size = profiles.shape[1]
    middle = np.arange(_BOX, size - _BOX)
    step = np.zeros(profiles.shape)
    step[:, middle] = np.abs(
        total[:, middle + _BOX + 1] - total[:, middle + 1] - total[:, middle] + total[:, middle - _BOX]
    ) / (_BOX * scale)
    best = None
    for quiet, rim in product(_QUIET, (_BOX + 1, int(RIM * size) + _BOX + 1)):
        found = _departures(step, t, quiet, rim)
        if found is not None and (best is None or found[3] > best[3] + 0.02):
            best = found
    return best


def _departures(step: np.ndarray, t: np.ndarray, quiet: float, rim: int):
    """As `_first_departures`, for one step and one rim that is left out."""
    over = step[:, rim : int(DEEPEST * step.shape[1])] > quiet
    ends = np.flatnonzero(over.any(axis=1))
    if len(ends) < _LEAST_SEEN * STRIPS:
        return None
    first = over.argmax(axis=1) + rim
    climb = np.minimum(first[:, None] + np.arange(_CLIMB), step.shape[1] - 1)
    place = (first + np.take_along_axis(step, climb, axis=1).argmax(axis=1)).astype(float)
    place[~over.any(axis=1)] = np.inf
    # Strips without any departure at either end of the side lie in the shadow of another side.
    seen = np.zeros(STRIPS, dtype=bool)
    seen[ends[0] : ends[-1] + 1] = True
    line = _voted(place[ends], t[ends])
    visible = seen & (np.polyval(line, t) >= rim + 2)
    on_line = visible & (np.abs(place - np.polyval(line, t)) <= _TOLERANCE)
    if visible.sum() < _LEAST_SEEN * STRIPS or on_line.sum() < LEAST_STRIPS:
        return None
    return line, on_line, seen, float(on_line.sum() / visible.sum())


def _voted(place: np.ndarray, t: np.ndarray) -> np.ndarray:
    """(slope, offset) of the line that most places lie near."""
    offsets = np.sort(place[None] - _SLOPES[:, None] * t[None], axis=1)
    near = offsets[:, None, :] <= offsets[:, :, None] + 2.0 * _TOLERANCE
    votes = near.sum(axis=2) - np.arange(len(place))
    best, first = np.unravel_index(votes.argmax(), votes.shape)
    line = np.array([_SLOPES[best], offsets[best, first : first + votes[best, first]].mean()])
    for _ in range(2):
        on_line = np.abs(place - np.polyval(line, t)) <= _TOLERANCE + 0.5
        if on_line.sum() < LEAST_STRIPS:
            break
        line = np.polyfit(t[on_line], place[on_line], 1)
    return line


def _along_the_steepest(gradient: np.ndarray, t: np.ndarray, line: np.ndarray, seen: np.ndarray):
    """The line moved to where the profiles are steepest, strips that stray left out."""
    for reach in (6, 4):
        rows = np.flatnonzero(seen & (np.polyval(line, t) > reach + 1))
        if len(rows) < LEAST_STRIPS:
            return None
        near = np.round(np.polyval(line, t[rows])[:, None] + np.arange(-reach, reach + 1)).astype(int)
        near = np.clip(near, 0, gradient.shape[1] - 1)
        steep = np.take_along_axis(gradient[rows], near, axis=1)
        place, weight = (
            near[np.arange(len(rows)), steep.argmax(axis=1)].astype(float),
            np.sqrt(steep.max(axis=1) + np.finfo(float).tiny),
        )
        kept = np.ones(len(rows), dtype=bool)
        for _ in range(4):
            line = np.polyfit(t[rows][kept], place[kept], 1, w=weight[kept])
            stray = np.abs(place - np.polyval(line, t[rows]))
            kept = stray <= max(1.5, 2.5 * float(np.median(stray)))
    return line, bend_of(t[rows][kept], place[kept], weight[kept], float(np.ptp(t[rows])))
