"""A small picture of a prepared scan: axial, sagittal and coronal planes through its spine."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from Diff2CTCore.errors import OutputError
from Diff2CTCore.reconstruction import WINDOW_HU
from Diff2CTCore.storage import replaced_when_complete

HEIGHT = 200
LINE_COLOUR = (255, 60, 40)


def write_thumbnail(path: Path, hu: np.ndarray, centreline_voxels: np.ndarray | None) -> Path:
    """Write a PNG with the three planes side by side, head up, front left or up, the patient's right at the left.

    Args:
        path: ends in .png.
        hu: (S, P, L) on an isotropic grid.
        centreline_voxels: (points, 3) voxels along the spine: the planes follow it and it is drawn; or None.

    Raises:
        OutputError: the folder cannot be written.
    """
    import SimpleITK as sitk

    superior = np.arange(hu.shape[0])
    if centreline_voxels is None:
        path_voxels = np.tile(np.array(hu.shape) // 2, (len(superior), 1))
        shown = np.zeros(len(superior), bool)
    else:
        path_voxels = np.stack(
            [np.interp(superior, centreline_voxels[:, 0], centreline_voxels[:, axis]) for axis in range(3)], axis=-1
        )
        shown = (superior >= centreline_voxels[0, 0] - 0.5) & (superior <= centreline_voxels[-1, 0] + 0.5)
    posterior, left = (np.clip(np.rint(path_voxels[:, axis]).astype(int), 0, hu.shape[axis] - 1) for axis in (1, 2))
    middle = int(superior[shown].mean()) if shown.any() else len(superior) // 2
    axial = _grey(hu[middle])
    sagittal, coronal = _grey(hu[superior, :, left]), _grey(hu[superior, posterior, :])
    if shown.any():
        axial[posterior[middle], left[middle]] = LINE_COLOUR
    sagittal[superior[shown], posterior[shown]] = LINE_COLOUR
    coronal[superior[shown], left[shown]] = LINE_COLOUR
    picture = np.concatenate([_to_height(plane) for plane in (axial, sagittal[::-1], coronal[::-1])], axis=1)
    with replaced_when_complete(path) as staged:
        try:
            sitk.WriteImage(sitk.GetImageFromArray(picture, isVector=True), str(staged))
        except RuntimeError as error:
            raise OutputError(f"Cannot write {path}: the disk refuses the data; check its space and state.") from error
    return path


def _grey(plane: np.ndarray) -> np.ndarray:
    low, high = WINDOW_HU
    grey = np.clip((plane.astype(np.float32) - low) / (high - low) * 255.0, 0.0, 255.0).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=-1)


def _to_height(plane: np.ndarray) -> np.ndarray:
    rows = np.arange(HEIGHT) * plane.shape[0] // HEIGHT
    width = max(1, round(plane.shape[1] * HEIGHT / plane.shape[0]))
    columns = np.arange(width) * plane.shape[1] // width
    return np.pad(plane[rows][:, columns], ((0, 0), (0, 4), (0, 0)))
