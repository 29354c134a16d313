"""Cases that a run is measured on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .cases import TrainingCase


@dataclass(frozen=True, eq=False)
class HeldOut:
    """A case that a run is measured on and never trained on.

    Attributes:
        case: on the model's grid and plane, with one pair of radiographs.
        kind: "real" or "phantom".
        name: of the body.
        line_voxels: (n, 3), the spine's line in voxels of the case, ascending; None where it is not known.
    """

    case: TrainingCase
    kind: str
    name: str
    line_voxels: np.ndarray | None
