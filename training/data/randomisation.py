"""Random patients, X-ray geometry and radiograph appearance: what the model must survive.

Every range is a field with a unit, so that a configuration can change it and a model card can state it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from Diff2CTCore.geometry import FRONTAL_VIEWS, LATERAL_VIEWS, ViewGeometry, source_spl_mm


@dataclass(frozen=True)
class AugmentationRange:
    """Changes to a real CT that leave a plausible patient. Each is uniform within +-.

    Attributes:
        turn_deg: rotation about each axis.
        scale: relative change of size along each axis.
        centre_mm: shift of the volume's centre from the spine (superior is free along the spine).
        bone_gain: relative change of HU above 100 (density, tube voltage).
        mirror: chance of a left-right mirror image.
        elastic_mm: shift of each knot of a smooth elastic deformation along each axis; places move by a sixth of it
            (standard deviation), at most by half.
        elastic_spacing_mm: between its knots, not random. Over two vertebrae's height, so that each keeps its shape.
    """

    turn_deg: float = 8.0
    scale: float = 0.12
    centre_mm: float = 14.0
    bone_gain: float = 0.25
    mirror: float = 0.5
    elastic_mm: float = 12.0
    elastic_spacing_mm: float = 80.0


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

    def sample_pair(self, rng: np.random.Generator) -> np.ndarray:
        """Sources (2, 3) of a frontal and a lateral radiograph, each from either side."""
        return np.array([self.sample_source(str(rng.choice(views)), rng) for views in (FRONTAL_VIEWS, LATERAL_VIEWS)])
