"""Make the radiographs that a patient would have got, from a CT of the patient.

The beam is taken as monochromatic, without scatter and without the processing that vendors apply:
what comes out are line integrals of the attenuation through the whole CT.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import GeometryError, VolumeError
from ..geometry import BiplanarGeometry, ViewGeometry, VolumeGrid, hu_to_attenuation, side_of
from .detector import check_detector, detect, line_integrals
from .patient import Patient
from .reading import CT
from .spine_centre import find_spine_centre

DETECTOR_PIXELS = 1024
DETECTOR_PITCH_MM = 0.35
VOXEL_MM = 1.0
"""Voxel size for the projection: a detector pixel is 0.29 mm at the patient, and most CT slices are 1 to 3 mm thick."""


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
    check_detector(photons, blur_mm)
    tell = progress or (lambda *_: None)
    geometry = geometry or default_geometry()
    grid = grid or VolumeGrid()
    tell("find spine", 0, 4)
    centre = _centre(ct, centre_ras_mm)
    patient = Patient(ct, centre, keep_table)
    whole = patient.bounding_grid(VOXEL_MM)
    _check_source_outside(geometry, whole)
    tell("prepare volume", 1, 4)
    attenuation = hu_to_attenuation(patient.on_grid(whole))
    random = np.random.default_rng(seed)
    images = []
    for step, view in enumerate(geometry.views):
        tell(f"project {view.view}", 2 + step, 4)
        images.append(detect(line_integrals(attenuation, whole, view), view, photons, blur_mm, random))
    truth = patient.on_grid(grid)
    tell("done", 4, 4)
    return SimulatedPair(*images, geometry, tuple(float(value) for value in centre), truth, grid)


def _centre(ct: CT, centre_ras_mm) -> np.ndarray:
    if centre_ras_mm is None:
        return find_spine_centre(ct)
    centre = np.asarray(centre_ras_mm, dtype=float)
    if centre.shape != (3,) or not np.isfinite(centre).all():
        raise VolumeError("The centre point must be three numbers: right, anterior and superior in mm.")
    lps = (centre * (-1.0, -1.0, 1.0)).tolist()
    index = np.array(ct.image.TransformPhysicalPointToContinuousIndex(lps))
    if (index < -0.5).any() or (index > np.array(ct.image.GetSize()) - 0.5).any():
        low, high = ct.corners_ras_mm().min(axis=0), ct.corners_ras_mm().max(axis=0)
        ranges = ", ".join(f"{a:.0f} to {b:.0f}" for a, b in zip(low, high, strict=True))
        raise VolumeError(f"The centre point {centre.tolist()} lies outside the CT, which spans R, A, S = {ranges} mm.")
    return centre


def _check_source_outside(geometry: BiplanarGeometry, grid: VolumeGrid) -> None:
    half = np.array([grid.shape[2], grid.shape[1], grid.shape[0]]) / 2.0 * grid.spacing_mm
    for view in geometry.views:
        if (np.abs(view.source_mm()) <= half).all():
            raise GeometryError(
                f"With SOD {view.sod_mm:g} mm the source of the {side_of(view.view)} view lies inside the patient; "
                "increase it."
            )
