"""Smooth irregularity that is fixed in mm, and CT noise that is not."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


class Wobble:
    """Sum of plane-wave products in mm: the same field on every grid, about +-1, standard deviation about 0.5."""

    def __init__(self, rng: np.random.Generator, wavelength_mm: float, waves: int = 3):
        self.waves = []
        for _ in range(waves):
            number = 2.0 * np.pi / (wavelength_mm * rng.uniform(0.7, 1.4, 3))
            self.waves.append((number, rng.uniform(0.0, 2.0 * np.pi, 3)))

    def __call__(self, superior: np.ndarray, posterior: np.ndarray, left: np.ndarray) -> np.ndarray:
        total = 0.0
        for number, phase in self.waves:
            total = total + (
                np.sin(number[0] * superior + phase[0]).astype(np.float32)
                * np.sin(number[1] * posterior + phase[1]).astype(np.float32)
                + np.sin(number[2] * left + phase[2]).astype(np.float32)
                * np.sin(number[1] * superior + phase[1]).astype(np.float32)
            )
        return total * np.float32(0.7 / np.sqrt(len(self.waves)))


def speckle(rng: np.random.Generator, shape, sigma_voxels: float) -> np.ndarray:
    """Smoothed Gaussian noise with unit standard deviation; differs between grids."""
    noise = rng.standard_normal(shape, dtype=np.float32)
    if sigma_voxels > 0.0:
        noise = ndimage.gaussian_filter(noise, sigma_voxels, truncate=2.5, mode="wrap")
        noise /= max(float(noise.std()), 1e-6)
    return noise
