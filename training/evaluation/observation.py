"""What a method is given of a case, on the method's own grid and image plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from Diff2CTCore.geometry import IsoPlane, VolumeGrid

from ..data import TrainingCase


@dataclass(frozen=True)
class Observation:
    """Attributes:
    images: float32 (2, rows, columns), line integrals on the iso-plane, frontal then lateral.
    masks: float32 (2, rows, columns), 1 where they are known.
    sources_mm: float32 (2, 3), (superior, posterior, left), as the method is told.
    plane: where the images lie.
    """

    images: torch.Tensor
    masks: torch.Tensor
    sources_mm: torch.Tensor
    plane: IsoPlane


def observe(case: TrainingCase, grid: VolumeGrid, plane: IsoPlane) -> tuple[np.ndarray, Observation]:
    """A case's truth on `grid`, int16 HU (S, P, L) with `UNKNOWN_HU`, and its first pair of radiographs on `plane`.

    Raises:
        CaseError: the case does not fit them; see `TrainingCase.on`.
    """
    case = case.on(grid, plane)
    images, masks = (torch.from_numpy(part[0].astype(np.float32)) for part in (case.images, case.masks))
    return case.volume, Observation(images, masks, torch.from_numpy(case.sources[0]), plane)
