"""A random patient, drawn as CT values and labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from Diff2CTCore.geometry import HU_MAX, HU_MIN

from .abdomen import paint_abdomen
from .canvas import Canvas
from .chest import paint_chest
from .implants import paint_cement, paint_screws
from .labels import LEVELS
from .layers import paint_torso
from .muscles import paint_muscles, paint_nerve_roots
from .painter import Painter
from .patient import Patient, sample_patient
from .pelvis import paint_hips, paint_sacrum
from .ribcage import paint_ribs
from .scanner import add_scanner, add_streaks
from .shoulder import paint_shoulder
from .soft_spine import canal_path, paint_canal, paint_discs
from .torso import Torso
from .vertebra import paint_vertebra
from .vessels import paint_vessels


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
    patient = sample_patient(seed, region)
    canvas = Canvas(shape, spacing_mm)
    streams = iter([np.random.default_rng(child) for child in patient.drawing.spawn(16)])
    grain = next(streams)
    _draw_soft_tissue(canvas, patient, streams, grain)
    _draw_skeleton(canvas, patient, streams, grain)
    _draw_hardware(canvas, patient, next(streams))
    add_scanner(canvas, next(streams), grain)
    return Phantom(
        np.clip(np.rint(canvas.hu), HU_MIN, HU_MAX).astype(np.int16),
        canvas.labels,
        float(spacing_mm),
        patient.centre_level,
        patient.description,
    )


def _draw_soft_tissue(canvas: Canvas, patient: Patient, streams, grain: np.random.Generator) -> None:
    torso = Torso(patient.habitus, patient.vertebrae, patient.plate, next(streams))
    bounds = paint_torso(canvas, torso, next(streams), grain)
    painter = Painter(canvas, torso, bounds, next(streams), grain)
    paint_muscles(painter, patient.vertebrae)
    paint_nerve_roots(painter, patient.vertebrae)
    painter.rng = next(streams)
    paint_chest(painter, patient.contrast_hu)
    painter.rng = next(streams)
    paint_abdomen(painter, patient.contrast_hu)
    painter.rng = next(streams)
    paint_vessels(painter, patient.contrast_hu, patient.calcified)
    paint_ribs(canvas, torso, patient.vertebrae, patient.bone, next(streams))
    paint_shoulder(canvas, torso, patient.bone, next(streams))


def _draw_skeleton(canvas: Canvas, patient: Patient, streams, grain: np.random.Generator) -> None:
    habitus, bone, vertebrae = patient.habitus, patient.bone, patient.vertebrae
    breadth, tilt = 1.05 if habitus.female else 0.98, next(streams).normal(0.0, 0.12)
    paint_hips(canvas, patient.plate, patient.scale, breadth, tilt, bone, habitus.muscle_hu)
    paint_discs(canvas, vertebrae, patient.plate, patient.plate_frame, next(streams))
    paint_sacrum(canvas, patient.plate, patient.plate_frame, patient.scale, bone)
    for vertebra, stream in zip(vertebrae, next(streams).spawn(len(vertebrae)), strict=True):
        paint_vertebra(canvas, vertebra, bone, stream, grain)
    path, radii = canal_path(vertebrae, patient.plate, patient.plate_frame)
    cone = vertebrae[LEVELS.index("L1")].centre[0]
    paint_canal(canvas, path, radii, cone, next(streams))


def _draw_hardware(canvas: Canvas, patient: Patient, rng: np.random.Generator) -> None:
    for index in patient.cement:
        paint_cement(canvas, patient.vertebrae[index], rng)
    if patient.screws:
        paint_screws(canvas, patient.vertebrae, patient.screws, rng)
        add_streaks(canvas, rng)
