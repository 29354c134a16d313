"""Pairs of images that are not the two radiographs of a spine that a model expects."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from Diff2CTCore.geometry import MU_WATER_PER_MM, IsoPlane

from .observation import Observation

Stranger = Callable[[Observation, np.random.Generator], Observation]

PHOTOGRAPHS = ("astronaut", "camera", "chelsea", "coffee", "coins", "rocket")
"""Of those that scikit-image carries with it."""

THIGH_MM, FEMUR_MM, MARROW_MM = (65.0, 90.0), (13.0, 16.0), (6.0, 8.0)
"""Radii, lowest and highest."""

CORTICAL_MU = 2.6 * MU_WATER_PER_MM
"""Attenuation of cortical bone, about 1600 HU."""


def _exchanged(observation: Observation, _: np.random.Generator) -> Observation:
    return replace(observation, images=observation.images.flip(0), masks=observation.masks.flip(0))


def _twice(observation: Observation, _: np.random.Generator) -> Observation:
    images, masks = (part[:1].expand(2, -1, -1).contiguous() for part in (observation.images, observation.masks))
    return replace(observation, images=images, masks=masks)


def _negative(observation: Observation, _: np.random.Generator) -> Observation:
    return replace(observation, images=observation.images.amax((1, 2), keepdim=True) - observation.images)


def _upside_down(observation: Observation, _: np.random.Generator) -> Observation:
    return replace(observation, images=observation.images.flip(1), masks=observation.masks.flip(1))


def _thigh(observation: Observation, rng: np.random.Generator) -> Observation:
    """A thigh and its femur as upright cylinders, seen in parallel rays."""
    radii = [rng.uniform(*span) for span in (THIGH_MM, FEMUR_MM, MARROW_MM)]
    weights = (MU_WATER_PER_MM, CORTICAL_MU - MU_WATER_PER_MM, MU_WATER_PER_MM - CORTICAL_MU)
    images = []
    for _ in range(2):
        across = observation.plane.columns_mm() - rng.normal(0.0, 10.0)
        chords = [2.0 * np.sqrt(np.maximum(radius**2 - across**2, 0.0)) for radius in radii]
        row = sum(weight * chord for weight, chord in zip(weights, chords, strict=True))
        images.append(np.tile(row, (observation.plane.rows, 1)))
    return _with_images(observation, images)


def _photographs(observation: Observation, rng: np.random.Generator) -> Observation:
    return _with_images(
        observation, [_photograph(name, observation.plane) for name in rng.choice(PHOTOGRAPHS, 2, replace=False)]
    )


def _photograph(name: str, plane: IsoPlane) -> np.ndarray:
    from skimage import data
    from skimage.color import rgb2gray
    from skimage.transform import resize

    pixels = getattr(data, name)()
    return resize(rgb2gray(pixels) if pixels.ndim == 3 else pixels / 255.0, (plane.rows, plane.columns))


def _with_images(observation: Observation, images: list[np.ndarray]) -> Observation:
    tensor = torch.from_numpy(np.stack(images).astype(np.float32))
    return replace(observation, images=tensor, masks=torch.ones_like(tensor))


STRANGERS: dict[str, Stranger] = {
    "AP and lateral exchanged": _exchanged,
    "wrong view: the AP radiograph twice": _twice,
    "inverted polarity": _negative,
    "upside down": _upside_down,
    "wrong anatomy: a thigh": _thigh,
    "photographs": _photographs,
}
