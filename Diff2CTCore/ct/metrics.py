"""How near a reconstruction comes to the truth.

All intensity metrics are taken after clipping both volumes to `HU_WINDOW` (`Diff2CTCore.ct.metric_basics`), over a
range of 2500 HU, so that neither a wider range nor padding below air flatters the result. Masks and the spine's line
are made from the truth, so the reconstruction cannot choose where it is judged. Each metric is given on the whole
volume, in the body (see `Diff2CTCore.ct.body`) and in bone: on the whole volume the air around the patient speaks
loudest, in bone the anatomy that matters. Along the spine, `Diff2CTCore.ct.spine_metrics` asks for the vertebrae.

SSIM is Wang's (IEEE Trans. Image Process. 13(4), 2004) as scikit-image computes it: Gaussian window of
sigma 1.5 voxels (11 wide), K1 = 0.01, K2 = 0.03, population covariance.

Volumes are (superior, posterior, left) arrays in HU; see `Diff2CTCore.geometry.grid`.
"""

from __future__ import annotations

import math

import numpy as np

from ..errors import VolumeError
from ..geometry import HU_AIR, HU_MAX, HU_MIN, BiplanarGeometry, ViewGeometry, VolumeGrid, hu_to_attenuation
from .body import body_mask
from .metric_basics import HU_RANGE, bone_mask, clipped, dice
from .spine_line import spine_line
from .spine_metrics import spine_metrics

SSIM_SIGMA_VOXELS = 1.5
SSIM_WINDOW_VOXELS = 11


def psnr_db(reconstruction_hu: np.ndarray, truth_hu: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Peak signal-to-noise ratio over all voxels (3D) or those of a mask; peak = `HU_RANGE`.

    Infinite for equal volumes, NaN for an empty mask.
    """
    squared = (clipped(reconstruction_hu) - clipped(truth_hu)) ** 2
    return _decibel(_masked_mean(squared, mask))


def psnr_planes_db(reconstruction_hu: np.ndarray, truth_hu: np.ndarray) -> float:
    """Mean PSNR of all axial, coronal and sagittal slices, as several papers report it.

    It exceeds the 3D value, since slices of mere air count as much as others. Slices without any error are left
    out; infinite when there is no other.
    """
    squared = (clipped(reconstruction_hu) - clipped(truth_hu)) ** 2
    errors = np.concatenate([squared.mean(axis=axes) for axes in ((1, 2), (0, 2), (0, 1))])
    errors = errors[errors > 0.0]
    return float(np.mean([_decibel(error) for error in errors])) if errors.size else math.inf


def ssim_map(reconstruction_hu: np.ndarray, truth_hu: np.ndarray) -> np.ndarray:
    """Structural similarity around each voxel (2D or 3D), float64 of the volumes' shape.

    Within five voxels of the edge the window reaches beyond the volume, whose values it mirrors there.
    """
    from skimage.metrics import structural_similarity

    _, similarity = structural_similarity(
        clipped(reconstruction_hu),
        clipped(truth_hu),
        data_range=HU_RANGE,
        gaussian_weights=True,
        sigma=SSIM_SIGMA_VOXELS,
        use_sample_covariance=False,
        full=True,
    )
    return similarity


def ssim_plane_map(reconstruction_hu: np.ndarray, truth_hu: np.ndarray, axis: int) -> np.ndarray:
    """2D structural similarity around each voxel in the slice across `axis` that holds it, float64 (S, P, L).

    What `ssim_map` gives for each slice by itself, of all slices at once: the Gaussian window is flat along `axis`.
    """
    from scipy.ndimage import gaussian_filter

    sigma = [0.0 if index == axis else SSIM_SIGMA_VOXELS for index in range(3)]
    radius = [0 if index == axis else SSIM_WINDOW_VOXELS // 2 for index in range(3)]

    def smooth(volume: np.ndarray) -> np.ndarray:
        return gaussian_filter(volume, sigma, radius=radius, mode="reflect")

    found, truth = clipped(reconstruction_hu), clipped(truth_hu)
    mean_found, mean_truth = smooth(found), smooth(truth)
    variances = smooth(found**2) - mean_found**2 + smooth(truth**2) - mean_truth**2
    covariance = smooth(found * truth) - mean_found * mean_truth
    c1, c2 = (0.01 * HU_RANGE) ** 2, (0.03 * HU_RANGE) ** 2
    likeness = (2.0 * mean_found * mean_truth + c1) * (2.0 * covariance + c2)
    return likeness / ((mean_found**2 + mean_truth**2 + c1) * (variances + c2))


def mae_hu(reconstruction_hu: np.ndarray, truth_hu: np.ndarray, mask: np.ndarray | None = None) -> float:
    """Mean absolute error in HU over all voxels or those of a mask; NaN for an empty mask."""
    return _masked_mean(np.abs(clipped(reconstruction_hu) - clipped(truth_hu)), mask)


def surface_distance_mm(mask: np.ndarray, truth: np.ndarray, spacing_mm: float) -> float:
    """Average symmetric distance between the surfaces of two masks; NaN when either is empty.

    A surface voxel has a face neighbour outside its mask. The volume's own faces, which cut bones off, are no
    surface: they coincide in both masks and would only dilute the distance (MONAI counts them, and agrees elsewhere).
    """
    from scipy import ndimage

    def surface(volume: np.ndarray) -> np.ndarray:
        return volume & ~ndimage.binary_erosion(volume, border_value=1)

    surfaces = surface(mask), surface(truth)
    if not all(found.any() for found in surfaces):
        return math.nan
    away = [ndimage.distance_transform_edt(~found, sampling=spacing_mm) for found in surfaces]
    return float(np.concatenate([away[1][surfaces[0]], away[0][surfaces[1]]]).mean())


def reprojection_error(measured: np.ndarray, reprojected: np.ndarray, seen: np.ndarray | None = None) -> float:
    """Part of a radiograph that a re-projection does not explain: 0 agrees, 1 explains nothing.

    The root mean square of what is left after the best gain and offset, over the radiograph's standard
    deviation. Gain and offset are free since a radiograph's pixel values have no absolute scale.

    Args:
        measured, reprojected: line integrals on the same pixels, any shape.
        seen: mask of the pixels that count.

    Returns:
        A value in [0, 1]; NaN when the radiograph is constant.
    """
    chosen = ... if seen is None else seen.astype(bool)
    measured, reprojected = (np.asarray(image, dtype=np.float64)[chosen].ravel() for image in (measured, reprojected))
    if measured.size == 0 or np.ptp(measured) == 0.0:
        return math.nan
    if np.ptp(reprojected) == 0.0:
        return 1.0
    correlation = np.corrcoef(measured, reprojected)[0, 1]
    return float(np.sqrt(max(0.0, 1.0 - correlation**2)))


def default_views(grid: VolumeGrid) -> BiplanarGeometry:
    """An AP and a left lateral view at the default distances, about one pixel per voxel, that see the whole grid."""
    side = math.ceil(1.25 * max(grid.shape))

    def view(name: str) -> ViewGeometry:
        nominal = ViewGeometry(name, side, side, (1.0, 1.0))
        pitch = grid.spacing_mm * nominal.magnification
        return nominal.with_values(pixel_spacing_mm=(pitch, pitch))

    return BiplanarGeometry(view("AP"), view("LL"))


def volume_reprojection_error(reconstruction_hu: np.ndarray, truth_hu: np.ndarray, grid: VolumeGrid) -> float:
    """Mean `reprojection_error` of the two `default_views`, between projections of the two volumes.

    Here nothing is clipped to `HU_WINDOW`: metal is what a radiograph shows best.
    """
    import torch

    from ..geometry import project

    def drr(hu: np.ndarray, view: ViewGeometry) -> np.ndarray:
        mu = hu_to_attenuation(torch.from_numpy(np.asarray(hu, dtype=np.float32).clip(HU_MIN, HU_MAX)))
        return project(mu[None, None], grid, view)[0, 0].numpy()

    views = default_views(grid).views
    return float(np.mean([reprojection_error(drr(truth_hu, view), drr(reconstruction_hu, view)) for view in views]))


def evaluate(reconstruction_hu: np.ndarray, truth_hu: np.ndarray, spacing_mm: float) -> dict[str, float]:
    """All metrics of a reconstruction against the truth on the same grid.

    Args:
        reconstruction_hu, truth_hu: (S, P, L) in HU, finite.
        spacing_mm: isotropic voxel size.

    Returns:
        `ssim_volume`, `ssim_body_3d`, `ssim_bone` (3D SSIM, mean over the whole volume less the five voxels at its
        edge, and over the masks); `ssim_planes`, `ssim_body` (2D SSIM, mean of the three planes, over the whole
        volume and over the body mask); `psnr_volume_db`, `psnr_body_db`, `psnr_bone_db` (3D),
        `psnr_planes_db`; `mae_hu` (whole volume), `mae_body_hu`, `mae_bone_hu`; `bone_dice` and
        `surface_distance_mm` of bone in both; `level_profile` and `spine_dice` along the truth's spine (see
        `Diff2CTCore.ct.spine_metrics`); `reprojection_error`. NaN where the truth has no such tissue or no spine.

    Raises:
        VolumeError: the volumes differ in shape, are smaller than the SSIM window, or hold NaN.
    """
    if reconstruction_hu.shape != truth_hu.shape or truth_hu.ndim != 3:
        raise VolumeError(
            f"The reconstruction has the shape {reconstruction_hu.shape}, the true CT {truth_hu.shape}; "
            "resample one onto the other's grid."
        )
    if min(truth_hu.shape) < SSIM_WINDOW_VOXELS:
        raise VolumeError(f"The volumes need at least {SSIM_WINDOW_VOXELS} voxels along each axis to be compared.")
    if not (np.isfinite(reconstruction_hu).all() and np.isfinite(truth_hu).all()):
        raise VolumeError("A volume to be compared holds values that are not finite; replace them with -1000 HU.")
    body, bone, bone_found = body_mask(truth_hu, spacing_mm), bone_mask(truth_hu), bone_mask(reconstruction_hu)
    similarity = ssim_map(reconstruction_hu, truth_hu)
    edge = slice(SSIM_WINDOW_VOXELS // 2, -(SSIM_WINDOW_VOXELS // 2))
    pair = reconstruction_hu, truth_hu
    planes = [ssim_plane_map(*pair, axis) for axis in range(3)]
    line = spine_line(np.where(body, truth_hu, HU_AIR), spacing_mm)
    return {
        "ssim_volume": float(similarity[edge, edge, edge].mean()),
        "ssim_body_3d": _masked_mean(similarity, body),
        "ssim_bone": _masked_mean(similarity, bone),
        "ssim_planes": float(np.mean([plane.mean() for plane in planes])),
        "ssim_body": float(np.mean([_masked_mean(plane, body) for plane in planes])),
        "psnr_volume_db": psnr_db(*pair),
        "psnr_body_db": psnr_db(*pair, body),
        "psnr_bone_db": psnr_db(*pair, bone),
        "psnr_planes_db": psnr_planes_db(*pair),
        "mae_hu": mae_hu(*pair),
        "mae_body_hu": mae_hu(*pair, body),
        "mae_bone_hu": mae_hu(*pair, bone),
        "bone_dice": dice(bone_found, bone),
        "surface_distance_mm": surface_distance_mm(bone_found, bone, spacing_mm),
        **spine_metrics(*pair, line, spacing_mm),
        "reprojection_error": volume_reprojection_error(*pair, VolumeGrid(truth_hu.shape, spacing_mm)),
    }


def _masked_mean(values: np.ndarray, mask: np.ndarray | None) -> float:
    chosen = values if mask is None else values[mask]
    return float(chosen.mean()) if chosen.size else math.nan


def _decibel(mean_squared_error: float) -> float:
    if mean_squared_error == 0.0:
        return math.inf
    return 10.0 * math.log10(HU_RANGE**2 / mean_squared_error)
