"""Random patients, X-ray geometry and radiograph appearance: what the model must survive.

Every range is a field with a unit, so that a configuration can change it and a model card can state it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from Diff2CTCore.geometry import ViewGeometry
from Diff2CTCore.isoplane import source_spl_mm


@dataclass(frozen=True)
class AugmentationRange:
    """Changes to a real CT that leave a plausible patient. Each is uniform within +-.

    Attributes:
        turn_deg: rotation about each axis.
        scale: relative change of size along each axis.
        centre_mm: shift of the volume's centre from the spine (superior is free along the spine).
        bone_gain: relative change of HU above 100 (density, tube voltage).
        mirror: chance of a left-right mirror image.
    """

    turn_deg: float = 8.0
    scale: float = 0.12
    centre_mm: float = 14.0
    bone_gain: float = 0.25
    mirror: float = 0.5


@dataclass(frozen=True)
class GeometryRange:
    """Where sources stand. Uniform within (low, high) unless said otherwise.

    Attributes:
        sid_mm: source to detector.
        sod_over_sid: SOD as a fraction of SID; C-arms are near 0.6, wall stands near 0.9.
        angle_deg: primary and secondary deviation from the nominal view, each within +-angle_deg.
        miscentring_mm: sideways distance of the principal ray from the volume's centre, within +-.
    """

    sid_mm: tuple[float, float] = (950.0, 1850.0)
    sod_over_sid: tuple[float, float] = (0.62, 0.92)
    angle_deg: float = 6.0
    miscentring_mm: float = 40.0

    def sample_source(self, view: str, rng: np.random.Generator) -> np.ndarray:
        """A source as (superior, posterior, left) mm about the volume's centre, shape (3,)."""
        sid = rng.uniform(*self.sid_mm)
        sod = sid * rng.uniform(*self.sod_over_sid)
        offset = rng.uniform(-self.miscentring_mm, self.miscentring_mm, 2) * sid / sod
        geometry = ViewGeometry(
            view=view,
            rows=1,
            columns=1,
            pixel_spacing_mm=(1.0, 1.0),
            sid_mm=sid,
            sod_mm=sod,
            primary_deg=rng.uniform(-self.angle_deg, self.angle_deg),
            secondary_deg=rng.uniform(-self.angle_deg, self.angle_deg),
            centre_px=tuple(offset),
        )
        return source_spl_mm(geometry)


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
        image, mask = self._displace(image, mask, spacing_mm, rng)
        low, high = image.min(), image.max()
        unit = (image - low) / (high - low).clamp(min=1e-6)
        unit = unit ** float(rng.uniform(*self.gamma))
        scatter = rng.uniform(0.0, self.scatter)
        unit = (1.0 - scatter) * unit + scatter * _blur(unit, 30.0 / spacing_mm)
        unit = _blur(unit, rng.uniform(0.0, self.blur_mm) / spacing_mm)
        generator = torch.Generator().manual_seed(int(rng.integers(2**31)))
        unit = unit + rng.uniform(0.0, self.noise) * unit.std() * torch.randn(unit.shape, generator=generator)
        if rng.random() < self.marker:
            unit = self._add_marker(unit, rng)
        if rng.random() < self.collimation:
            mask = mask * self._collimator(mask.shape, rng)
        return unit, mask

    def _displace(self, image, mask, spacing_mm, rng):
        turn = np.deg2rad(rng.normal(0.0, self.turn_deg))
        grow = 1.0 + rng.normal(0.0, self.scale)
        half_mm = image.shape[0] * spacing_mm / 2.0
        shift = rng.normal(0.0, self.shift_mm, 2) / half_mm
        affine = [
            [grow * np.cos(turn), -grow * np.sin(turn), shift[0]],
            [grow * np.sin(turn), grow * np.cos(turn), shift[1]],
        ]
        where = F.affine_grid(torch.tensor([affine], dtype=torch.float32), [1, 1, *image.shape], align_corners=False)
        both = torch.stack([image, mask])[None]
        moved = F.grid_sample(both, where.float(), padding_mode="border", align_corners=False)[0]
        return moved[0], (moved[1] > 0.99).float()

    def _collimator(self, shape, rng) -> torch.Tensor:
        open_mask = torch.zeros(shape)
        edges = []
        for length in shape:
            size = rng.uniform(self.open_part, 1.0) * length
            start = np.clip(rng.normal((length - size) / 2.0, 0.05 * length), 0.0, length - size)
            edges.append(slice(int(start), int(start + size)))
        open_mask[tuple(edges)] = 1.0
        return open_mask

    @staticmethod
    def _add_marker(image, rng) -> torch.Tensor:
        height, width = (int(value) for value in rng.integers(6, 16, 2))
        row, column = (int(rng.integers(0, length - 16)) for length in image.shape)
        image = image.clone()
        image[row : row + height, column : column + width] = float(rng.uniform(0.9, 1.3))
        return image


def _blur(image: torch.Tensor, sigma_px: float) -> torch.Tensor:
    """Gaussian blur of (rows, columns); wide kernels work on a reduced image."""
    if sigma_px < 0.2:
        return image
    reduce = max(1, int(sigma_px / 3.0))
    small = F.avg_pool2d(image[None, None], reduce) if reduce > 1 else image[None, None]
    sigma = sigma_px / reduce
    radius = int(np.ceil(3.0 * sigma))
    kernel = torch.exp(-0.5 * (torch.arange(-radius, radius + 1) / sigma) ** 2)
    kernel = kernel / kernel.sum()
    small = F.pad(small, (radius,) * 4, mode="replicate")
    small = F.conv2d(F.conv2d(small, kernel.view(1, 1, -1, 1)), kernel.view(1, 1, 1, -1))
    if reduce > 1:
        small = F.interpolate(small, size=image.shape, mode="bilinear", align_corners=False)
    return small[0, 0]
