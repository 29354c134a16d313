"""What a user of a prepared scan should know: flags, and refusal of what is no CT of a body."""

from __future__ import annotations

import numpy as np

from Diff2CTCore.ct import BODY_HU
from Diff2CTCore.errors import VolumeError

MAX_SLICE_MM = 5.0

SATURATION_HU = (1022.0, 1024.0)
"""A scan whose highest value lies here was stored with 11 or 12 bits that end at 1023: metal and dense bone are cut."""

SOFT_TISSUE_HU = (-250.0, 200.0)
"""Between these lies the median of any body: fat about -100, muscle about 50."""

VESSEL_HU = (130.0, 500.0)
VESSEL_ML = 10.0
"""Muscle and unenhanced blood stay below `VESSEL_HU`; this much of it in front of the spine is contrast agent."""

VESSEL_RADIUS_MM = 4.0
IN_FRONT_MM = (26.0, 65.0)
BESIDE_MM = 40.0


def check_body(hu: np.ndarray, mask: np.ndarray, spacing_mm: float) -> None:
    """Refuse a volume that holds no patient, or values that are not Hounsfield units.

    Args:
        hu: (S, P, L).
        mask: the patient, same shape.
        spacing_mm: voxel size in mm.

    Raises:
        VolumeError: less than 0.1 litre of body, or a median that is no soft tissue.
    """
    if mask.sum() * spacing_mm**3 < 1e5:
        raise VolumeError("No body is seen in the scan; it is air, or not in Hounsfield units.")
    # Lungs and gas may well be the greater part of a chest.
    median = float(np.median(hu[mask & (hu > BODY_HU)]))
    if not SOFT_TISSUE_HU[0] < median < SOFT_TISSUE_HU[1]:
        raise VolumeError(
            f"The median of the body is {median:.0f}, which no soft tissue has in Hounsfield units; "
            "apply the rescale slope and intercept first."
        )


def flags(
    hu: np.ndarray,
    spacing_mm: float,
    centreline_voxels: np.ndarray | None,
    highest_hu: float,
    slice_mm: float,
    contrast: bool,
    cut_off: bool,
) -> list[str]:
    """Short remarks on a prepared scan, an empty list when there are none.

    Args:
        hu: (S, P, L) prepared volume.
        spacing_mm: its voxel size in mm.
        centreline_voxels: (points, 3) voxel indices along the spine, or None.
        highest_hu: highest value of the scan as stored.
        slice_mm: larger of slice distance and thickness.
        contrast: the file says that contrast agent was given.
        cut_off: the body reaches the side of the scanned box.
    """
    found = []
    if contrast or (centreline_voxels is not None and has_contrast(hu, spacing_mm, centreline_voxels)):
        found.append("contrast agent")
    if SATURATION_HU[0] <= highest_hu <= SATURATION_HU[1]:
        found.append(f"saturated at {highest_hu:.0f} HU")
    if slice_mm > MAX_SLICE_MM + 1e-3:
        found.append(f"slices of {slice_mm:g} mm")
    if cut_off:
        found.append("body cut off at the side")
    if centreline_voxels is None:
        found.append("no spine found")
    return found


def has_contrast(hu: np.ndarray, spacing_mm: float, centreline_voxels: np.ndarray) -> bool:
    """Whether large vessels in front of the spine are brighter than blood without contrast agent.

    A box in front of the vertebral bodies, where aorta, vena cava and heart lie, is searched for uniform bright
    pieces thicker than `VESSEL_RADIUS_MM`; calcified walls are thinner.
    """
    from scipy import ndimage

    volume_ml = 0.0
    smooth = ndimage.gaussian_filter(hu.astype(np.float32), 1.5 / spacing_mm)
    front, reach = (round(value / spacing_mm) for value in IN_FRONT_MM)
    beside = round(BESIDE_MM / spacing_mm)
    planes = np.arange(round(centreline_voxels[0, 0]), round(centreline_voxels[-1, 0]) + 1)
    rows, columns = (
        np.interp(planes, centreline_voxels[:, 0], centreline_voxels[:, axis]).round().astype(int) for axis in (1, 2)
    )
    for plane, row, column in zip(planes, rows, columns, strict=True):
        part = smooth[plane, max(row - reach, 0) : max(row - front, 0), max(column - beside, 0) : column + beside]
        bright = (part > VESSEL_HU[0]) & (part < VESSEL_HU[1])
        if bright.any():
            core = ndimage.distance_transform_edt(bright) > VESSEL_RADIUS_MM / spacing_mm
            volume_ml += core.sum() * spacing_mm**3 / 1000.0
    return volume_ml > VESSEL_ML
