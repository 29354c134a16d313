"""Read a CT from whatever it is stored in, and resample it onto a `VolumeGrid`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import ImageFileError, VolumeError
from ..geometry import HU_AIR, HU_MAX, VolumeGrid
from ..image_files import read_volume
from .limits import FURTHEST_MM, SPACING_MM
from .plausibility import check_hounsfield

CT_EXTENSIONS = (".nrrd", ".nhdr", ".nii.gz", ".nii", ".mha", ".mhd")

MIN_VOXELS = 16
"""Fewer slices, rows or columns than this are no volume but a picture."""


@dataclass(frozen=True)
class CT:
    """A CT volume in HU with its place in the patient.

    Attributes:
        image: SimpleITK image, int16 or float32, HU in [-1000, 3000]; spacing, origin and direction in LPS mm. The
            axes of a scan with a tilted gantry are not orthogonal.
        provenance: plain values without patient identity (format, size, spacing, SHA-256 of the voxels, ...).
        notes: sentences for the user about what was decided while reading, such as which of two places is used that a
            NIfTI file states for different frames.
    """

    image: object
    provenance: dict
    notes: tuple[str, ...] = ()

    def corners_ras_mm(self) -> np.ndarray:
        """The eight outer corners of the scanned box, (8, 3) RAS mm."""
        size = self.image.GetSize()
        corners = [
            self.image.TransformContinuousIndexToPhysicalPoint([i * size[axis] - 0.5 for axis, i in enumerate(corner)])
            for corner in np.ndindex(2, 2, 2)
        ]
        return np.array(corners) * (-1.0, -1.0, 1.0)

    def middle_ras_mm(self) -> np.ndarray:
        """The middle of the scanned box, (3,) RAS mm."""
        return self.corners_ras_mm().mean(axis=0)


def read_ct(path, series: str | None = None, acquisition: int | None = None, *, generated: bool = False) -> CT:
    """Read a CT from a folder of DICOM slices, NRRD, NIfTI or MetaImage, in any orientation and spacing.

    Values below air, with which scanners pad what lies outside their field of view, become air.

    Args:
        path: a file, or a folder that holds the slices of one CT series at any depth.
        series: SeriesInstanceUID or SeriesNumber; needed when the folder holds several CT series.
        acquisition: AcquisitionNumber; needed when a series interleaves several acquisitions.
        generated: whether a model made the volume; see `check_hounsfield`.

    Raises:
        VolumeError: missing, damaged or unknown file; a header that does not state where the voxels lie, or
            contradicts itself; not a 3D scalar image in HU; slices missing, or from several series or acquisitions
            between which the caller must choose.
    """
    path = Path(path)
    if not path.exists():
        raise VolumeError(f"{path} does not exist.")
    if path.is_dir():
        from .series import read_series

        image, source = read_series(path, series, acquisition)
    elif series is not None or acquisition is not None:
        raise VolumeError(f"{path.name} is one file, so there is no series or acquisition to choose; leave that out.")
    else:
        image, source = _read_file(path)
    return ct_from_image(image, path.name, source, generated=generated)


def _read_file(path: Path):
    """SimpleITK image, and what `ct_from_image` takes as its source."""
    if not path.name.lower().endswith(CT_EXTENSIONS):
        raise VolumeError(
            f"{path.name} is not a CT volume that can be read; "
            f"give a folder of DICOM slices or a file that ends in {', '.join(CT_EXTENSIONS)}."
        )
    try:
        image, notes = read_volume(path)
    except ImageFileError as error:
        raise VolumeError(str(error)) from error
    source = {"format": next(end for end in CT_EXTENSIONS if path.name.lower().endswith(end))}
    return image, {**source, "notes": list(notes)} if notes else source


def _check_volume(name: str, dimensions: int, values_per_voxel: int) -> None:
    if dimensions != 3:
        raise VolumeError(f"{name} has {dimensions} dimensions; give one 3D volume.")
    if values_per_voxel != 1:
        raise VolumeError(
            f"{name} has {values_per_voxel} values per voxel; give a volume with one value in HU per voxel."
        )


def ct_from_image(image, name: str, source: dict | None = None, *, generated: bool = False) -> CT:
    """Check that a SimpleITK image is a CT in HU, and take padding to air.

    Args:
        image: with its place in LPS mm.
        name: for the sentences.
        source: plain values about where it comes from; sentences under "notes" are for the user.
        generated: whether a model made it; see `check_hounsfield`.

    Raises:
        VolumeError: not 3D, not scalar, too small, of impossible spacing or place, not finite, constant, or not in HU.
    """
    import hashlib

    import SimpleITK as sitk

    if image.GetDimension() == 4 and image.GetSize()[3] == 1:
        image = image[..., 0]
    _check_volume(name, image.GetDimension(), image.GetNumberOfComponentsPerPixel())
    if min(image.GetSize()) < MIN_VOXELS:
        size = " x ".join(map(str, image.GetSize()))
        raise VolumeError(f"{name} has {size} voxels; a CT needs at least {MIN_VOXELS} along each axis.")
    spacing = np.array(image.GetSpacing())
    if not (np.isfinite(spacing).all() and SPACING_MM[0] <= spacing.min() and spacing.max() <= SPACING_MM[1]):
        raise VolumeError(f"{name} has a voxel spacing of {_numbers(spacing)} mm; correct it in the file.")
    if not np.abs(image.GetOrigin()).max() <= FURTHEST_MM:
        raise VolumeError(
            f"{name} lies more than {FURTHEST_MM / 1000:g} m from the origin of its frame; correct that in the file."
        )
    array = sitk.GetArrayViewFromImage(image)
    check_hounsfield(array, name, generated=generated)
    low, high = float(array.min()), float(array.max())
    pixel_type = sitk.sitkInt16 if np.issubdtype(array.dtype, np.integer) else sitk.sitkFloat32
    image = sitk.Cast(sitk.Clamp(image, lowerBound=HU_AIR, upperBound=HU_MAX), pixel_type)
    voxels = np.ascontiguousarray(sitk.GetArrayViewFromImage(image))
    provenance = {
        **(source or {}),
        "size": list(image.GetSize()),
        "spacing_mm": [round(float(value), 6) for value in spacing],
        "direction_lps": [round(float(value), 6) for value in image.GetDirection()],
        "range_before_clipping": [low, high],
        "sha256_of_voxels": hashlib.sha256(voxels).hexdigest(),
    }
    return CT(image, provenance, tuple(provenance.get("notes", ())))


def _numbers(values) -> str:
    return " x ".join(f"{value:g}" for value in values)


def resample_ct(ct: CT, grid: VolumeGrid, centre_ras_mm) -> np.ndarray:
    """The CT on a grid about a point, whatever its own axes are.

    Where the grid is coarser than the CT, the CT is smoothed first (Gaussian whose width makes up the
    difference of the voxel sizes), so that fine detail does not alias; then linear interpolation.

    Args:
        ct: the scan.
        grid: wanted voxels.
        centre_ras_mm: RAS mm in the scan's frame where the middle of the grid is put.

    Returns:
        float32 (S, P, L), HU in [-1000, 3000], -1000 outside the scan.
    """
    import SimpleITK as sitk

    part = _crop_to_grid(ct.image, grid, centre_ras_mm)
    if part is None:
        return np.full(grid.shape, HU_AIR, np.float32)
    part = sitk.Cast(part, sitk.sitkFloat32)
    # The full width at half maximum of the blur, added in squares to the CT's voxel, gives the grid's voxel.
    widths = np.sqrt(np.maximum(grid.spacing_mm**2 - np.array(part.GetSpacing()) ** 2, 0.0))
    for axis, width in enumerate(widths):
        if width > 0.0:
            part = sitk.RecursiveGaussian(part, sigma=width / 2.3548, direction=axis)
    reference = sitk.Image([*grid.shape[::-1]], sitk.sitkUInt8)
    reference.SetSpacing((grid.spacing_mm,) * 3)
    reference.SetOrigin(grid.lps_origin_mm(centre_ras_mm))
    resampled = sitk.Resample(part, reference, sitk.Transform(), sitk.sitkLinear, HU_AIR, sitk.sitkFloat32)
    return np.clip(sitk.GetArrayFromImage(resampled), HU_AIR, HU_MAX)


def _crop_to_grid(image, grid: VolumeGrid, centre_ras_mm):
    """The part of the image that the grid's box can reach, with a margin for smoothing; None when it is all air."""
    from itertools import product

    import SimpleITK as sitk

    outer = np.array(list(product(*((-0.5, count - 0.5) for count in grid.shape))))
    corners_lps = (grid.index_to_ras_mm(outer) + np.asarray(centre_ras_mm)) * (-1.0, -1.0, 1.0)
    indices = np.array([image.TransformPhysicalPointToContinuousIndex(corner.tolist()) for corner in corners_lps])
    margin = 8 + 2 * np.ceil(grid.spacing_mm / np.array(image.GetSpacing()))
    low = np.maximum(np.floor(indices.min(axis=0) - margin), 0).astype(int)
    high = np.minimum(np.ceil(indices.max(axis=0) + margin) + 1, image.GetSize()).astype(int)
    if (high <= low).any():
        return None
    return sitk.RegionOfInterest(image, (high - low).tolist(), low.tolist())
