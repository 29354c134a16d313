"""Smooth irregularity that is fixed in mm, and CT noise that is not."""

from __future__ import annotations

import numpy as np
from scipy import ndimage


class Wobble:
    """Sum of plane waves in random directions: the same field in mm on every grid, mean 0, standard deviation 0.5."""

    def __init__(self, rng: np.random.Generator, wavelength_mm: float, waves: int = 12):
        direction = rng.standard_normal((waves, 3))
        direction /= np.linalg.norm(direction, axis=1, keepdims=True)
        self.numbers = direction * (2.0 * np.pi / (wavelength_mm * rng.uniform(0.7, 1.4, (waves, 1))))
        self.phases = rng.uniform(0.0, 2.0 * np.pi, waves)

    def __call__(self, mesh) -> np.ndarray:
        """Field on an open mesh (superior, posterior, left) in mm."""
        factors = [np.exp(1j * np.outer(np.ravel(axis), self.numbers[:, number])) for number, axis in enumerate(mesh)]
        factors[0] = factors[0] * np.exp(1j * self.phases)
        pairs = (factors[0][:, None, :] * factors[1][None, :, :]).reshape(-1, len(self.phases))
        rows = np.concatenate([pairs.real, -pairs.imag], axis=1).astype(np.float32)
        columns = np.concatenate([factors[2].real, factors[2].imag], axis=1).astype(np.float32)
        field = rows @ columns.T * np.float32(0.5 * np.sqrt(2.0 / len(self.phases)))
        return field.reshape([np.size(axis) for axis in mesh])


def speckle(rng: np.random.Generator, shape, sigma_voxels) -> np.ndarray:
    """Gaussian noise smoothed by `sigma_voxels` (number or one per axis), with unit standard deviation.

    It differs between grids.
    """
    noise = rng.standard_normal(shape, dtype=np.float32)
    if np.any(np.greater(sigma_voxels, 0.0)):
        noise = ndimage.gaussian_filter(noise, sigma_voxels, truncate=2.5, mode="wrap")
        noise /= max(float(noise.std()), 1e-6)
    return noise
