"""What SSIM a method loses when the stated geometry is wrong or the radiographs do not look like projections."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch

from Diff2CTCore.geometry import (
    NOMINAL_PRIMARY_DEG,
    IsoPlane,
    ViewGeometry,
    source_spl_mm,
    view_from_primary_angle,
    warp_to_detector,
    warp_to_iso_plane,
)

from ..data import AppearanceRange, TrainingCase
from .case_metrics import body_ssim
from .observation import Observation, observe
from .reconstructors import Reconstructor
from .runner import CaseTask

SOD_OVER_SID = 0.8
"""Of the detector that the radiographs are taken to come from; a wrong distance acts alike for all."""

DETECTOR_REACH = 1.3
"""Size of that detector relative to the iso-plane image, so that oblique views fit on it."""

Disturbance = Callable[[Observation, np.random.Generator], Observation]


def view_of_source(source_mm: np.ndarray, plane: IsoPlane) -> ViewGeometry:
    """A view with the source at (superior, posterior, left) mm that looks straight at the volume's centre."""
    superior, posterior, left = (float(value) for value in source_mm)
    distance = float(np.linalg.norm(source_mm))
    ray = np.array([left, posterior, -superior]) / distance  # RAS, from the source to the centre
    azimuth = float(np.rad2deg(np.arctan2(-ray[0], ray[1])))
    name = view_from_primary_angle(azimuth)
    side = round(DETECTOR_REACH * max(plane.rows, plane.columns))
    pitch = min(plane.row_spacing_mm, plane.column_spacing_mm) / SOD_OVER_SID
    return ViewGeometry(
        view=name,
        rows=side,
        columns=side,
        pixel_spacing_mm=(pitch, pitch),
        sid_mm=distance / SOD_OVER_SID,
        sod_mm=distance,
        primary_deg=(azimuth - NOMINAL_PRIMARY_DEG[name] + 180.0) % 360.0 - 180.0,
        secondary_deg=float(np.rad2deg(np.arcsin(ray[2]))),
    )


def with_wrong_geometry(
    observation: Observation,
    sid: float = 1.0,
    sod: float = 1.0,
    primary_deg: float = 0.0,
    secondary_deg: float = 0.0,
    views: tuple[int, ...] = (0, 1),
) -> Observation:
    """The same radiographs on the same detectors, described wrongly.

    Args:
        sid, sod: stated over true distance.
        primary_deg, secondary_deg: stated less true angle.
        views: which ones are described wrongly.
    """
    images, masks, sources = observation.images.clone(), observation.masks.clone(), observation.sources_mm.clone()
    for index in views:
        true = view_of_source(sources[index].numpy(), observation.plane)
        stated = true.with_values(
            sid_mm=true.sid_mm * sid,
            sod_mm=true.sod_mm * sod,
            primary_deg=true.primary_deg + primary_deg,
            secondary_deg=true.secondary_deg + secondary_deg,
        )
        both = torch.stack([images[index], masks[index]])[None]
        detector = warp_to_detector(both, observation.plane, true)
        warped, seen = warp_to_iso_plane(detector, stated, observation.plane)
        images[index] = warped[0, 0]
        masks[index] = (warped[0, 1] > 0.99).float() * seen[0, 0]
        sources[index] = torch.as_tensor(source_spl_mm(stated), dtype=torch.float32)
    return Observation(images, masks, sources, observation.plane)


def with_random_appearance(observation: Observation, rng: np.random.Generator) -> Observation:
    """Both radiographs changed as in training; see `AppearanceRange`."""
    pitch = observation.plane.row_spacing_mm
    changed = [
        AppearanceRange().apply(image, mask, pitch, rng)
        for image, mask in zip(observation.images, observation.masks, strict=True)
    ]
    images, masks = (torch.stack(parts) for parts in zip(*changed, strict=True))
    return Observation(images, masks, observation.sources_mm, observation.plane)


def _geometry(**errors) -> Disturbance:
    return lambda observation, _: with_wrong_geometry(observation, **errors)


DISTURBANCES: dict[str, tuple[Disturbance, ...]] = {
    "SID off by 5 % in both views": (_geometry(sid=1.05), _geometry(sid=0.95)),
    "SOD off by 5 % in both views": (_geometry(sod=1.05), _geometry(sod=0.95)),
    "frontal view's primary angle off by 5 degrees": (
        _geometry(primary_deg=5.0, views=(0,)),
        _geometry(primary_deg=-5.0, views=(0,)),
    ),
    "frontal view's secondary angle off by 5 degrees": (
        _geometry(secondary_deg=5.0, views=(0,)),
        _geometry(secondary_deg=-5.0, views=(0,)),
    ),
    "appearance randomised": (with_random_appearance,),
}
"""Name to its variants; the one that costs more is reported."""


def disturbed_ssim(seed: int, method: Reconstructor, task: CaseTask) -> dict[str, list[float]]:
    """SSIM in the body of one case: {"": [undisturbed], disturbance: [of each variant]}."""
    truth, observation = observe(TrainingCase.load(task.case), task.grid, task.plane)
    ssim = partial(body_ssim, truth_hu=truth, grid=task.grid)
    found = {"": [ssim(method(observation, seed))]}
    for name, variants in DISTURBANCES.items():
        rng = task.rng(seed)
        found[name] = [ssim(method(disturb(observation, rng), seed)) for disturb in variants]
    return found
