"""Everything that a seed decides about a patient before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .habitus import Habitus, sample_habitus
from .labels import LEVELS
from .morphometry import SIZE_RANGE
from .spine import SACRUM, SpineCurve, Vertebra, sample_curve, sample_sizes, stack_vertebrae
from .vertebra import BoneLook

CENTRE_LEVELS: dict[str, tuple[str, ...]] = {
    "thoracic": ("T5", "T6", "T7", "T8", "T9"),
    "thoracolumbar": ("T10", "T11", "T12", "L1"),
    "lumbar": ("L2", "L3", "L4"),
}
"""Levels on which the grid is centred, per region."""


@dataclass(frozen=True)
class Patient:
    """A random person and the findings; positions in mm from the middle of the centre level's body.

    `plate` and `plate_frame` are the sacral endplate. `fractures` maps a level index to the share of height lost at the
    front and in the middle, `slips` to a forward slip in mm; `screws` and `cement` are level indices. `contrast_hu` is
    the enhancement of the aorta, `calcified` (0..1) the extent of calcium in its wall. `drawing` is the seed of the
    details that are decided while drawing.
    """

    region: str
    centre_level: str
    scale: float
    curve: SpineCurve
    vertebrae: list[Vertebra]
    plate: np.ndarray
    plate_frame: np.ndarray
    habitus: Habitus
    bone: BoneLook
    fractures: dict[int, tuple[float, float]]
    slips: dict[int, float]
    screws: list[int]
    cement: list[int]
    contrast_hu: float
    calcified: float
    drawing: np.random.SeedSequence

    @property
    def description(self) -> dict:
        """The patient in plain values; angles in degrees, lengths in mm."""
        sagittal = self.curve.sagittal
        return {
            "region": self.region,
            "centre_level": self.centre_level,
            "scale": round(self.scale, 3),
            "lordosis_deg": round(float(sagittal[5] - sagittal[-1]), 1),
            "kyphosis_deg": round(float(sagittal[5] - sagittal[1]), 1),
            "cobb_deg": round(float(max(abs(item[2]) for item in self.curve.coronal)), 1),
            "trabecular_hu": round(self.bone.trabecular),
            "osteoporosis": self.bone.trabecular < OSTEOPOROSIS_HU,
            "wear": round(self.bone.wear, 2),
            "fractures": {LEVELS[index]: [round(float(x), 2) for x in loss] for index, loss in self.fractures.items()},
            "slips_mm": {LEVELS[index]: round(float(slip), 1) for index, slip in self.slips.items()},
            "screws": [LEVELS[index] for index in self.screws],
            "cement": [LEVELS[index] for index in self.cement],
            "contrast_hu": round(self.contrast_hu),
            "calcified_aorta": self.calcified > 0.0,
            "female": self.habitus.female,
            "fat_mm": round(self.habitus.fat_mm, 1),
            "belly_mm": round(self.habitus.belly_mm, 1),
            "vertebra_centres_mm": {
                vertebra.name: [round(float(x), 2) for x in vertebra.centre] for vertebra in self.vertebrae
            },
        }


OSTEOPOROSIS_HU = 100.0
"""Trabecular HU below which osteoporosis is likely (Pickhardt et al. 2013, L1)."""


def sample_patient(seed: int, region: str | None = None) -> Patient:
    """The patient of a seed. Raises ValueError for an unknown region."""
    if region is not None and region not in CENTRE_LEVELS:
        raise ValueError(f"region must be one of {', '.join(CENTRE_LEVELS)} or None, not {region!r}.")
    build, shape, sizing, damage, body, skeleton, extras, drawing = np.random.SeedSequence(seed).spawn(8)
    rng = np.random.default_rng(build)
    random_region = str(rng.choice(list(CENTRE_LEVELS), p=[0.3, 0.25, 0.45]))
    region = region or random_region
    centre_level = CENTRE_LEVELS[region][int(rng.integers(0, 1000)) % len(CENTRE_LEVELS[region])]
    scale = float(np.clip(rng.normal(1.0, 0.07), *SIZE_RANGE))
    curve = sample_curve(np.random.default_rng(shape))
    sizes = sample_sizes(np.random.default_rng(sizing), scale)
    fractures, slips, screws, cement = _sample_findings(np.random.default_rng(damage))
    vertebrae, plate, plate_frame = stack_vertebrae(curve, sizes, LEVELS.index(centre_level), fractures, slips)
    rng = np.random.default_rng(extras)
    return Patient(
        region,
        centre_level,
        scale,
        curve,
        vertebrae,
        plate,
        plate_frame,
        sample_habitus(np.random.default_rng(body), scale),
        _sample_bone(np.random.default_rng(skeleton)),
        fractures,
        slips,
        screws,
        cement,
        contrast_hu=float(rng.uniform(60.0, 280.0)) if rng.random() < 0.4 else 0.0,
        calcified=float(rng.uniform(0.1, 1.0)) if rng.random() < 0.4 else 0.0,
        drawing=drawing,
    )


def _sample_findings(rng: np.random.Generator):
    fractures, slips, screws = {}, {}, []
    if rng.random() < 0.22:
        for _ in range(int(rng.integers(1, 4))):
            index = int(np.clip(round(rng.normal(16.0, 3.0)), 9, 20))
            fractures[index] = (rng.uniform(0.1, 0.55) * (rng.random() < 0.75), rng.uniform(0.0, 0.28))
    if rng.random() < 0.12:
        slips[int(rng.choice([19, 20, 21]))] = rng.uniform(2.5, 11.0)
    if rng.random() < 0.22:
        count = int(rng.choice([2, 2, 3, 4, 5, 7]))
        last = int(rng.integers(12, SACRUM))
        screws = list(range(max(8, last - count + 1), last + 1))
    cement = [index for index in fractures if rng.random() < 0.25]
    return fractures, slips, screws, cement


def _sample_bone(rng: np.random.Generator) -> BoneLook:
    trabecular = float(np.clip(rng.normal(155.0, 46.0), 45.0, 300.0))
    strength = (trabecular - 155.0) / 46.0
    cortical = float(np.clip(1150.0 + 70.0 * strength + rng.normal(0.0, 100.0), 800.0, 1500.0))
    thickness = float(np.clip(1.0 + 0.08 * strength + rng.normal(0.0, 0.12), 0.65, 1.45))
    return BoneLook(trabecular, cortical, thickness, float(rng.beta(1.3, 2.2)), arch=float(rng.uniform(60.0, 260.0)))
