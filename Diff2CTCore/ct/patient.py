"""The patient in a CT, without table, clothes and arms that lie apart, on grids about one centre."""

from __future__ import annotations

import numpy as np

from ..errors import VolumeError
from ..geometry import HU_AIR, VolumeGrid
from ..storage import volume_image
from .body import body_mask
from .reading import CT, resample_ct

MAX_SCAN_M3 = 1.5
MAX_PATIENT_M3 = 0.3
"""Boxes about the centre, in cubic metres. A whole body takes 0.25; a damaged spacing would take all memory."""

_MASK_SPACING_MM = 3.0
_SKIN_MM = 3.0


class Patient:
    """The CT on grids about one centre, without what is not the patient.

    Args:
        ct: the scan.
        centre: (3,), RAS mm in the scan's frame.
        keep_table: keep what lies apart from the body.

    Raises:
        VolumeError: the scan is larger than a patient can be, or shows only air.
    """

    def __init__(self, ct: CT, centre: np.ndarray, keep_table: bool):
        self._ct = ct
        self._centre = centre
        reach = np.abs(ct.corners_ras_mm() - centre).max(axis=0)
        _require_size(reach, MAX_SCAN_M3, "scan")
        self._coarse = _grid_that_reaches(reach, _MASK_SPACING_MM)
        hu = resample_ct(ct, self._coarse, centre)
        self._mask = hu > HU_AIR if keep_table else body_mask(hu, _MASK_SPACING_MM)
        if not self._mask.any():
            raise VolumeError("The CT shows no patient, only air.")

    def bounding_grid(self, spacing_mm: float) -> VolumeGrid:
        """The smallest grid about the centre that holds the patient."""
        corners = self._coarse.index_to_ras_mm(np.argwhere(self._mask))
        reach = np.abs(corners).max(axis=0) + _MASK_SPACING_MM + _SKIN_MM
        _require_size(reach, MAX_PATIENT_M3, "patient")
        return _grid_that_reaches(reach, spacing_mm)

    def on_grid(self, grid: VolumeGrid) -> np.ndarray:
        """float32 (S, P, L) HU, air outside the patient."""
        import SimpleITK as sitk

        hu = resample_ct(self._ct, grid, self._centre)
        # Distance, not the coarse mask itself, so that the skin is cut smoothly and a little outside.
        mask = volume_image(self._mask.astype(np.uint8), self._coarse)
        distance = sitk.SignedMaurerDistanceMap(mask, squaredDistance=False, useImageSpacing=True)
        distance = sitk.Resample(distance, volume_image(hu, grid), sitk.Transform(), sitk.sitkLinear, 1e3)
        return np.where(sitk.GetArrayViewFromImage(distance) <= _SKIN_MM, hu, np.float32(HU_AIR))


def _require_size(reach_ras_mm: np.ndarray, limit_m3: float, what: str) -> None:
    sides = 2 * reach_ras_mm
    if np.prod(sides / 1000.0) > limit_m3:
        shown = " x ".join(f"{side:.0f}" for side in sides)
        raise VolumeError(
            f"The {what} takes {shown} mm about its centre point, too much; correct its spacing or crop it."
        )


def _grid_that_reaches(reach_ras_mm: np.ndarray, spacing_mm: float) -> VolumeGrid:
    right, anterior, superior = (2 * int(np.ceil(reach / spacing_mm)) for reach in reach_ras_mm)
    return VolumeGrid((superior, anterior, right), spacing_mm)
