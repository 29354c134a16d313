"""What a method is given of a case, on the method's own grid and image plane."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from Diff2CTCore.errors import VolumeError
from Diff2CTCore.grid import VolumeGrid
from Diff2CTCore.isoplane import IsoPlane

from ..cases import UNKNOWN_HU, TrainingCase


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
    """A case's truth on `grid` and its first pair of radiographs on `plane`.

    A case of the same field of view with finer voxels or pixels is averaged; a voxel that holds an unknown one, or
    a pixel that holds a masked one, is unknown.

    Returns:
        int16 HU (S, P, L) with `UNKNOWN_HU`, and the observation without any disturbance.

    Raises:
        VolumeError: the case is coarser, or no whole number of its voxels or pixels fits.
    """
    pairs = case.images.shape[-2:]
    images = torch.from_numpy(case.images.reshape(-1, 2, *pairs)[0].astype(np.float32))
    masks = torch.from_numpy(case.masks.reshape(-1, 2, *pairs)[0].astype(np.float32))
    sources = torch.from_numpy(case.sources.reshape(-1, 2, 3)[0].astype(np.float32))
    voxels = _factor(case.name, case.volume.shape, grid.shape)
    pixels = _factor(case.name, pairs, (plane.rows, plane.columns))
    images = torch.nn.functional.avg_pool2d(images[None], pixels)[0]
    masks = -torch.nn.functional.max_pool2d(-masks[None], pixels)[0]
    return _averaged(case.volume, voxels), Observation(images, masks, sources, plane)


def _factor(name: str, has: tuple[int, ...], wanted: tuple[int, ...]) -> int:
    factors = {count / target for count, target in zip(has, wanted, strict=True)}
    factor = factors.pop()
    if factors or factor < 1.0 or factor != int(factor):
        raise VolumeError(
            f"The case {name} has {' x '.join(map(str, has))} samples, the model wants {' x '.join(map(str, wanted))} "
            "over the same field of view; use cases whose sides are whole multiples of the model's."
        )
    return int(factor)


def _averaged(volume: np.ndarray, factor: int) -> np.ndarray:
    if factor == 1:
        return volume
    shape = [part for count in volume.shape for part in (count // factor, factor)]
    blocks = volume.reshape(shape)
    mean = np.rint(blocks.mean(axis=(1, 3, 5), dtype=np.float64)).astype(np.int16)
    return np.where((blocks == UNKNOWN_HU).any(axis=(1, 3, 5)), np.int16(UNKNOWN_HU), mean)
