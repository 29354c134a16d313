"""Pixel spacing and distances of a DICOM radiograph.

Imager Pixel Spacing is measured at the detector. Pixel Spacing is the same when nothing was
calibrated, and the spacing in the patient when Pixel Spacing Calibration Type says so (PS3.3,
10.7.1.1); then only the magnification leads back to the detector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...dicom_files import code, element, numbers, positive
from ...errors import RadiographError
from ..image import Source
from ..limits import spacing_pair

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_SAME = 0.01
"""Relative difference below which two spacings, or two magnifications, are one."""


def read_spacing_and_distances(name: str, header: Dataset, modality: str, source: Source, chosen: bool):
    """Fill the spacing, SID and SOD of `source`.

    Raises RadiographError for a spacing that is not positive, unless the user has `chosen` one.
    """
    source.sid_mm = positive(header, "DistanceSourceToDetector")
    source.sod_mm = positive(header, "DistanceSourceToPatient")
    if chosen:
        imager = calibrated = None
    else:
        imager = _pair(name, header, "ImagerPixelSpacing")
        calibrated = _pair(name, header, "PixelSpacing")
        _refuse_unscaled_aspect(name, header, imager or calibrated)
    magnification = _magnification(header, imager, calibrated)
    nominal = None if chosen else _pair(name, header, "NominalScannedPixelSpacing")
    _settle_spacing(header, source, imager, calibrated, nominal, magnification)
    _settle_sod(modality, source, magnification)


def _pair(name: str, header: Dataset, keyword: str) -> tuple[float, float] | None:
    if element(header, keyword) is None:
        return None
    return spacing_pair(numbers(header, keyword), f"The {keyword} of {name}")


def _refuse_unscaled_aspect(name: str, header: Dataset, spacing: tuple[float, float] | None):
    aspect = numbers(header, "PixelAspectRatio")
    if spacing is None and len(aspect) == 2 and aspect[0] != aspect[1]:
        raise RadiographError(f"{name} has pixels that are not square but no pixel spacing; give pixel_spacing_mm.")


def _calibrated(header: Dataset) -> bool:
    return code(header, "PixelSpacingCalibrationType", ("GEOMETRY", "FIDUCIAL")) is not None


def _magnification(header: Dataset, imager, calibrated) -> float | None:
    stated = positive(header, "EstimatedRadiographicMagnificationFactor")
    if stated is not None and stated > 1.0:
        return stated
    if imager and calibrated and imager[0] / calibrated[0] > 1.0 + _SAME:
        return imager[0] / calibrated[0]
    return None


def _settle_spacing(header: Dataset, source: Source, imager, calibrated, nominal, magnification: float | None):
    if imager:
        source.pixel_spacing_mm, source.spacing_source = imager, "ImagerPixelSpacing"
    elif calibrated and _calibrated(header):
        known = magnification
        if known is None and source.sid_mm and source.sod_mm and source.sid_mm > source.sod_mm:
            known = source.sid_mm / source.sod_mm
        if known is None:
            source.object_spacing_mm, source.spacing_source = calibrated, "PixelSpacing, calibrated in the patient"
        else:
            source.pixel_spacing_mm = (calibrated[0] * known, calibrated[1] * known)
            source.spacing_source = "PixelSpacing, calibrated in the patient, times the magnification"
    elif calibrated:
        source.pixel_spacing_mm, source.spacing_source = calibrated, "PixelSpacing"
        why = "The file does not say where its pixel spacing holds; taken at the detector."
        source.assume("pixel_spacing_mm", calibrated, why)
    elif nominal:
        # Digitised film: the film was the detector.
        source.pixel_spacing_mm, source.spacing_source = nominal, "NominalScannedPixelSpacing"


def _settle_sod(modality: str, source: Source, magnification: float | None):
    if source.sid_mm and magnification and not source.sod_mm:
        source.sod_mm = source.sid_mm / magnification
        return
    if source.sod_mm is None or modality != "DX":
        return
    # In the DX object the distance ends at the table or bucky, not in the patient.
    agrees = source.sid_mm and magnification and abs(source.sid_mm / source.sod_mm / magnification - 1.0) < _SAME
    if not agrees:
        source.assume(
            "sod_mm",
            source.sod_mm,
            "The file gives the distance to the patient's support; it is taken as the distance to the spine.",
        )
