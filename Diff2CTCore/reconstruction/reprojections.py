"""Radiographs beside what the reconstructed volume would look like to the same detector, as files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..errors import ImageFileError, VolumeError
from ..geometry import BiplanarGeometry, ViewGeometry
from ..image_files import open_image
from ..storage import volume_parts

SIDES = ("frontal", "lateral")
KINDS = ("measured", "reprojection")


def reprojection_files(folder: Path) -> list[Path]:
    """`frontal_measured.nrrd`, `frontal_reprojection.nrrd` and the same for `lateral`."""
    return [folder / f"{side}_{kind}.nrrd" for side in SIDES for kind in KINDS]


def store_reprojections(result, files: list[Path]) -> None:
    """Write the four images of `reprojection_files`.

    Each is a one-slice float32 image (columns, rows, 1) in the canonical orientation with the detector's pixel
    spacing in mm. The measured image is scaled to the line integrals of the re-projection by a straight line.

    Args:
        result: a `Diff2CTCore.reconstruction.JobResult`.
        files: where to, in the order of `reprojection_files`.

    Raises:
        OSError: a file cannot be written.
    """
    for path, (pixels, spacing_mm) in zip(files, _images(result), strict=True):
        stored = np.ascontiguousarray(pixels[None], dtype=np.float32)
        spacing = (float(spacing_mm[1]), float(spacing_mm[0]), 1.0)
        path.write_bytes(b"".join(volume_parts(path.name, stored, spacing, (0.0, 0.0, 0.0), {})))


def _images(result) -> Iterator[tuple[np.ndarray, tuple[float, float]]]:
    for radiograph, view in zip((result.frontal, result.lateral), result.geometry.views, strict=True):
        reprojection = result.reconstruction.reprojections[view.view]
        yield on_the_scale_of(reprojection, radiograph.pixels), view.pixel_spacing_mm
        yield reprojection, view.pixel_spacing_mm


def read_reprojections(folder: Path, geometry: BiplanarGeometry) -> list[tuple[ViewGeometry, np.ndarray, np.ndarray]]:
    """Each view with its radiograph and its re-projection, (rows, columns), from what `store_reprojections` wrote.

    Raises:
        VolumeError: a file is missing or damaged, or has not the size of its radiograph.
    """
    files = iter(reprojection_files(folder))
    found = []
    for view in geometry.views:
        found.append((view, _stored_image(next(files), view), _stored_image(next(files), view)))
    return found


def _stored_image(path: Path, view: ViewGeometry) -> np.ndarray:
    if not path.is_file():
        raise VolumeError(f"{path} is missing; name the folder that `reconstruct --reprojections` wrote.")
    try:
        header = open_image(path, may_be_detached=False)
        if header.layout.channels == 1 and header.layout.sizes == (view.columns, view.rows):
            values = header.values()
            if np.isfinite(values).all():
                return values
            raise VolumeError(f"{path} holds values that are not finite numbers; reconstruct the volume again.")
    except ImageFileError as error:
        raise VolumeError(str(error)) from error
    raise VolumeError(f"{path} has not the size of the {view.view} radiograph; give the volume's own folder.")


def on_the_scale_of(reprojection: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """A radiograph's pixels with the gain and the offset that bring it nearest to its re-projection (least squares)."""
    inside = reprojection > 0.0
    if inside.sum() < 2 or np.ptp(pixels[inside]) == 0.0:
        return pixels
    slope, offset = np.polyfit(pixels[inside].astype(np.float64), reprojection[inside].astype(np.float64), 1)
    return (pixels * slope + offset).astype(np.float32) if slope > 0.0 else pixels
