"""The one entry: two radiographs, their geometry, a model and settings to a reconstruction."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import torch

from ..diffusion import DataConsistency, familiarity
from ..errors import GeometryError, ModelError
from ..geometry import (
    BiplanarGeometry,
    grid_axes_mm,
    hu_to_attenuation,
    hu_to_network,
    project_to_iso_plane,
    side_of,
    warp_to_detector,
)
from ..models import INTENDED_USE, LoadedModel
from ..radiograph import Radiograph
from .clock import StageClock
from .device import choose_device, cpu_has_bfloat16, memory_errors
from .network import kept_network, network_condition, network_sources, network_views
from .result import Reconstruction
from .samples import volume_and_deviation
from .settings import SPREAD_STEPS, Settings
from .uncertainty import uncertainty_summary

LEAST_SEEN = 0.05
"""A view that shows less than this share of the volume's shadow cannot guide a reconstruction."""

Progress = Callable[[str, int, int], None]


def reconstruct(
    frontal: Radiograph,
    lateral: Radiograph,
    geometry: BiplanarGeometry,
    model: LoadedModel,
    settings: Settings,
    progress: Progress | None = None,
) -> Reconstruction:
    """Reconstruct the volume about the centre that both views share.

    Args:
        frontal, lateral: as read by `Diff2CTCore.radiograph`.
        geometry: of the two radiographs, in this order.
        model: as loaded by `Diff2CTCore.models`.
        settings: steps, samples, seed, consistency, device.
        progress: called with (stage, step, of); stages are "prepare", "condition", "sample", "project".

    Raises:
        DeviceError: the device is missing or its memory does not suffice.
        GeometryError, RadiographError, ModelError: an input does not fit.
    """
    tell = progress or (lambda *_: None)
    clock = StageClock()
    device = choose_device(settings.device)
    tell("prepare", 0, 1)
    with clock("prepare"), memory_errors(device):
        network = kept_network(model, device)
        views = network_views((frontal, lateral), geometry, network.config).to(device)
        sources = network_sources(geometry).to(device)
        axes = grid_axes_mm(network.config.grid, device)
        consistency = DataConsistency(network, views, sources, axes)
        _require_overlap(consistency, geometry)
    tell("condition", 0, 1)
    with clock("condition"), memory_errors(device):
        condition = network_condition(network, views, sources, axes)
        strange = consistency.strangeness(network.transform.inverse(condition.estimate))
    with clock("sample"), memory_errors(device):
        volume, std = volume_and_deviation(network, condition, consistency, settings, tell, _spread_steps(model))
        if not torch.isfinite(volume).all():
            raise ModelError(f"The model {model.card.name} gave values that are not numbers; use another model.")
    tell("project", 0, 1)
    with clock("project"), memory_errors(device):
        errors = consistency.error(hu_to_network(volume))
        reprojections = _reproject(volume, network.config, geometry, sources, axes)
    names = [view.view for view in geometry.views]
    strange = dict(zip(names, strange, strict=True))
    hu, std_hu = (None if found is None else found[0, 0].cpu().numpy() for found in (volume, std))
    grid = network.config.grid
    return Reconstruction(
        hu=hu,
        std_hu=std_hu,
        grid=grid,
        reprojections=dict(zip(names, reprojections, strict=True)),
        reprojection_error=dict(zip(names, errors, strict=True)),
        uncertainty=_uncertainty(hu, std_hu, grid, model, settings),
        strangeness=strange,
        warnings=familiarity.warnings(strange, model.card.familiarity),
        provenance=_provenance((frontal, lateral), geometry, model, settings, device),
        seconds=clock.seconds,
    )


def _spread_steps(model: LoadedModel) -> int:
    """An interval is as wide as it was calibrated for samples of so many steps."""
    return (model.card.uncertainty_calibration or {}).get("steps", SPREAD_STEPS)


def _uncertainty(hu, std_hu, grid, model: LoadedModel, settings: Settings) -> dict | None:
    calibration = model.card.uncertainty_calibration
    return uncertainty_summary(hu, std_hu, grid.spacing_mm, settings.samples, calibration)


def _require_overlap(consistency: DataConsistency, geometry: BiplanarGeometry) -> None:
    for seen, view in zip(consistency.mask, geometry.views, strict=True):
        if seen.mean() < LEAST_SEEN:
            raise GeometryError(
                f"The {side_of(view.view)} radiograph shows almost nothing of the volume to be reconstructed; "
                "check its pixel spacing, SID, SOD and centre point."
            )


def _reproject(hu, config, geometry, sources, axes) -> list[np.ndarray]:
    """Line integrals of the reconstruction on each radiograph's pixels."""
    plane = config.plane
    rows, columns = (
        torch.as_tensor(axis, dtype=torch.float32, device=hu.device) for axis in (plane.rows_mm(), plane.columns_mm())
    )
    images, attenuation = [], hu_to_attenuation(hu)
    for index, view in enumerate(geometry.views):
        image = project_to_iso_plane(attenuation, axes, sources[:, index], view.frontal, rows, columns)
        images.append(warp_to_detector(image, plane, view)[0, 0].cpu().numpy())
    return images


def _provenance(radiographs, geometry, model: LoadedModel, settings: Settings, device: torch.device) -> dict:
    return {
        "intended_use": INTENDED_USE,
        "model": {"name": model.card.name, "version": model.card.version, "sha256": model.card.sha256},
        "settings": asdict(settings),
        "geometry": {view.view: view.to_dict() for view in geometry.views},
        "radiographs": {
            view.view: radiograph.provenance for view, radiograph in zip(geometry.views, radiographs, strict=True)
        },
        "device": str(device),
        "precision": "bfloat16" if device.type == "cpu" and cpu_has_bfloat16() else "mixed",
        "threads": torch.get_num_threads(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
    }
