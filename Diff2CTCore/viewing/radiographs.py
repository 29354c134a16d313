"""Both radiographs of a reconstruction beside what its volume would look like to the same detectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import VolumeError
from ..geometry import BiplanarGeometry, ViewGeometry, VolumeGrid, hu_to_attenuation
from ..reconstruction import on_the_scale_of, read_reported_pair, read_reprojections

LEAST_LIKENESS = 0.99
"""Correlation of a stored re-projection with the one that is computed here, on another plane of pixels."""


@dataclass(frozen=True, eq=False)
class ShownRadiograph:
    """Attributes:
    view: how it was taken.
    measured, reprojection: float32 (rows, columns), line integrals on one scale, upright, dense is high.
    """

    view: ViewGeometry
    measured: np.ndarray
    reprojection: np.ndarray


def radiographs_of_job(result) -> tuple[ShownRadiograph, ShownRadiograph]:
    """Those of a `Diff2CTCore.reconstruction.JobResult`."""
    found = []
    for radiograph, view in zip((result.frontal, result.lateral), result.geometry.views, strict=True):
        reprojection = result.reconstruction.reprojections[view.view]
        found.append(ShownRadiograph(view, on_the_scale_of(reprojection, radiograph.pixels), reprojection))
    return tuple(found)


def radiographs_from_files(
    report: dict, paths: Sequence[Path], hu: np.ndarray, grid: VolumeGrid
) -> tuple[ShownRadiograph, ShownRadiograph]:
    """The radiographs that a report names, read as its reconstruction read them.

    Args:
        report: of the reconstruction.
        paths: both files.
        hu: the reconstruction, (S, P, L) on `grid`.

    Raises:
        RadiographError: the files are not those of the report.
    """
    found = []
    for view, radiograph in read_reported_pair(report, list(paths)):
        reprojection = _project(hu, grid, view)
        found.append(ShownRadiograph(view, on_the_scale_of(reprojection, radiograph.pixels), reprojection))
    return tuple(found)


def radiographs_from_folder(
    geometry: BiplanarGeometry, folder: Path, hu: np.ndarray, grid: VolumeGrid
) -> tuple[ShownRadiograph, ShownRadiograph]:
    """The images that `reconstruct --reprojections` wrote.

    Raises:
        VolumeError: one cannot be read, or they are not those of the volume.
    """
    found = []
    for view, measured, reprojection in read_reprojections(folder, geometry):
        if not _alike(_project(hu, grid, view), reprojection):
            raise VolumeError(f"The re-projections in {folder} are not those of this volume; give its own folder.")
        found.append(ShownRadiograph(view, measured, reprojection))
    return tuple(found)


def _project(hu: np.ndarray, grid: VolumeGrid, view: ViewGeometry) -> np.ndarray:
    import torch

    from ..geometry import project

    volume = torch.as_tensor(np.asarray(hu, dtype=np.float32))[None, None]
    return project(hu_to_attenuation(volume), grid, view)[0, 0].numpy()


def _alike(image: np.ndarray, other: np.ndarray) -> bool:
    if np.ptp(image) == 0.0 or np.ptp(other) == 0.0:
        return np.ptp(image) == np.ptp(other)
    return float(np.corrcoef(image.ravel(), other.ravel())[0, 1]) >= LEAST_LIKENESS
