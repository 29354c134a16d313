"""Radiographs beside what the reconstructed volume would look like to the same detector, as files."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..storage import folder_when_complete


def write_reprojections(result, folder: Path) -> None:
    """Write `frontal_measured.nrrd`, `frontal_reprojection.nrrd` and the same for `lateral`: all of them or none.

    Each is a one-slice float32 image (columns, rows, 1) in the canonical orientation with the detector's pixel
    spacing in mm. The measured image is scaled to the line integrals of the re-projection by a straight line.

    Args:
        result: a `Diff2CTCore.reconstruction.JobResult`.
        folder: made if missing.

    Raises:
        OutputError: the folder cannot be written.
    """
    radiographs = {"frontal": result.frontal, "lateral": result.lateral}
    views = dict(zip(radiographs, result.geometry.views, strict=True))
    with folder_when_complete(folder) as staged:
        for side, radiograph in radiographs.items():
            view = views[side]
            reprojection = result.reconstruction.reprojections[view.view]
            measured = _on_the_scale_of(reprojection, radiograph.pixels)
            for name, pixels in (("measured", measured), ("reprojection", reprojection)):
                _write(staged / f"{side}_{name}.nrrd", pixels, view.pixel_spacing_mm)


def _on_the_scale_of(reprojection: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    inside = reprojection > 0.0
    if inside.sum() < 2 or np.ptp(pixels[inside]) == 0.0:
        return pixels
    slope, offset = np.polyfit(pixels[inside].astype(np.float64), reprojection[inside].astype(np.float64), 1)
    return (pixels * slope + offset).astype(np.float32) if slope > 0.0 else pixels


def _write(path: Path, pixels: np.ndarray, spacing_mm: tuple[float, float]) -> None:
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(np.ascontiguousarray(pixels[None], dtype=np.float32))
    image.SetSpacing((float(spacing_mm[1]), float(spacing_mm[0]), 1.0))
    sitk.WriteImage(image, str(path))
