"""Training cases: a volume with radiographs of the whole body it was cut from, from several camera positions.

Geometry is random but fixed per case; appearance is changed anew each time a case is used
(`randomisation`). Cases are cached because simulating one costs as much as a training step.
A cache serves any model whose voxels and pixels are whole multiples of its own.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np
import torch

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.geometry import HU_AIR, HU_MAX, HU_MIN, IsoPlane, VolumeGrid, hu_to_attenuation, project_to_iso_plane

CACHE_GRID = VolumeGrid((128, 128, 128), 2.0)
CACHE_PLANE = IsoPlane(320, 320, 1.0, 1.0)
"""What `training.make_cases` stores."""

UNKNOWN_HU = -32768
"""Marks voxels that the scan did not cover; they are air for the network and have no loss."""

UNKNOWN_PATH_MM = 4.0
"""A ray that runs further than this outside the scan carries no usable line integral."""


class CaseError(Diff2CTError):
    """A training case that cannot be read, or does not fit the model."""

    kind = "case"


@dataclass(frozen=True)
class TrainingCase:
    """Attributes:
    volume: int16 HU (S, P, L), `UNKNOWN_HU` where the scan has no data.
    images: float16 line integrals (K, 2, rows, columns) of K pairs, frontal then lateral, on the iso-plane.
    masks: uint8 (K, 2, rows, columns), 1 where the line integral is known.
    sources: float32 (K, 2, 3), (superior, posterior, left) mm of the sources.
    spacing_mm, plane_spacing_mm: of the voxels and of the images' pixels.
    name: where it came from.
    """

    volume: np.ndarray
    images: np.ndarray
    masks: np.ndarray
    sources: np.ndarray
    spacing_mm: float
    plane_spacing_mm: float
    name: str

    def save(self, path: Path) -> None:
        """Write atomically, so that a reader never meets half a case."""
        temporary = path.with_suffix(f".{os.getpid()}.tmp")
        with open(temporary, "wb") as file:
            np.savez(file, **{item.name: np.asarray(getattr(self, item.name)) for item in fields(self)})
        os.replace(temporary, path)

    @classmethod
    def load(cls, path: Path) -> TrainingCase:
        """Inverse of `save`; CaseError when the file is not a case."""
        try:
            with np.load(path, allow_pickle=False) as data:
                values = {item.name: data[item.name] for item in fields(cls)}
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise CaseError(f"{path} is not a readable training case; delete it and run make_cases again.") from error
        scalars = {name: values[name].item() for name in ("spacing_mm", "plane_spacing_mm", "name")}
        return cls(**{**values, **scalars})

    def on(self, grid: VolumeGrid, plane: IsoPlane) -> TrainingCase:
        """The case on a model's grid and plane, whose pitches must be whole multiples of the case's own.

        Voxels are means of blocks (HU is linear in attenuation) and unknown where one of their block is;
        pixels are means, and known where all of their block are.
        """
        voxels = self._factor(grid.spacing_mm / self.spacing_mm, grid.shape, self.volume.shape)
        size = (plane.rows, plane.columns)
        pixels = self._factor(plane.row_spacing_mm / self.plane_spacing_mm, size, self.images.shape[2:])
        return replace(
            self,
            volume=_coarser_volume(self.volume, voxels),
            images=_blocks(self.images, (1, 1, pixels, pixels)).mean((1, 3, 5, 7), dtype=np.float32).astype(np.float16),
            masks=_blocks(self.masks, (1, 1, pixels, pixels)).min((1, 3, 5, 7)),
            spacing_mm=grid.spacing_mm,
            plane_spacing_mm=plane.row_spacing_mm,
        )

    def _factor(self, ratio: float, wanted: tuple[int, ...], stored: tuple[int, ...]) -> int:
        factor = round(ratio)
        if factor < 1 or abs(ratio - factor) > 1e-6 or tuple(count * factor for count in wanted) != tuple(stored):
            raise CaseError(
                f"The case {self.name} has {stored} voxels or pixels of {self.spacing_mm:g} or "
                f"{self.plane_spacing_mm:g} mm, which do not fit the model's {wanted}; choose a model grid of which "
                "the cache's is a whole multiple, or make another cache."
            )
        return factor


def _blocks(array: np.ndarray, factors: tuple[int, ...]) -> np.ndarray:
    """Each axis split in two: blocks, and places in a block."""
    return array.reshape([size for n, f in zip(array.shape, factors, strict=True) for size in (n // f, f)])


def _coarser_volume(hu: np.ndarray, factor: int) -> np.ndarray:
    if factor == 1:
        return hu
    blocks = _blocks(hu, (factor,) * 3)
    unknown = (blocks == UNKNOWN_HU).any((1, 3, 5))
    means = np.rint(blocks.mean((1, 3, 5), dtype=np.float32)).astype(np.int16)
    return np.where(unknown, np.int16(UNKNOWN_HU), means)


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


def make_case(body: Body, spacing_mm: float, plane: IsoPlane, sources: np.ndarray) -> TrainingCase:
    """Simulate the frontal and the lateral radiograph of a body for each pair of sources (K, 2, 3)."""
    hu = torch.from_numpy(np.asarray(body.hu, dtype=np.float32))
    unknown = hu == UNKNOWN_HU
    attenuation = hu_to_attenuation(hu.masked_fill(unknown, HU_AIR))
    layers = [attenuation, unknown.float()] if unknown.any() else [attenuation]
    volume = torch.stack(layers)[None]
    axes = [torch.as_tensor(axis, dtype=torch.float32) for axis in body.axes_mm]
    rows, columns = (torch.as_tensor(a, dtype=torch.float32) for a in (plane.rows_mm(), plane.columns_mm()))
    sources = np.asarray(sources, dtype=np.float32)
    shape = (*sources.shape[:2], plane.rows, plane.columns)
    images, masks = np.empty(shape, np.float16), np.ones(shape, np.uint8)
    for pair, view in np.ndindex(shape[:2]):
        where = torch.from_numpy(sources[pair, view])[None]
        result = project_to_iso_plane(volume, axes, where, view == 0, rows, columns)[0].numpy()
        images[pair, view] = result[0]
        if len(layers) > 1:
            masks[pair, view] = result[1] < UNKNOWN_PATH_MM
    return TrainingCase(body.volume, images, masks, sources, spacing_mm, plane.row_spacing_mm, body.name)


def cut(hu: np.ndarray, start: tuple[int, int, int], grid: VolumeGrid) -> np.ndarray:
    """The model's grid out of a body on the same spacing, clipped to the HU range."""
    block = hu[tuple(slice(first, first + count) for first, count in zip(start, grid.shape, strict=True))]
    clipped = np.rint(np.clip(block, HU_MIN, HU_MAX))
    return np.where(block == UNKNOWN_HU, UNKNOWN_HU, clipped).astype(np.int16)
