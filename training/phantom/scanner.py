"""What a scanner does to the drawn values: blur, noise and streaks from metal."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.signal import fftconvolve

from .canvas import Canvas
from .labels import LABELS
from .texture import speckle

STREAK_REACH_MM = 60.0

SLICE_MM = (1.5, 5.0)
"""Thickness of the slices of a scan."""


def add_scanner(canvas: Canvas, rng: np.random.Generator, grain: np.random.Generator) -> None:
    """Blur by a random kernel within the slices and by their thickness along the body, and add noise of a random level.

    Slices that follow on each other without a gap, interpolated to this grid, blur like a Gaussian of
    0.5 times their thickness: a box (0.29) and the triangle of the interpolation (0.41) together.
    """
    blur_mm = rng.uniform(0.6, 1.6)
    level = rng.uniform(4.0, 22.0)
    thickness_mm = rng.uniform(*SLICE_MM)
    blur = np.array([0.5 * thickness_mm, blur_mm, blur_mm]) / canvas.spacing_mm
    canvas.hu = gaussian_filter(canvas.hu, blur, truncate=2.5)
    noise = speckle(grain, canvas.hu.shape, np.maximum(blur, 0.7))
    noise *= level
    noise[canvas.labels == LABELS["background"]] *= 0.5
    canvas.hu += noise


def add_streaks(canvas: Canvas, rng: np.random.Generator) -> None:
    """Add dark and bright streaks around metal in each axial slice."""
    strength = rng.uniform(0.0, 130.0)
    phases = rng.uniform(0.0, 2.0 * np.pi, 4)
    metal = canvas.labels == LABELS["implant"]
    rows = np.flatnonzero(metal.any(axis=(1, 2)))
    if not rows.size:
        return
    reach = int(np.ceil(STREAK_REACH_MM / canvas.spacing_mm))
    span = np.arange(-reach, reach + 1) * canvas.spacing_mm
    posterior, left = np.meshgrid(span, span, indexing="ij")
    angle, radius = np.arctan2(posterior, left), np.hypot(posterior, left)
    star = sum(np.cos(2.0 * order * angle + phase) for order, phase in zip((1, 2, 3, 5), phases, strict=True))
    fade = np.clip(1.0 - radius / STREAK_REACH_MM, 0.0, 1.0) / np.maximum(radius, 2.0 * canvas.spacing_mm)
    kernel = (star * fade * canvas.spacing_mm).astype(np.float32)
    part = metal[rows[0] : rows[-1] + 1].astype(np.float32)
    streaks = fftconvolve(part, kernel[None], mode="same", axes=(1, 2)) * (strength / 12.0 * canvas.spacing_mm)
    body = canvas.labels[rows[0] : rows[-1] + 1]
    streaks *= (body != LABELS["background"]) & (body != LABELS["implant"])
    canvas.hu[rows[0] : rows[-1] + 1] += np.clip(streaks, -350.0, 350.0)
