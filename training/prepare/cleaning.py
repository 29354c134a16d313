"""From the scanner's numbers to a patient in air: padding, tables and clothes removed."""

from __future__ import annotations

import numpy as np

from Diff2CTCore.ct import BODY_HU
from Diff2CTCore.geometry import HU_AIR, HU_MAX

MASK_SPACING_MM = 3.0
"""Tables are found on a grid about this coarse; the body's outline is then taken from the full grid."""

STRAP_MM = 3.0
OPENING_MM = 7.5
"""Things thinner than twice this (table shells, blankets, tubes) are cut from the body; if they are even thinner than
twice `STRAP_MM`, also where they close a ring with it."""


def body_mask(hu: np.ndarray, spacing_mm: float) -> np.ndarray:
    """Mask of the patient, with lungs and gas, without table and clothes.

    Args:
        hu: (S, P, L) volume in HU on an isotropic grid.
        spacing_mm: voxel size in mm.

    Returns:
        Boolean array of the same shape; all False when nothing denser than `BODY_HU`
        is thicker than twice `OPENING_MM`.
    """
    from scipy import ndimage

    factor = max(1, round(MASK_SPACING_MM / spacing_mm))
    coarse_mm = factor * spacing_mm
    tissue = hu > BODY_HU
    # Straps and shells that close a ring with the body go first, or the ring would be filled like a lung. What is
    # left is filled, or the stronger opening would eat the chest wall.
    coarse = _largest_after_opening(_block_majority(tissue, factor), STRAP_MM / coarse_mm)
    coarse = _largest_after_opening(_fill_axial_holes(coarse), OPENING_MM / coarse_mm)
    for axis in range(3):
        coarse = coarse.repeat(factor, axis=axis)
    near_body = coarse[tuple(slice(0, size) for size in hu.shape)]
    mask = _fill_axial_holes(_largest_component(tissue & near_body))
    # Keep the skin's partial volume.
    return ndimage.binary_dilation(mask, iterations=1)


def place_in_air(hu: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """int16 HU in [-1000, 3000], air outside `mask`; padding such as -2000 or -3024 becomes air."""
    return np.where(mask, np.clip(hu, HU_AIR, HU_MAX), HU_AIR).round().astype(np.int16)


def _block_majority(mask: np.ndarray, factor: int) -> np.ndarray:
    """Coarser mask: the majority of each block of `factor` cubed voxels; the last blocks repeat the edge."""
    pad = [(0, -size % factor) for size in mask.shape]
    blocks = np.pad(mask, pad, mode="edge")
    s, p, left = (size // factor for size in blocks.shape)
    return blocks.reshape(s, factor, p, factor, left, factor).mean(axis=(1, 3, 5)) >= 0.5


def _largest_after_opening(mask: np.ndarray, radius: float) -> np.ndarray:
    """The largest piece that an erosion by `radius` voxels leaves, grown back by half a voxel more."""
    from scipy import ndimage

    if mask.all():
        return mask  # A tight crop: there is no outside to measure distances from.
    radius = max(1, round(radius))
    # The volume's faces cut the body; padding by copying keeps the opening from rounding it off there.
    padded = np.pad(mask, radius + 1, mode="edge")
    core = _largest_component(ndimage.distance_transform_edt(padded) > radius)
    if not core.any():
        return np.zeros_like(mask)
    # Half a voxel more than was taken gives back corners.
    opened = ndimage.distance_transform_edt(~core) <= radius + 0.5
    return opened[(slice(radius + 1, -(radius + 1)),) * 3] & mask


def _fill_axial_holes(mask: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    return np.stack([ndimage.binary_fill_holes(plane) for plane in mask])


def _largest_component(mask: np.ndarray) -> np.ndarray:
    from scipy import ndimage

    labels, count = ndimage.label(mask)
    if count == 0:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return labels == sizes.argmax()
