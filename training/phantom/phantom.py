"""A random patient, drawn as CT values and labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter

from Diff2CTCore.hounsfield import HU_MAX, HU_MIN
from training.phantom.abdomen import paint_abdomen
from training.phantom.canvas import Canvas
from training.phantom.chest import paint_chest
from training.phantom.habitus import sample_habitus
from training.phantom.implants import paint_cement, paint_screws
from training.phantom.labels import LEVELS
from training.phantom.layers import paint_torso
from training.phantom.morphometry import SIZE_RANGE
from training.phantom.muscles import paint_muscles, paint_nerve_roots
from training.phantom.painter import Painter
from training.phantom.pelvis import paint_hips, paint_sacrum
from training.phantom.ribcage import paint_ribs, paint_shoulder
from training.phantom.soft_spine import canal_path, paint_canal, paint_disc
from training.phantom.spine import SACRUM, Vertebra, sample_curve, sample_sizes, stack_vertebrae
from training.phantom.texture import speckle
from training.phantom.torso import Torso
from training.phantom.vertebra import BoneLook, paint_vertebra
from training.phantom.vessels import paint_vessels

REGIONS: dict[str, tuple[str, ...]] = {
    "thoracic": ("T5", "T6", "T7", "T8", "T9"),
    "thoracolumbar": ("T10", "T11", "T12", "L1"),
    "lumbar": ("L2", "L3", "L4"),
}
"""Levels on which the grid is centred, per region."""


@dataclass(frozen=True)
class Phantom:
    """A drawn patient.

    `hu` is int16 and `labels` uint8, both (superior, posterior, left); the grid's centre is the middle of the body of
    `centre_level`. `description` says what was drawn, in plain values.
    """

    hu: np.ndarray
    labels: np.ndarray
    spacing_mm: float
    centre_level: str
    description: dict


def make_phantom(
    seed: int, shape: tuple[int, int, int] = (128, 128, 128), spacing_mm: float = 2.0, region: str | None = None
) -> Phantom:
    """Draw the patient of a seed on a grid of `shape` voxels (superior, posterior, left) of `spacing_mm`.

    `region` is "lumbar", "thoracic", "thoracolumbar" or None for a random one. The anatomy depends on the seed and the
    region alone, the texture on the grid too. Raises ValueError for an unknown region.
    """
    if region is not None and region not in REGIONS:
        raise ValueError(f"region must be one of {', '.join(REGIONS)} or None, not {region!r}.")
    streams = iter(np.random.default_rng(seed).spawn(24))
    rng = next(streams)
    drawn_region = str(rng.choice(list(REGIONS), p=[0.3, 0.25, 0.45]))
    region = region or drawn_region
    level = int(rng.integers(0, 1000))
    centre_level = REGIONS[region][level % len(REGIONS[region])]
    scale = float(np.clip(rng.normal(1.0, 0.07), *SIZE_RANGE))
    curve = sample_curve(next(streams))
    sizes = sample_sizes(next(streams), scale)
    fractures, slips = _sample_damage(next(streams))
    vertebrae, plate, plate_frame = stack_vertebrae(curve, sizes, LEVELS.index(centre_level), fractures, slips)
    habitus = sample_habitus(next(streams), scale)
    look = _sample_bone(next(streams))
    torso = Torso(habitus, vertebrae, plate, next(streams))
    canvas = Canvas(shape, spacing_mm)
    grain = next(streams)
    bounds = paint_torso(canvas, torso, next(streams), grain)

    rng = next(streams)
    contrast = float(rng.uniform(60.0, 280.0)) if rng.random() < 0.4 else 0.0
    calcified = float(rng.uniform(0.1, 1.0)) if rng.random() < 0.4 else 0.0
    painter = Painter(canvas, torso, bounds, next(streams), grain)
    paint_muscles(painter, vertebrae)
    paint_nerve_roots(painter, vertebrae)
    for paint in (lambda p: paint_chest(p, contrast), lambda p: paint_abdomen(p, contrast),
                  lambda p: paint_vessels(p, contrast, calcified)):
        painter.rng = next(streams)
        paint(painter)

    paint_ribs(canvas, torso, vertebrae, look, next(streams))
    paint_shoulder(canvas, torso, look, next(streams))
    pelvis_rng = next(streams)
    paint_hips(canvas, plate, scale, 1.05 if habitus.female else 0.98, pelvis_rng.normal(0.0, 0.12), look)
    _paint_discs(canvas, vertebrae, plate, plate_frame, next(streams))
    paint_sacrum(canvas, plate, plate_frame, scale, look)
    for vertebra, stream in zip(vertebrae, next(streams).spawn(len(vertebrae)), strict=True):
        paint_vertebra(canvas, vertebra, look, stream, grain)
    path, radii = canal_path(vertebrae, plate, plate_frame)
    paint_canal(canvas, path, radii, vertebrae[LEVELS.index("L1")].centre[0], next(streams))
    screws, cement = _paint_hardware(canvas, vertebrae, fractures, next(streams))
    _finish(canvas, next(streams), grain)
    description = {
        "region": region,
        "scale": round(scale, 3),
        "lordosis_deg": round(float(curve.sagittal[5] - curve.sagittal[-1]), 1),
        "kyphosis_deg": round(float(curve.sagittal[5] - curve.sagittal[1]), 1),
        "cobb_deg": round(float(max(abs(item[2]) for item in curve.coronal)), 1),
        "trabecular_hu": round(look.trabecular),
        "wear": round(look.wear, 2),
        "fractures": {LEVELS[index]: [round(float(x), 2) for x in loss] for index, loss in fractures.items()},
        "slips_mm": {LEVELS[index]: round(float(slip), 1) for index, slip in slips.items()},
        "screws": screws,
        "cement": cement,
        "contrast_hu": round(contrast),
        "calcified_aorta": calcified > 0.0,
        "female": habitus.female,
        "fat_mm": round(habitus.fat_mm, 1),
        "belly_mm": round(habitus.belly_mm, 1),
        "vertebra_centres_mm": {
            vertebra.name: [round(float(x), 2) for x in vertebra.centre] for vertebra in vertebrae
        },
    }
    return Phantom(
        np.clip(np.rint(canvas.hu), HU_MIN, HU_MAX).astype(np.int16), canvas.labels, float(spacing_mm), centre_level,
        description,
    )


def _sample_damage(rng: np.random.Generator) -> tuple[dict[int, tuple[float, float]], dict[int, float]]:
    fractures, slips = {}, {}
    if rng.random() < 0.22:
        for _ in range(int(rng.integers(1, 4))):
            index = int(np.clip(round(rng.normal(16.0, 3.0)), 9, 20))
            fractures[index] = (rng.uniform(0.1, 0.55) * (rng.random() < 0.75), rng.uniform(0.0, 0.28))
    if rng.random() < 0.12:
        slips[int(rng.choice([19, 20, 21]))] = rng.uniform(2.5, 11.0)
    return fractures, slips


def _sample_bone(rng: np.random.Generator) -> BoneLook:
    trabecular = float(np.clip(rng.normal(150.0, 48.0), 45.0, 290.0))
    strength = (trabecular - 150.0) / 48.0
    cortical = float(np.clip(1150.0 + 70.0 * strength + rng.normal(0.0, 100.0), 800.0, 1500.0))
    thickness = float(np.clip(1.0 + 0.08 * strength + rng.normal(0.0, 0.12), 0.65, 1.45))
    return BoneLook(trabecular, cortical, thickness, float(rng.beta(1.3, 2.2)))


def _paint_discs(canvas: Canvas, vertebrae: list[Vertebra], plate, plate_frame, rng: np.random.Generator) -> None:
    for number, vertebra in enumerate(vertebrae):
        size = vertebra.size
        lower_plate = vertebra.to_world(-0.5 * size.body_height, 0.0, 0.0)
        below = vertebrae[number + 1] if number + 1 < SACRUM else None
        upper_plate = plate if below is None else below.to_world(0.5 * below.size.body_height, 0.0, 0.0)
        frame = vertebra.frame + (plate_frame if below is None else below.frame)
        frame = frame / np.linalg.norm(frame, axis=1, keepdims=True)
        radii = 0.5 * size.body_depth, 0.5 * size.body_width
        paint_disc(canvas, 0.5 * (lower_plate + upper_plate), frame, radii, size.disc_below + 4.0, rng)


def _paint_hardware(canvas, vertebrae, fractures, rng: np.random.Generator) -> tuple[list[str], list[str]]:
    screws, cement = [], []
    if rng.random() < 0.22:
        count = int(rng.choice([2, 2, 3, 4, 5, 7]))
        last = int(rng.integers(12, SACRUM))
        levels = list(range(max(8, last - count + 1), last + 1))
        paint_screws(canvas, vertebrae, levels, rng)
        screws = [LEVELS[level] for level in levels]
    for index in fractures:
        if rng.random() < 0.25:
            paint_cement(canvas, vertebrae[index], rng)
            cement.append(LEVELS[index])
    return screws, cement


def _finish(canvas: Canvas, rng: np.random.Generator, grain: np.random.Generator) -> None:
    """Blur and noise of a scanner."""
    blur_mm = rng.uniform(0.6, 1.4)
    level = rng.uniform(4.0, 22.0)
    canvas.hu = gaussian_filter(canvas.hu, blur_mm / canvas.spacing_mm, truncate=2.5)
    noise = speckle(grain, canvas.hu.shape, 0.6)
    canvas.hu += level * noise * np.where(canvas.hu > -950.0, 1.0, 0.5)
