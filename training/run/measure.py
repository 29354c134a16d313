"""How near the reconstructions of a few held-out cases come to the truth while a model trains.

With NumPy and SciPy alone. The numbers are those of `training.evaluate` but for the mask of the body, which is made
for bodies without a table here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from Diff2CTCore.ct import bone_mask, dice, level_profile, psnr_db, ssim_plane_map

from ..data import UNKNOWN_HU

BODY_HU = -400.0

TITLES = {
    "ssim_body": ("SSIM body", ".3f", ""),
    "psnr_body_db": ("PSNR", ".1f", " dB"),
    "bone_dice": ("bone Dice", ".2f", ""),
    "level_profile": ("level profile", ".2f", ""),
}
"""Metric to its title, format and unit in a line to read."""

Measured = dict[str, dict[str, float]]
"""Kind of case to the mean of each metric that is known."""


def body_of(hu: np.ndarray) -> np.ndarray:
    """Mask of a body without a table, boolean (S, P, L), from HU: the largest piece with its cavities filled."""
    tissue = hu > BODY_HU
    filled = np.stack([ndimage.binary_fill_holes(slice_) for slice_ in tissue])
    pieces, count = ndimage.label(filled)
    if count == 0:
        return filled
    return pieces == 1 + int(np.argmax(np.bincount(pieces.ravel())[1:]))


def measure_case(
    found_hu: np.ndarray, truth_hu: np.ndarray, spacing_mm: float, line_voxels: np.ndarray | None
) -> dict[str, float]:
    """SSIM and PSNR in the body, Dice of bone, and level profile, where the truth is known in whole axial slices.

    Args:
        found_hu: (S, P, L).
        truth_hu: the same shape, `UNKNOWN_HU` where there is no data.
        spacing_mm: isotropic voxel size.
        line_voxels: (n, 3), see `Diff2CTCore.ct.level_profile`; None where the spine is not known.

    Returns:
        Metrics by the names in `TITLES`; NaN where there is nothing to measure.
    """
    known = np.flatnonzero((truth_hu != UNKNOWN_HU).all((1, 2)))
    if not known.size:
        return dict.fromkeys(TITLES, math.nan)
    slab = slice(known[0], known[-1] + 1)
    found, truth = (hu[slab].astype(np.float32) for hu in (found_hu, truth_hu))
    body = body_of(truth)
    inside = [ssim_plane_map(found, truth, axis)[body] for axis in range(3)] if body.any() else []
    profile = math.nan
    if line_voxels is not None and len(line_voxels) > 1:
        profile = level_profile(found, truth, np.asarray(line_voxels) - [slab.start, 0, 0], spacing_mm)
    return {
        "ssim_body": float(np.mean(inside)) if inside else math.nan,
        "psnr_body_db": psnr_db(found, truth, body),
        "bone_dice": dice(bone_mask(found), bone_mask(truth)),
        "level_profile": profile,
    }


def means_by_kind(cases: Sequence[tuple[str, dict[str, float]]]) -> Measured:
    """The mean of each metric over the cases of each kind in which it is known, rounded for a log."""
    means: Measured = {}
    for kind in sorted({kind for kind, _ in cases}, reverse=True):  # real scans first
        of_kind = [values for found, values in cases if found == kind]
        for name in TITLES:
            known = [values[name] for values in of_kind if math.isfinite(values[name])]
            if known:
                means.setdefault(kind, {})[name] = round(float(np.mean(known)), 5)
    return means


def as_text(means: Measured) -> str:
    """Means in a line to read, such as "real SSIM body .241, PSNR 22.3 dB; phantom ..."."""
    return "; ".join(
        kind + " " + ", ".join(_item(name, value) for name, value in values.items()) for kind, values in means.items()
    )


def _item(name: str, value: float) -> str:
    title, form, unit = TITLES[name]
    number = format(value, form)
    if abs(value) < 1.0 and not unit:
        number = number.replace("0.", ".", 1)
    return f"{title} {number}{unit}"
