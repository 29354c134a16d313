"""What a detector and its software make of line integrals, of many images at once, on any device."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from .sending import sent

SCATTER_MM = 30.0
"""Standard deviation of the blurred copy that scattered radiation adds."""

WIDE_PX = 3.0
"""Blurs wider than this work on a reduced image."""

LEAST_BLUR_PX = 0.2
"""A narrower blur changes nothing on a pixel grid."""

MARKER_PX = (6, 16)
"""Side lengths of a lead marker."""


@dataclass(frozen=True)
class AppearanceRange:
    """How a detector and its software change line integrals, and how wrong the stated geometry is.

    Gain and offset need no range: the network's input is standardised.

    Attributes:
        gamma: exponent of a tone curve over the image's own range.
        blur_mm: standard deviation of a Gaussian detector blur, from 0.
        noise: standard deviation of white noise relative to the image's, from 0.
        scatter: weight of a 30 mm blurred copy that flattens contrast, from 0.
        collimation: chance that a view is collimated; the open part keeps at least `open_part`.
        open_part: smallest open fraction of each side length.
        marker: chance of a bright lead marker.
        shift_mm, turn_deg, scale: standard deviations of an unknown in-plane shift, rotation and
            magnification error of the image (patient motion, wrong distances, wrong centre point).
    """

    gamma: tuple[float, float] = (0.7, 1.4)
    blur_mm: float = 1.0
    noise: float = 0.06
    scatter: float = 0.35
    collimation: float = 0.5
    open_part: float = 0.5
    marker: float = 0.2
    shift_mm: float = 1.0
    turn_deg: float = 0.8
    scale: float = 0.012

    def apply(
        self, image: torch.Tensor, mask: torch.Tensor, spacing_mm: float, rng: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Change iso-plane line integrals (rows, columns) and their validity mask as a detector would."""
        images, masks = change_appearance(image[None], mask[None], spacing_mm, self, rng)
        return images[0], masks[0]


@dataclass(frozen=True)
class _Draw:
    """The random numbers of one image: see `AppearanceRange` for what they mean.

    `marker` is (row, column, height, width, value), `window` the open (first row, end, first column, end).
    """

    affine: list[list[float]]
    gamma: float
    scatter: float
    blur_px: float
    noise: float
    noise_seed: int
    marker: tuple[int, int, int, int, float] | None
    window: tuple[int, int, int, int] | None


def change_appearance(
    images: torch.Tensor, masks: torch.Tensor, spacing_mm: float, ranges: AppearanceRange, rng: np.random.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Change images as detectors would, each with random numbers of its own.

    Args:
        images: (N, rows, columns) line integrals on the iso-plane, float32.
        masks: the same shape, 1 where the line integral is known, else 0.
        spacing_mm: pixel pitch.
        ranges: of the random numbers.
        rng: source of all random numbers; the noise's seed is drawn from it.

    Returns:
        Changed images, of any gain and offset, and their masks.
    """
    draws = [_draw(ranges, images.shape[1:], spacing_mm, rng) for _ in range(len(images))]

    def column(values) -> torch.Tensor:
        return sent(list(values), images.device).view(-1, 1, 1)

    images, masks = _displaced(images, masks, [draw.affine for draw in draws])
    low, high = images.amin((1, 2), keepdim=True), images.amax((1, 2), keepdim=True)
    unit = ((images - low) / (high - low).clamp(min=1e-6)) ** column(draw.gamma for draw in draws)
    scatter = column(draw.scatter for draw in draws)
    unit = (1.0 - scatter) * unit + scatter * _wide_blur(unit, SCATTER_MM / spacing_mm)
    unit = _blurred(unit, [draw.blur_px for draw in draws])
    noise = column(draw.noise for draw in draws) * unit.std((1, 2), keepdim=True)
    unit = unit + noise * _white_noise(unit, [draw.noise_seed for draw in draws])
    for image, mask, draw in zip(unit, masks, draws, strict=True):
        if draw.marker:
            row, column_, height, width, value = draw.marker
            image[row : row + height, column_ : column_ + width] = value
        if draw.window:
            top, bottom, left, right = draw.window
            mask[:top], mask[bottom:], mask[:, :left], mask[:, right:] = 0.0, 0.0, 0.0, 0.0
    return unit, masks


def _draw(ranges: AppearanceRange, shape, spacing_mm: float, rng: np.random.Generator) -> _Draw:
    turn = np.deg2rad(rng.normal(0.0, ranges.turn_deg))
    grow = 1.0 + rng.normal(0.0, ranges.scale)
    shift = rng.normal(0.0, ranges.shift_mm, 2) / (shape[0] * spacing_mm / 2.0)
    affine = [
        [grow * np.cos(turn), -grow * np.sin(turn), shift[0]],
        [grow * np.sin(turn), grow * np.cos(turn), shift[1]],
    ]
    gamma = float(rng.uniform(*ranges.gamma))
    scatter = rng.uniform(0.0, ranges.scatter)
    blur_px = rng.uniform(0.0, ranges.blur_mm) / spacing_mm
    noise_seed, noise = int(rng.integers(2**31)), rng.uniform(0.0, ranges.noise)
    marker = window = None
    if rng.random() < ranges.marker:
        height, width = (int(value) for value in rng.integers(*MARKER_PX, 2))
        row, column = (int(rng.integers(0, length - MARKER_PX[1])) for length in shape)
        marker = (row, column, height, width, float(rng.uniform(0.9, 1.3)))
    if rng.random() < ranges.collimation:
        window = (*_open_part(shape[0], ranges.open_part, rng), *_open_part(shape[1], ranges.open_part, rng))
    return _Draw(affine, gamma, scatter, blur_px, noise, noise_seed, marker, window)


def _open_part(length: int, smallest: float, rng: np.random.Generator) -> tuple[int, int]:
    size = rng.uniform(smallest, 1.0) * length
    start = np.clip(rng.normal((length - size) / 2.0, 0.05 * length), 0.0, length - size)
    return int(start), int(start + size)


def _displaced(images: torch.Tensor, masks: torch.Tensor, affines: list) -> tuple[torch.Tensor, torch.Tensor]:
    both = torch.stack([images, masks], 1)
    affine = sent(affines, images.device)
    where = F.affine_grid(affine, list(both.shape), align_corners=False)
    moved = F.grid_sample(both, where, padding_mode="border", align_corners=False)
    return moved[:, 0], (moved[:, 1] > 0.99).float()


def _white_noise(like: torch.Tensor, seeds: list[int]) -> torch.Tensor:
    generator = torch.Generator(like.device)
    shape, device = like.shape[1:], like.device
    return torch.stack([torch.randn(shape, generator=generator.manual_seed(seed), device=device) for seed in seeds])


def _kernels(sigmas_px: list[float], device: torch.device) -> torch.Tensor:
    """Gaussian kernels (N, taps) of one length; a sigma of 0 gives the identity."""
    radius = max(1, math.ceil(3.0 * max(sigmas_px)))
    place = torch.arange(-radius, radius + 1, device=device)
    sigma = sent(sigmas_px, device).clamp(min=1e-3)[:, None]
    kernels = torch.exp(-0.5 * (place / sigma) ** 2)
    return kernels / kernels.sum(1, keepdim=True)


def _blurred(images: torch.Tensor, sigmas_px: list[float]) -> torch.Tensor:
    """Gaussian blur of (N, rows, columns), each by its own standard deviation; edges are repeated."""
    sigmas_px = [0.0 if sigma < LEAST_BLUR_PX else sigma for sigma in sigmas_px]
    if not any(sigmas_px):
        return images
    kernels = _kernels(sigmas_px, images.device)
    radius = kernels.shape[1] // 2
    padded = F.pad(images[None], (radius,) * 4, mode="replicate")
    down, across = kernels[:, None, :, None], kernels[:, None, None, :]
    return F.conv2d(F.conv2d(padded, down, groups=len(images)), across, groups=len(images))[0]


def _wide_blur(images: torch.Tensor, sigma_px: float) -> torch.Tensor:
    """Gaussian blur of (N, rows, columns) by many pixels, worked out on a reduced image."""
    reduce = max(1, int(sigma_px / WIDE_PX))
    small = F.avg_pool2d(images[:, None], reduce)[:, 0] if reduce > 1 else images
    small = _blurred(small, [sigma_px / reduce] * len(images))
    return F.interpolate(small[:, None], size=images.shape[1:], mode="bilinear", align_corners=False)[:, 0]
