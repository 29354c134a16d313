"""A marker ball beside the spine, as two detectors see it, and what a user would mark in the pictures."""

import numpy as np
from ball import MU, chords

from Diff2CTCore.geometry import BiplanarGeometry, ViewGeometry

DIAMETER_MM = 25.0
PLACE_RAS = (0.0, 0.0, 40.0)
"""At the depth of the volume's centre in both views."""

TRUE = BiplanarGeometry(
    ViewGeometry("AP", 700, 600, (0.25, 0.25), sid_mm=1180.0, sod_mm=930.0),
    ViewGeometry("LL", 640, 680, (0.3, 0.3), sid_mm=1500.0, sod_mm=1200.0),
)


def picture(view):
    """uint16 (rows, columns), the ball's line integrals by its exact chords, over a body whose thickness varies."""
    body = np.linspace(0.5, 3.0, view.rows)[:, None] + np.linspace(0.0, 0.5, view.columns)
    integrals = body + MU * chords(view, PLACE_RAS, DIAMETER_MM / 2.0)
    return np.round(integrals / integrals.max() * 65535.0).astype(np.uint16)


def known_length(view):
    """Both ends of the ball's horizontal diameter in the picture, and its true length."""
    seen = chords(view, PLACE_RAS, DIAMETER_MM / 2.0) > 0.0
    rows = np.flatnonzero(seen.any(axis=1))
    row = int(rows.mean())
    columns = np.flatnonzero(seen[row])
    return columns[0] - 0.5, float(row), columns[-1] + 0.5, float(row), DIAMETER_MM
