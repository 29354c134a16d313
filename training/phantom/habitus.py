"""The build of a person."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Habitus:
    """Shape of a body: `scale` of the skeleton, width and depth factors of the trunk, fat in mm, muscle HU."""

    scale: float
    breadth: float
    depth: float
    fat_mm: float
    belly_mm: float
    muscle_hu: float
    fat_hu: float
    female: bool


def sample_habitus(rng: np.random.Generator, scale: float) -> Habitus:
    """Random habitus, from lean to obese."""
    fat = float(np.clip(rng.lognormal(np.log(14.0), 0.55), 5.0, 48.0))
    belly = float(np.clip(rng.normal(18.0 + 0.9 * fat, 16.0), 0.0, 85.0))
    return Habitus(
        scale,
        rng.normal(1.0, 0.05),
        rng.normal(1.03, 0.06),
        fat,
        belly,
        rng.uniform(42.0, 62.0),
        rng.uniform(-115.0, -92.0),
        bool(rng.random() < 0.5),
    )
