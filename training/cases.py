"""Training cases: a volume on the model's grid with two radiographs of the whole body it was cut from.

Geometry is random but fixed per case; appearance is changed anew each time a case is used
(`training.randomisation`). Cases are cached because simulating one costs as much as a training step.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from Diff2CTCore.grid import VolumeGrid
from Diff2CTCore.hounsfield import HU_AIR, HU_MAX, HU_MIN, hu_to_attenuation
from Diff2CTCore.isoplane import IsoPlane
from Diff2CTCore.projector import project_to_iso_plane

UNKNOWN_HU = -32768
"""Marks voxels that the scan did not cover; they are air for the network and have no loss."""

UNKNOWN_PATH_MM = 4.0
"""A ray that runs further than this outside the scan carries no usable line integral."""


@dataclass(frozen=True)
class TrainingCase:
    """Attributes:
    volume: int16 HU (S, P, L) on the model's grid, `UNKNOWN_HU` where the scan has no data.
    images: float16 line integrals (2, rows, columns), frontal then lateral, on the iso-plane.
    masks: uint8 (2, rows, columns), 1 where the line integral is known.
    sources: float32 (2, 3), (superior, posterior, left) mm of the two sources.
    name: where it came from.
    """

    volume: np.ndarray
    images: np.ndarray
    masks: np.ndarray
    sources: np.ndarray
    name: str

    def save(self, path: Path) -> None:
        """Write atomically, so that a reader never meets half a case."""
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        with open(temporary, "wb") as file:
            np.savez(
                file,
                volume=self.volume,
                images=self.images,
                masks=self.masks,
                sources=self.sources,
                name=np.array(self.name),
            )
        os.replace(temporary, path)

    @classmethod
    def load(cls, path: Path) -> TrainingCase:
        with np.load(path, allow_pickle=False) as data:
            return cls(data["volume"], data["images"], data["masks"], data["sources"], str(data["name"]))


@dataclass(frozen=True)
class Body:
    """A body larger than the model's grid, from which radiographs are made.

    Attributes:
        hu: (S, P, L), HU; `UNKNOWN_HU` where there is no data.
        axes_mm: voxel positions along S, P, L about the centre of the model's grid.
        volume: int16 HU on the model's grid.
    """

    hu: np.ndarray
    axes_mm: tuple[np.ndarray, np.ndarray, np.ndarray]
    volume: np.ndarray
    name: str


def make_case(body: Body, plane: IsoPlane, sources: np.ndarray) -> TrainingCase:
    """Simulate the frontal and the lateral radiograph of a body from two sources (2, 3)."""
    hu = torch.from_numpy(np.asarray(body.hu, dtype=np.float32))
    unknown = hu == UNKNOWN_HU
    attenuation = hu_to_attenuation(hu.masked_fill(unknown, HU_AIR))
    layers = [attenuation, unknown.float()] if unknown.any() else [attenuation]
    axes = [torch.as_tensor(axis, dtype=torch.float32) for axis in body.axes_mm]
    rows, columns = (torch.as_tensor(a, dtype=torch.float32) for a in (plane.rows_mm(), plane.columns_mm()))
    images, masks = [], []
    for source, frontal in zip(sources, (True, False), strict=True):
        where = torch.as_tensor(source, dtype=torch.float32)[None]
        result = project_to_iso_plane(torch.stack(layers)[None], axes, where, frontal, rows, columns)[0]
        images.append(result[0].numpy().astype(np.float16))
        known = result[1].numpy() < UNKNOWN_PATH_MM if len(layers) > 1 else np.ones(result[0].shape, bool)
        masks.append(known.astype(np.uint8))
    return TrainingCase(
        body.volume, np.stack(images), np.stack(masks), np.asarray(sources, dtype=np.float32), body.name
    )


def cut(hu: np.ndarray, start: tuple[int, int, int], grid: VolumeGrid) -> np.ndarray:
    """The model's grid out of a body on the same spacing, clipped to the HU range."""
    block = hu[tuple(slice(first, first + count) for first, count in zip(start, grid.shape, strict=True))]
    clipped = np.clip(block, HU_MIN, HU_MAX)
    return np.where(block == UNKNOWN_HU, UNKNOWN_HU, clipped).astype(np.int16)
