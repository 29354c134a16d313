"""Make the radiographs that a patient would have got, from a CT of the patient.

The beam is taken as monochromatic, without scatter and without the processing that vendors apply:
what comes out are line integrals of the attenuation through the whole CT.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..errors import GeometryError, VolumeError
from ..geometry import HU_AIR, BiplanarGeometry, ViewGeometry, VolumeGrid, hu_to_attenuation
from .body import body_mask
from .reading import CT, read_ct, resample_ct

DETECTOR_PIXELS = 1024
DETECTOR_PITCH_MM = 0.35
VOXEL_MM = 1.0
"""Voxel size for the projection: a detector pixel is 0.29 mm at the patient, and most CT slices are 1 to 3 mm thick."""

MAX_SCAN_M3 = 1.5
MAX_PATIENT_M3 = 0.3
"""Boxes about the centre, in cubic metres. A whole body takes 0.25; a damaged spacing would take all memory."""

_MASK_SPACING_MM = 3.0
_SKIN_MM = 3.0


@dataclass(frozen=True, eq=False)
class SimulatedPair:
    """Two radiographs of a CT, and the CT where they look.

    Attributes:
        frontal, lateral: float32 (rows, columns) line integrals (dimensionless, dense = bright), in the
            canonical orientation of `Diff2CTCore.geometry.views`.
        geometry: of both views, about `centre_ras_mm`.
        centre_ras_mm: the centre of the volume in the CT's frame.
        truth_hu: float32 (S, P, L), the CT on `grid` about the centre; air outside the scan.
        grid: the model's grid.
    """

    frontal: np.ndarray
    lateral: np.ndarray
    geometry: BiplanarGeometry
    centre_ras_mm: tuple[float, float, float]
    truth_hu: np.ndarray
    grid: VolumeGrid


def default_geometry() -> BiplanarGeometry:
    """AP and left lateral on a 36 x 36 cm detector at the default distances."""
    size = (DETECTOR_PIXELS, DETECTOR_PIXELS, (DETECTOR_PITCH_MM, DETECTOR_PITCH_MM))
    return BiplanarGeometry(ViewGeometry("AP", *size), ViewGeometry("LL", *size))


def simulate_pair(
    ct: CT,
    centre_ras_mm=None,
    geometry: BiplanarGeometry | None = None,
    grid: VolumeGrid | None = None,
    photons: float | None = None,
    blur_mm: float = 0.0,
    seed: int = 0,
    keep_table: bool = False,
    progress=None,
) -> SimulatedPair:
    """Project a CT onto a frontal and a lateral detector.

    Args:
        ct: the scan; all of it is projected, not only what lies on `grid`.
        centre_ras_mm: point in the spine, RAS mm in the scan's frame; found automatically if None.
        geometry: both views; `default_geometry()` if None.
        grid: of the truth; 128 x 128 x 128 voxels of 2 mm if None.
        photons: quanta that reach a detector pixel in the open beam; they bring Poisson noise. None: no noise.
        blur_mm: standard deviation of the detector's blur in mm.
        seed: of the noise.
        keep_table: keep table, clothes and arms that lie apart from the body.
        progress: callable(stage, step, of).

    Raises:
        VolumeError: the centre is not in the scan, or no spine was found.
        GeometryError: a source inside the patient; photons or blur out of range.
    """
    _check_detector(photons, blur_mm)
    tell = progress or (lambda *_: None)
    geometry = geometry or default_geometry()
    grid = grid or VolumeGrid()
    tell("find spine", 0, 4)
    centre = _centre(ct, centre_ras_mm)
    patient = _Patient(ct, centre, keep_table)
    whole = patient.bounding_grid(VOXEL_MM)
    _check_source_outside(geometry, whole)
    tell("prepare volume", 1, 4)
    attenuation = hu_to_attenuation(patient.on_grid(whole))
    random = np.random.default_rng(seed)
    images = []
    for step, view in enumerate(geometry.views):
        tell(f"project {view.view}", 2 + step, 4)
        images.append(_detect(_line_integrals(attenuation, whole, view), view, photons, blur_mm, random))
    truth = patient.on_grid(grid)
    tell("done", 4, 4)
    return SimulatedPair(*images, geometry, tuple(float(value) for value in centre), truth, grid)


def _check_detector(photons: float | None, blur_mm: float) -> None:
    if photons is not None and not 1.0 <= photons <= 1e12:
        raise GeometryError(f"{photons:g} photons per pixel are not possible; give 1 to 1e12, 1e5 to 1e7 are common.")
    if not 0.0 <= blur_mm <= 10.0:
        raise GeometryError(
            f"A detector blur of {blur_mm:g} mm is not possible; give 0 to 10 mm, 0.1 to 0.3 is common."
        )


def _centre(ct: CT, centre_ras_mm) -> np.ndarray:
    if centre_ras_mm is None:
        from .spine_centre import find_spine_centre

        return find_spine_centre(ct)
    centre = np.asarray(centre_ras_mm, dtype=float)
    if centre.shape != (3,) or not np.isfinite(centre).all():
        raise VolumeError("The centre must be three numbers: right, anterior and superior in mm.")
    lps = (centre * (-1.0, -1.0, 1.0)).tolist()
    index = np.array(ct.image.TransformPhysicalPointToContinuousIndex(lps))
    if (index < -0.5).any() or (index > np.array(ct.image.GetSize()) - 0.5).any():
        low, high = ct.corners_ras_mm().min(axis=0), ct.corners_ras_mm().max(axis=0)
        ranges = ", ".join(f"{a:.0f} to {b:.0f}" for a, b in zip(low, high, strict=True))
        raise VolumeError(f"The centre {centre.tolist()} lies outside the CT, which spans R, A, S = {ranges} mm.")
    return centre


class _Patient:
    """The CT on grids about one centre, without what is not the patient."""

    def __init__(self, ct: CT, centre: np.ndarray, keep_table: bool):
        self._ct = ct
        self._centre = centre
        reach = np.abs(ct.corners_ras_mm() - centre).max(axis=0)
        _require_size(reach, MAX_SCAN_M3, "scan")
        self._coarse = _grid_that_reaches(reach, _MASK_SPACING_MM)
        hu = resample_ct(ct, self._coarse, centre)
        self._mask = hu > HU_AIR if keep_table else body_mask(hu, _MASK_SPACING_MM)
        if not self._mask.any():
            raise VolumeError("The CT shows no patient, only air.")

    def bounding_grid(self, spacing_mm: float) -> VolumeGrid:
        """The smallest grid about the centre that holds the patient."""
        corners = self._coarse.index_to_ras_mm(np.argwhere(self._mask))
        reach = np.abs(corners).max(axis=0) + _MASK_SPACING_MM + _SKIN_MM
        _require_size(reach, MAX_PATIENT_M3, "patient")
        return _grid_that_reaches(reach, spacing_mm)

    def on_grid(self, grid: VolumeGrid) -> np.ndarray:
        """float32 (S, P, L) HU, air outside the patient."""
        import SimpleITK as sitk

        from ..storage import volume_image

        hu = resample_ct(self._ct, grid, self._centre)
        # Distance, not the coarse mask itself, so that the skin is cut smoothly and a little outside.
        mask = volume_image(self._mask.astype(np.uint8), self._coarse)
        distance = sitk.SignedMaurerDistanceMap(mask, squaredDistance=False, useImageSpacing=True)
        distance = sitk.Resample(distance, volume_image(hu, grid), sitk.Transform(), sitk.sitkLinear, 1e3)
        return np.where(sitk.GetArrayViewFromImage(distance) <= _SKIN_MM, hu, np.float32(HU_AIR))


def _require_size(reach_ras_mm: np.ndarray, limit_m3: float, what: str) -> None:
    sides = 2 * reach_ras_mm
    if np.prod(sides / 1000.0) > limit_m3:
        shown = " x ".join(f"{side:.0f}" for side in sides)
        raise VolumeError(f"The {what} takes {shown} mm about its centre, too much; correct its spacing or crop it.")


def _grid_that_reaches(reach_ras_mm: np.ndarray, spacing_mm: float) -> VolumeGrid:
    right, anterior, superior = (2 * int(np.ceil(reach / spacing_mm)) for reach in reach_ras_mm)
    return VolumeGrid((superior, anterior, right), spacing_mm)


def _check_source_outside(geometry: BiplanarGeometry, grid: VolumeGrid) -> None:
    half = np.array([grid.shape[2], grid.shape[1], grid.shape[0]]) / 2.0 * grid.spacing_mm
    for view in geometry.views:
        if (np.abs(view.source_mm()) <= half).all():
            raise GeometryError(
                f"With SOD {view.sod_mm:g} mm the source of the {view.view} view lies inside the patient; increase it."
            )


def _line_integrals(attenuation: np.ndarray, grid: VolumeGrid, view: ViewGeometry) -> np.ndarray:
    import torch

    from ..geometry import project

    with torch.no_grad():
        return project(torch.from_numpy(attenuation)[None, None], grid, view)[0, 0].numpy()


def _detect(
    line_integrals: np.ndarray, view: ViewGeometry, photons: float | None, blur_mm: float, random
) -> np.ndarray:
    """What a detector of finite sharpness that counts quanta makes of line integrals."""
    if photons is None and blur_mm == 0.0:
        return line_integrals
    transmission = np.exp(-line_integrals.astype(np.float64))
    if blur_mm > 0.0:
        transmission = _blur(transmission, view.pixel_spacing_mm, blur_mm)
    if photons is not None:
        # A pixel without a quantum counts as half of one: the logarithm needs a positive number.
        transmission = np.maximum(random.poisson(transmission * photons), 0.5) / photons
    return -np.log(transmission).astype(np.float32)


def _blur(image: np.ndarray, spacing_mm: tuple[float, float], sigma_mm: float) -> np.ndarray:
    import SimpleITK as sitk

    picture = sitk.GetImageFromArray(image)
    picture.SetSpacing(spacing_mm[::-1])
    return sitk.GetArrayFromImage(sitk.DiscreteGaussian(picture, variance=sigma_mm**2, maximumError=1e-4))


def simulate(
    ct_path,
    output_dir,
    centre=None,
    series: str | None = None,
    acquisition: int | None = None,
    geometry: BiplanarGeometry | None = None,
    photons: float | None = None,
    blur_mm: float = 0.0,
    seed: int = 0,
    keep_table: bool = False,
    progress=None,
) -> dict:
    """Make a frontal and a lateral DICOM radiograph from a CT, all files or none.

    Writes `ap.dcm` and `lateral.dcm` (DX), `truth.nrrd` (the CT on the model's grid, int16 HU, origin at
    its place in the CT's frame) and `geometry.json` (both views, centre, settings) into `output_dir`.

    Args:
        ct_path: a folder of DICOM slices, NRRD, NIfTI or MetaImage.
        output_dir: made if missing.
        centre: RAS mm in the CT's frame; found automatically if None.
        series, acquisition: see `Diff2CTCore.ct.read_ct`.
        geometry, photons, blur_mm, seed, keep_table, progress: see `simulate_pair`.

    Returns:
        What geometry.json holds.

    Raises:
        VolumeError, GeometryError, OutputError.
    """
    from ..storage import check_output_folder, folder_when_complete, hu_to_int16, write_json, write_volume
    from .dicom_dx import DXStudy, write_dx

    output_dir = check_output_folder(output_dir)
    ct = read_ct(ct_path, series, acquisition)
    pair = simulate_pair(
        ct,
        centre,
        geometry,
        photons=photons,
        blur_mm=blur_mm,
        seed=seed,
        keep_table=keep_table,
        progress=progress,
    )
    settings = {"photons": photons, "blur_mm": blur_mm, "seed": seed, "keep_table": keep_table}
    record = {
        "centre_ras_mm": [round(value, 3) for value in pair.centre_ras_mm],
        "frontal": pair.geometry.frontal.to_dict(),
        "lateral": pair.geometry.lateral.to_dict(),
        "grid": {"shape": list(pair.grid.shape), "spacing_mm": pair.grid.spacing_mm},
        "settings": settings,
        "ct": ct.provenance,
    }
    study = DXStudy(source_sha256=ct.provenance["sha256_of_voxels"], settings=record)
    with folder_when_complete(output_dir) as folder:
        write_dx(Path(folder) / "ap.dcm", pair.frontal, pair.geometry.frontal, study, 1)
        write_dx(Path(folder) / "lateral.dcm", pair.lateral, pair.geometry.lateral, study, 2)
        write_volume(folder / "truth.nrrd", hu_to_int16(pair.truth_hu), pair.grid, pair.centre_ras_mm)
        write_json(folder / "geometry.json", record)
    return record
