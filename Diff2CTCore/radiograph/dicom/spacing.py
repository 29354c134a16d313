"""Pixel spacing of a DICOM radiograph.

Imager Pixel Spacing is measured at the detector. Pixel Spacing is the same when nothing was
calibrated, and the spacing in the patient when Pixel Spacing Calibration Type says so (PS3.3,
10.7.1.1); then only the magnification leads back to the detector. Enhanced XA files state the
spacing in the patient under a name of its own (PS3.3, C.8.19.6.9).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...dicom_files import UnreadableElementError, code, numbers, stated
from ...errors import RadiographError
from ..image import Source
from ..limits import spacing_pair
from .distances import ratio_of_spacings, read_distances, same, settle_sod, stated_magnification
from .slot_scan import is_slot_scan, settle_slot_scan

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

Pair = tuple[float, float]


@dataclass(frozen=True)
class _Stated:
    """(row, column) spacings that a file states, None where it does not."""

    imager: Pair | None = None
    pixel: Pair | None = None
    patient: Pair | None = None
    film: Pair | None = None


def read_spacing_and_distances(name: str, header: Dataset, modality: str, source: Source, chosen: bool):
    """Fill the spacing, SID, SOD and `slot_scan` of `source`.

    Raises RadiographError for a spacing that is not positive or cannot be read, unless the user has `chosen` one.
    """
    read_distances(header, source)
    stated_mm = _Stated() if chosen else _stated(name, header, source)
    magnification = stated_magnification(header, source)
    in_patient = stated_mm.patient or stated_mm.pixel
    if is_slot_scan(header):
        settle_slot_scan(header, source, stated_mm.imager, in_patient)
    else:
        ratio = ratio_of_spacings(stated_mm.imager, in_patient, source)
        if magnification and ratio and not same(magnification, ratio):
            why = "The file's magnification and its two pixel spacings contradict each other; the former is taken."
            source.assume("sod_mm", source.sod_mm, why)
        magnification = magnification or ratio
        _settle_spacing(header, source, stated_mm, magnification)
    settle_sod(modality, source, magnification)


def _stated(name: str, header: Dataset, source: Source) -> _Stated:
    found = _Stated(
        imager=_pair(name, header, "ImagerPixelSpacing"),
        pixel=_pair(name, header, "PixelSpacing"),
        patient=_pair(name, header, "ObjectPixelSpacingInCenterOfBeam"),
        film=_pair(name, header, "NominalScannedPixelSpacing"),
    )
    if found == _Stated():
        aspect = numbers(header, "PixelAspectRatio")
        if aspect and (len(aspect) != 2 or aspect[0] != aspect[1]):
            raise RadiographError(f"{name} has pixels that are not square but no pixel spacing; give pixel_spacing_mm.")
    else:
        _tell_contradicting_aspect(header, found, source)
    return found


def _tell_contradicting_aspect(header: Dataset, found: _Stated, source: Source):
    row, column = found.imager or found.patient or found.pixel or found.film
    try:
        aspect = numbers(header, "PixelAspectRatio")
    except UnreadableElementError:
        return
    if len(aspect) == 2 and min(aspect) > 0.0 and not same(aspect[0] / aspect[1], row / column):
        why = "The file's PixelAspectRatio contradicts its pixel spacing, which is followed."
        source.assume("pixel_spacing_mm", (row, column), why)


def _pair(name: str, header: Dataset, keyword: str) -> Pair | None:
    if not stated(header, keyword):
        return None
    try:
        found = numbers(header, keyword)
    except UnreadableElementError:
        found = []
    if len(found) != 2:
        raise RadiographError(
            f"The {keyword} of {name} is there but cannot be read as two numbers in mm; give pixel_spacing_mm yourself."
        )
    return spacing_pair(found, f"The {keyword} of {name}")


def _settle_spacing(header: Dataset, source: Source, stated_mm: _Stated, magnification: float | None):
    calibrated = code(header, "PixelSpacingCalibrationType", ("GEOMETRY", "FIDUCIAL")) is not None
    if stated_mm.imager:
        source.pixel_spacing_mm, source.spacing_source = stated_mm.imager, "ImagerPixelSpacing"
    elif stated_mm.patient or (stated_mm.pixel and calibrated):
        _settle_from_patient(source, stated_mm, magnification)
    elif stated_mm.pixel:
        source.pixel_spacing_mm, source.spacing_source = stated_mm.pixel, "PixelSpacing"
        why = "The file does not say where its pixel spacing holds; taken at the detector."
        if stated(header, "PixelSpacingCalibrationType"):
            why = "The file's PixelSpacingCalibrationType is not known; its pixel spacing is taken at the detector."
        source.assume("pixel_spacing_mm", stated_mm.pixel, why)
    elif stated_mm.film:
        # Digitised film: the film was the detector.
        source.pixel_spacing_mm, source.spacing_source = stated_mm.film, "NominalScannedPixelSpacing"


def _settle_from_patient(source: Source, stated_mm: _Stated, magnification: float | None):
    keyword = "ObjectPixelSpacingInCenterOfBeam" if stated_mm.patient else "PixelSpacing"
    row_mm, column_mm = stated_mm.patient or stated_mm.pixel
    known = magnification
    if known is None and source.sid_mm and source.sod_mm and source.sid_mm > source.sod_mm:
        known = source.sid_mm / source.sod_mm
    if known is None:
        source.object_spacing_mm, source.spacing_source = (row_mm, column_mm), f"{keyword}, calibrated in the patient"
    else:
        source.pixel_spacing_mm = (row_mm * known, column_mm * known)
        source.spacing_source = f"{keyword}, calibrated in the patient, times the magnification"
