"""What an alignment is worth: SSIM in the body with it, without it, and with the true geometry."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from Diff2CTCore.ct import evaluate
from Diff2CTCore.geometry import HU_AIR, VolumeGrid
from Diff2CTCore.reconstruction import RadiographInput, Settings, run_job

from ..data import Placement, RealScan, laid_out
from .trial import Trial


def worth(scan: RealScan, trial: Trial, paths: Sequence[Path], proposal, given, model) -> dict[str, float]:
    """SSIM in the body about the point that the frontal view's centre shows.

    Args:
        scan, trial: what was projected.
        paths: the two files.
        proposal: of `look_at_pair` for them.
        given: what that was told of the two files.
        model: folder.

    Returns:
        By "true geometry", "aligned" and "as it lies"; the frontal view's centre is the same in all three.
    """
    frontal, _ = proposal.geometry.views
    point, lateral_px = trial.truth(frontal.centre_px[1])
    # Where the frontal centre is beside the spine, the cube is, too.
    truth = _about(scan, point)
    centres = (frontal.centre_px, lateral_px)
    true = [
        RadiographInput(path, {}, _true_geometry(view, centre))
        for path, view, centre in zip(paths, trial.geometry.views, centres, strict=True)
    ]
    aligned = [
        RadiographInput(path, side.reading, side.geometry) for path, side in zip(paths, proposal.sides, strict=True)
    ]
    lies = [
        RadiographInput(paths[0], {}, {**given[0].geometry, "centre_px": frontal.centre_px}),
        RadiographInput(paths[1], {}, given[1].geometry),
    ]
    found = {}
    for name, inputs in (("true geometry", true), ("aligned", aligned), ("as it lies", lies)):
        made = run_job(*inputs, Settings(), model, align="off").reconstruction
        found[name] = float(evaluate(made.hu, truth, made.grid.spacing_mm)["ssim_body"])
    return found


def _true_geometry(view, centre_px) -> dict:
    values = {name: getattr(view, name) for name in ("view", "pixel_spacing_mm", "sid_mm", "sod_mm", "rotation_deg")}
    return {**values, "principal_point_px": view.principal_point_px, "centre_px": tuple(centre_px)}


def _about(scan: RealScan, point_ras_mm: np.ndarray) -> np.ndarray:
    """The scan on the model's grid about a point, RAS mm about the middle of its array."""
    right, anterior, superior = point_ras_mm
    spacing = np.asarray(scan.spacing_mm, dtype=float)
    middle = scan.origin_mm + (np.array(scan.hu.shape) - 1) / 2.0 * spacing
    placement = Placement(np.eye(3), middle + np.array([superior, -anterior, -right]))
    hu = torch.from_numpy(np.ascontiguousarray(scan.hu))
    found, unknown = laid_out(hu, spacing, scan.origin_mm, placement, VolumeGrid())
    return found.masked_fill(unknown, HU_AIR).numpy()
