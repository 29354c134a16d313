"""Where the vertebral bodies run in a CT, so that training can crop around the spine."""

from __future__ import annotations

import numpy as np

from Diff2CTCore.ct import spine_line
from Diff2CTCore.geometry import VolumeGrid


def spine_centreline(hu: np.ndarray, spacing_mm: float, origin_lps_mm) -> np.ndarray | None:
    """`Diff2CTCore.ct.spine_line` in the scan's frame.

    Args:
        hu: (S, P, L) volume in HU, air outside the patient, isotropic, LPS identity direction.
        spacing_mm: voxel size in mm.
        origin_lps_mm: LPS position of voxel (0, 0, 0).

    Returns:
        (points, 3) RAS mm from the lowest to the highest, or None when no spine is seen.
    """
    line = spine_line(hu, spacing_mm)
    if line is None:
        return None
    grid = VolumeGrid(hu.shape, spacing_mm)
    # The grid's frame has its middle at 0, the scan's has voxel (0, 0, 0) at the origin.
    shift = np.subtract(origin_lps_mm, grid.lps_origin_mm())
    return grid.index_to_ras_mm(line) + shift * (-1.0, -1.0, 1.0)
