"""What a reconstruction gives."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..geometry import VolumeGrid


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """Attributes:
    hu: float32 (S, P, L), HU.
    std_hu: float32 (S, P, L), voxel-wise standard deviation in HU of samples from pure noise, or None for one sample.
    grid: the volume's grid; its centre is the origin of the geometry.
    reprojections: view to float32 line integrals on the radiograph's own pixels.
    reprojection_error: view to the part of the radiograph that the volume does not explain, 0 to 1.
    uncertainty: the calibrated interval in one number, see `uncertainty.uncertainty_summary`; None for one sample or
        a model that was not calibrated.
    strangeness: view to how little the radiograph looks like those of training, 0 to 2; see `familiarity`.
    warnings: sentences for the user about this result.
    provenance: what it was made from and with; plain values.
    seconds: time by stage.
    """

    hu: np.ndarray
    std_hu: np.ndarray | None
    grid: VolumeGrid
    reprojections: dict[str, np.ndarray]
    reprojection_error: dict[str, float]
    uncertainty: dict | None
    strangeness: dict[str, float]
    warnings: list[str]
    provenance: dict
    seconds: dict[str, float]
