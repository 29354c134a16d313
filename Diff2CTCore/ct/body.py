"""Tell the patient from the table, clothes and tubes in a CT."""

from __future__ import annotations

import numpy as np

BODY_HU = -400.0

OPENING_MM = 6.0
"""What is thinner than twice this in an axial plane (table shells, sheets, tubes) is not taken for the patient."""


def body_mask(hu: np.ndarray, spacing_mm: float) -> np.ndarray:
    """Mask of the patient with lungs and gas; arms that lie apart, table and clothes are left out.

    The largest connected piece of tissue after an opening in each axial plane; a table that touches
    the skin over a width is not told apart.

    Args:
        hu: (S, P, L) HU on an isotropic grid.
        spacing_mm: its voxel size; 2 to 4 mm suit.

    Returns:
        Boolean array of the same shape; all False when there is nothing but air.
    """
    import SimpleITK as sitk

    tissue = sitk.GetImageFromArray((hu > BODY_HU).astype(np.uint8))
    # Lungs are filled before the opening, or it would eat the chest wall.
    filled = sitk.JoinSeries([sitk.BinaryFillhole(tissue[:, :, index]) for index in range(tissue.GetSize()[2])])
    radius = max(1, round(OPENING_MM / spacing_mm))
    opened = sitk.BinaryMorphologicalOpening(filled, [radius, radius, 0])
    pieces = sitk.RelabelComponent(sitk.ConnectedComponent(opened))
    return sitk.GetArrayFromImage(pieces) == 1
