"""Distances from the source in a DICOM radiograph, and how much the patient is magnified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...dicom_files import UnreadableElementError, positive
from ...geometry import DISTANCE_MM
from ..image import Source
from ..limits import same

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_MOST_MAGNIFICATION = 3.0


def read_distances(header: Dataset, source: Source):
    """Fill SID and SOD of `source`. What is there and cannot be used is told as an assumption: a user can say it."""
    source.sid_mm = _distance(header, "DistanceSourceToDetector", "sid_mm", source)
    # The enhanced objects measure to the isocentre, and XA files mean the same by "patient" (PS3.3, C.8.7.5, C.8.19.6).
    patient = _distance(header, "DistanceSourceToPatient", "sod_mm", source)
    isocentre = _distance(header, "DistanceSourceToIsocenter", "sod_mm", source)
    source.sod_mm = isocentre or patient
    if patient and isocentre and not same(patient, isocentre):
        why = "The file gives two distances to the patient that differ; the one to the isocentre is taken."
        source.assume("sod_mm", isocentre, why)


def _distance(header: Dataset, keyword: str, option: str, source: Source) -> float | None:
    try:
        value = positive(header, keyword)
    except UnreadableElementError:
        source.assume(option, None, f"The file's {keyword} is there but cannot be read, so it is not used.")
        return None
    if value is not None and not DISTANCE_MM[0] <= value <= DISTANCE_MM[1]:
        source.assume(option, None, f"The file's {keyword} is no distance in mm of a radiograph, so it is not used.")
        return None
    return value


def stated_magnification(header: Dataset, source: Source) -> float | None:
    """The magnification that the file estimates; None where it has none that says anything."""
    keyword = "EstimatedRadiographicMagnificationFactor"
    try:
        value = positive(header, keyword)
    except UnreadableElementError:
        source.assume("sod_mm", source.sod_mm, f"The file's {keyword} is there but cannot be read, so it is not used.")
        return None
    if value is None or value == 1.0:
        return None
    if not 1.0 < value <= _MOST_MAGNIFICATION:
        why = f"The file's {keyword} is no magnification of a radiograph, so it is not used."
        source.assume("sod_mm", source.sod_mm, why)
        return None
    return value


def ratio_of_spacings(
    imager: tuple[float, float] | None, patient: tuple[float, float] | None, source: Source
) -> float | None:
    """How much larger the pixels are at the detector than in the patient; None where the file does not say."""
    if not imager or not patient or all(same(*pair) for pair in zip(imager, patient, strict=True)):
        return None
    ratios = [at_detector / in_patient for at_detector, in_patient in zip(imager, patient, strict=True)]
    if same(*ratios) and 1.0 < ratios[0] <= _MOST_MAGNIFICATION:
        return ratios[0]
    why = (
        "The file's two pixel spacings cannot be those at the detector and in the patient; ImagerPixelSpacing is taken."
    )
    source.assume("pixel_spacing_mm", imager, why)
    return None


def tell_doubtful_sod(modality: str, source: Source):
    """Tell where the file's SOD disagrees with its magnification, or may end elsewhere than in the patient."""
    if source.sod_mm is None:
        return
    known, magnification = source.sid_mm / source.sod_mm if source.sid_mm else None, source.magnification
    if known and magnification and same(known, magnification):
        return
    # In the DX object the distance ends at the table or bucky, not in the patient.
    if modality == "DX":
        why = "The file gives the distance to the patient's support; it is taken as the distance to the spine."
    elif known and magnification:
        why = "The file's distances and its magnification contradict each other; the distances are taken."
    else:
        return
    source.assume("sod_mm", source.sod_mm, why)
