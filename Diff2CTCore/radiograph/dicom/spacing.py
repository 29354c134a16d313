"""Pixel spacing of a DICOM radiograph.

Imager Pixel Spacing is measured at the detector. Pixel Spacing is the same when nothing was
calibrated, and the spacing in the patient when Pixel Spacing Calibration Type says so (PS3.3,
10.7.1.1); then only the magnification leads back to the detector, by the distances that are in use in
the end (`view_geometry`). Enhanced XA files state the spacing in the patient under a name of its own
(PS3.3, C.8.19.6.9).
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...dicom_files import UnreadableElementError, code, numbers, stated
from ...errors import RadiographError
from ..image import Source
from ..limits import same, spacing_pair
from .distances import ratio_of_spacings, read_distances, stated_magnification, tell_doubtful_sod
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
    """Fill the spacing, SID, SOD, magnification and `slot_scan` of `source`.

    Raises RadiographError for a spacing that is not positive or cannot be read, unless the user has `chosen` one: then
    the file's own, where it can be read, still tells the magnification.
    """
    read_distances(header, source)
    stated_mm = _legible(name, header) if chosen else _stated(name, header, source)
    source.magnification = stated_magnification(header, source)
    in_patient = stated_mm.patient or stated_mm.pixel
    if is_slot_scan(header):
        settle_slot_scan(header, source, *((None, None) if chosen else (stated_mm.imager, in_patient)))
    else:
        ratio = ratio_of_spacings(stated_mm.imager, in_patient, source)
        if source.magnification and ratio and not same(source.magnification, ratio):
            why = "The file's magnification and its two pixel spacings contradict each other; the former is taken."
            source.assume("sod_mm", source.sod_mm, why)
        source.magnification = source.magnification or ratio
        if not chosen:
            _settle_spacing(header, source, stated_mm, in_patient if ratio else None)
    tell_doubtful_sod(modality, source)


_KEYWORDS = {
    "imager": "ImagerPixelSpacing",
    "pixel": "PixelSpacing",
    "patient": "ObjectPixelSpacingInCenterOfBeam",
    "film": "NominalScannedPixelSpacing",
}


def _legible(name: str, header: Dataset) -> _Stated:
    """What can be used of the spacings in a file whose spacing the user has chosen."""
    found = {}
    for field, keyword in _KEYWORDS.items():
        with suppress(RadiographError):
            found[field] = _pair(name, header, keyword)
    return _Stated(**found)


def _stated(name: str, header: Dataset, source: Source) -> _Stated:
    found = _Stated(**{field: _pair(name, header, keyword) for field, keyword in _KEYWORDS.items()})
    if found == _Stated():
        aspect = numbers(header, "PixelAspectRatio")
        if aspect and (len(aspect) != 2 or aspect[0] != aspect[1]):
            raise RadiographError(f"{name} has pixels that are not square but no pixel spacing; give it yourself.")
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
            f"The {keyword} of {name} is there but cannot be read as two numbers in mm; give the pixel "
            "spacing yourself."
        )
    return spacing_pair(found, f"The {keyword} of {name}")


def _settle_spacing(header: Dataset, source: Source, stated_mm: _Stated, beside_imager: Pair | None):
    calibrated = code(header, "PixelSpacingCalibrationType", ("GEOMETRY", "FIDUCIAL")) is not None
    if stated_mm.imager:
        source.pixel_spacing_mm, source.spacing_source = stated_mm.imager, "ImagerPixelSpacing"
        source.object_spacing_mm = beside_imager
    elif stated_mm.patient or (stated_mm.pixel and calibrated):
        keyword = "ObjectPixelSpacingInCenterOfBeam" if stated_mm.patient else "PixelSpacing"
        source.object_spacing_mm = stated_mm.patient or stated_mm.pixel
        source.spacing_source = f"{keyword}, calibrated in the patient"
    elif stated_mm.pixel:
        source.pixel_spacing_mm, source.spacing_source = stated_mm.pixel, "PixelSpacing"
        why = "The file does not say where its pixel spacing holds; taken at the detector."
        if stated(header, "PixelSpacingCalibrationType"):
            why = "The file's PixelSpacingCalibrationType is not known; its pixel spacing is taken at the detector."
        source.assume("pixel_spacing_mm", stated_mm.pixel, why)
    elif stated_mm.film:
        # Digitised film: the film was the detector.
        source.pixel_spacing_mm, source.spacing_source = stated_mm.film, "NominalScannedPixelSpacing"
