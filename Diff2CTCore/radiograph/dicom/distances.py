"""Distances from the source in a DICOM radiograph, and how much the patient is magnified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...dicom_files import UnreadableElementError, positive
from ..image import Source

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SAME = 0.01
"""Relative difference below which two distances, spacings or magnifications are one."""

_LEAST_MM, _MOST_MM = 250.0, 10_000.0
_LEAST_SOD_MM = 100.0
_MOST_MAGNIFICATION = 3.0


def read_distances(header: Dataset, source: Source):
    """Fill SID and SOD of `source`. What is there and cannot be used is told as an assumption: a user can say it."""
    source.sid_mm = _distance(header, "DistanceSourceToDetector", "sid_mm", _LEAST_MM, source)
    # The enhanced objects measure to the isocentre, and XA files mean the same by "patient" (PS3.3, C.8.7.5, C.8.19.6).
    patient = _distance(header, "DistanceSourceToPatient", "sod_mm", _LEAST_SOD_MM, source)
    isocentre = _distance(header, "DistanceSourceToIsocenter", "sod_mm", _LEAST_SOD_MM, source)
    source.sod_mm = isocentre or patient
    if patient and isocentre and not same(patient, isocentre):
        why = "The file gives two distances to the patient that differ; the one to the isocentre is taken."
        source.assume("sod_mm", isocentre, why)


def _distance(header: Dataset, keyword: str, option: str, least_mm: float, source: Source) -> float | None:
    try:
        value = positive(header, keyword)
    except UnreadableElementError:
        source.assume(option, None, f"The file's {keyword} is there but cannot be read, so it is not used.")
        return None
    if value is not None and not least_mm <= value <= _MOST_MM:
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


def settle_sod(modality: str, source: Source, magnification: float | None):
    """Give SOD from the magnification where the file has none, and tell where the two disagree."""
    if source.sod_mm is None:
        if source.sid_mm and magnification:
            source.sod_mm = source.sid_mm / magnification
            doubts = [item.why for item in source.assumptions if item.name == "sod_mm"]
            source.drop_assumption("sod_mm")
            for why in doubts:
                source.assume("sod_mm", source.sod_mm, why)
        return
    known = source.sid_mm / source.sod_mm if source.sid_mm else None
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


def same(first: float, second: float) -> bool:
    """Whether two positive numbers are one within `SAME`."""
    return abs(first / second - 1.0) < SAME
