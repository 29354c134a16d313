"""From the scanner's numbers to a patient in air: padding, tables and clothes removed."""

from __future__ import annotations

import numpy as np

from Diff2CTCore.hounsfield import HU_AIR, HU_MAX

BODY_THRESHOLD_HU = -400.0
MASK_SPACING_MM = 3.0
"""Tables are found on a grid about this coarse; the body's outline is then taken from the full grid."""

OPENING_MM = 7.5
"""Things thinner than twice this (table shells, blankets, tubes) are cut from the body."""


def body_mask(hu: np.ndarray, spacing_mm: float) -> np.ndarray:
    """Mask of the patient, with lungs and gas, without table and clothes.

    Args:
        hu: (S, P, L) volume in HU on an isotropic grid.
        spacing_mm: voxel size in mm.

    Returns:
        Boolean array of the same shape; all False when nothing denser than `BODY_THRESHOLD_HU`
        is thicker than twice `OPENING_MM`.
    """
    from scipy import ndimage

    factor = max(1, round(MASK_SPACING_MM / spacing_mm))
    tissue = hu > BODY_THRESHOLD_HU
    # A table is thin in every axial slice while lungs are hollow: fill first, or the opening eats the chest wall.
    coarse = _fill_axial_holes(_block_any(tissue, factor))
    # The volume's faces cut the body; padding by copying keeps the opening from rounding it off there.
    radius = max(1, round(OPENING_MM / (factor * spacing_mm)))
    padded = np.pad(coarse, radius + 1, mode="edge")
    core = ndimage.distance_transform_edt(padded) > radius
    core = _largest_component(core)
    if not core.any():
        return np.zeros_like(tissue)
    # One voxel more than the erosion gives back corners; the table behind stays beyond reach.
    opened = ndimage.distance_transform_edt(~core) <= radius + 0.5
    inner = tuple(slice(radius + 1, -(radius + 1)) for _ in range(3))
    opened = opened[inner]
    for axis in range(3):
        opened = opened.repeat(factor, axis=axis)
    opened = opened[tuple(slice(0, size) for size in hu.shape)]
    mask = _fill_axial_holes(_largest_component(tissue & opened))
    # Keep the skin's partial volume.
    return ndimage.binary_dilation(mask, iterations=1)


def place_in_air(hu: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """int16 HU in [-1000, 3000], air outside `mask`; padding such as -2000 or -3024 becomes air."""
    return np.where(mask, np.clip(hu, HU_AIR, HU_MAX), HU_AIR).round().astype(np.int16)


def _block_any(mask: np.ndarray, factor: int) -> np.ndarray:
    """Coarser mask: the majority of each block of `factor` cubed voxels; the last blocks repeat the edge."""
    pad = [(0, -size % factor) for size in mask.shape]
    blocks = np.pad(mask, pad, mode="edge")
    s, p, left = (size // factor for size in blocks.shape)
    return blocks.reshape(s, factor, p, factor, left, factor).mean(axis=(1, 3, 5)) >= 0.5


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
