"""HU as levels: steps of 8 HU up to 296, where soft tissue is told apart, and of 16 HU above."""

from __future__ import annotations

import numpy as np

from Diff2CTCore.geometry import HU_AIR, HU_MAX

FINE_HU, COARSE_HU = 8, 16
_AIR, _MOST = int(HU_AIR), int(HU_MAX)
_KNEE_HU = 296
_KNEE = (_KNEE_HU - _AIR) // FINE_HU
COUNT = _KNEE + (_MOST - _KNEE_HU) // COARSE_HU + 1
"""Levels run from 0 (air) to `COUNT` - 1 (3000 HU)."""


def hu_to_levels(hu: np.ndarray) -> np.ndarray:
    """int16 levels of int16 HU, which are clipped to [-1000, 3000]: off by at most 4 HU below 300 HU, 8 HU above."""
    clipped = np.clip(hu, _AIR, _MOST).astype(np.int16)
    fine = (clipped - _AIR + FINE_HU // 2) // FINE_HU
    coarse = _KNEE + (clipped - _KNEE_HU + COARSE_HU // 2) // COARSE_HU
    # At 300 HU both errors are allowed, and the coarse step begins: 300 to 303 belong to the level of 296.
    return np.where(clipped < _KNEE_HU, fine, coarse).astype(np.int16)


def levels_to_hu(levels: np.ndarray) -> np.ndarray:
    """int16 HU of levels."""
    table = np.concatenate(
        [np.arange(_AIR, _KNEE_HU, FINE_HU), np.arange(_KNEE_HU, _MOST + 1, COARSE_HU)], dtype=np.int16
    )
    return table[levels]
