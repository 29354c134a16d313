"""How a picture passes from a shadow to the field about an edge whose course is known roughly."""

from __future__ import annotations

import numpy as np

LEAST_STRIPS = 8
RIM = 0.02
"""Of the picture, what is left out at its own border, where detectors fade."""

_AROUND = np.arange(-12, 33)
_FIRST, _LAST = 12, 29  # of _AROUND: the edge itself, the last pixel whose gradient is looked at
_MADE_BRIGHT, _MADE_DARK = 0.8, 0.5
"""Part of the step from shadow to field after which the field begins. Where values are logarithms, the penumbra of a
shadow that is denser than the field seems to begin further out than the beam does."""


def bend_of(t: np.ndarray, place: np.ndarray, weight: np.ndarray, length: float) -> float:
    """How far the middle of a parabola through the places departs from a line between its ends."""
    return abs(float(np.polyfit(t, place, 2, w=weight)[0])) * length**2 / 4.0


def settle(profiles: np.ndarray, gradient: np.ndarray, t: np.ndarray, line: np.ndarray, seen: np.ndarray):
    """How the profiles pass from the shadow to the field, common to neighbouring strips.

    Args:
        profiles, gradient: (strips, columns), and the size of its change from column to column.
        t: where the strips lie along the side.
        line: (slope, offset) of the steepest places.
        seen: which strips can show the edge.

    Returns: (line where the field begins, from there to the end of the transition, its width, how far the edge bends),
    all in pixels; None where no transition is seen.
    """
    rows = np.flatnonzero(seen & (np.polyval(line, t) > 3.0))
    if len(rows) < LEAST_STRIPS:
        return None
    steep, values = (_aligned(part[rows], np.polyval(line, t[rows])) for part in (gradient, profiles))
    groups = np.array_split(np.arange(len(rows)), np.clip(len(rows) // 8, 1, 6))
    found = [(_transition(steep[part], values[part]), t[rows][part].mean()) for part in groups]
    found = [(transition, middle) for transition, middle in found if transition is not None]
    whole = _transition(steep, values)
    if whole is None or not found:
        return None
    begins, feet, heights = (np.array([transition[k] for transition, _ in found]) for k in (0, 1, 3))
    middles, trust = np.array([middle for _, middle in found]), np.sqrt(heights)
    if len(found) < 3:
        shift, bend = np.array([0.0, np.average(begins, weights=trust)]), np.inf
    else:
        bend = bend_of(middles, begins, trust, float(np.ptp(t[rows])))
        weight = trust
        for _ in range(3):
            shift = np.polyfit(middles, begins, 1, w=weight)
            weight = trust / (1.0 + (begins - np.polyval(shift, middles)) ** 2)
    return line + shift, float(np.median(feet)), float(whole[2]), bend


def _aligned(profiles: np.ndarray, place: np.ndarray) -> np.ndarray:
    """(strips, around) values about the edge, from linear interpolation; the picture's last pixel goes on beyond it."""
    column = np.clip(place[:, None] + _AROUND, 0.0, profiles.shape[1] - 1.001)
    left = column.astype(int)
    part = column - left
    low, high = (np.take_along_axis(profiles, left + k, axis=1) for k in (0, 1))
    return low * (1.0 - part) + high * part


def _transition(steep: np.ndarray, values: np.ndarray) -> tuple[float, float, float, float] | None:
    """(where the field begins, from there to the transition's end, width, height) about the edge of some strips."""
    slope, value = np.median(steep, axis=0)[:_LAST], np.median(values, axis=0)
    peak = 7 + int(slope[7:18].argmax())
    outside, inside = slope[3 : peak + 1].min(), min(float(np.median(slope[peak + 6 :])), 0.7 * slope[peak])
    excess = slope - np.where(np.arange(_LAST) <= peak, outside, inside) - 0.08 * slope[peak]
    if excess[peak] <= 0.0:
        return None
    first = last = peak
    while first > 0 and excess[first - 1] > 0.0:
        first -= 1
    while last < _LAST - 1 and excess[last + 1] > 0.0:
        last += 1
    made = np.concatenate(([0.0], np.cumsum(excess[first : last + 1])))

    def where(part: float) -> float:
        return _AROUND[first] - 0.5 + float(np.interp(part, made / made[-1], np.arange(len(made))))

    brighter = value[max(first - 2, 0) : first + 1].mean() > value[last : last + 3].mean()
    begins = where(_MADE_BRIGHT if brighter else _MADE_DARK)
    return begins, where(0.95) - begins, where(0.9) - where(0.1), float(slope[peak])


def look(profiles: np.ndarray, t: np.ndarray, place: np.ndarray, width: float, scale: float) -> dict:
    """What else `ShadowEdge` tells, from the strips on the line.

    Args:
        profiles, t: of those strips; place: where the line crosses each.
        width: of the transition.
        scale: range of the picture's values.
    """
    size = profiles.shape[1]
    column, rim = np.arange(size), max(3, int(RIM * size))
    last = np.maximum(np.floor(place - width) - 1, rim + 2)[:, None]
    shadow = np.where((column >= rim) & (column < last), profiles, np.nan)
    level = np.nanmedian(shadow, axis=1)
    early = (column >= rim) & (column < rim + (last - rim) / 3)
    late = (column >= last - (last - rim) / 3) & (column < last)
    shading = np.abs(_mean(profiles, late) - _mean(profiles, early)) * 1.5
    along = t / np.abs(t).max()
    stray = level - np.polyval(np.polyfit(along, level, 2), along)
    kept = np.abs(stray) <= 3.0 * np.median(np.abs(stray))
    if kept.sum() >= LEAST_STRIPS:
        stray = level - np.polyval(np.polyfit(along[kept], level[kept], 2), along)
    departure = _aligned(profiles, place)[:, _FIRST:] - level[:, None]
    common = np.abs(np.median(departure, axis=0))
    near, far = np.abs(departure[:, 2]), np.abs(departure[:, 6])
    return {
        "depth": float(np.median(place)) / size,
        "level": float(np.median(level)),
        "roughness": 1.4826 * float(np.median(np.abs(stray))) / scale,
        "span": float(np.ptp(np.quantile(level, [0.05, 0.95]))) / scale,
        "shading": float(np.median(shading)) / scale if np.median(last) >= rim + 6 else 0.0,
        "step": float(np.quantile(np.abs(departure[:, :14]).max(axis=1), 0.2)) / scale,
        "full": float(common[8] / max(common[8:].max(), 1e-9 * scale)),
        "sharp": float((near >= 0.8 * far).mean()),
    }


def _mean(profiles: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    return (profiles * chosen).sum(axis=1) / np.maximum(chosen.sum(axis=1), 1)
