"""View and orientation of a DICOM radiograph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...dicom_files import UnreadableElementError, code, element, items, number, stated
from ...geometry import FRONTAL_VIEWS, VIEWS, view_from_primary_angle
from ..image import Source
from ..orientation import parse_patient_orientation, plane_of

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_POSITIONS = {**{view: view for view in VIEWS}, "LLAT": "LL", "RLAT": "RL"}
_SOME_LATERAL = ("LAT", "LATERAL")

# View Code Sequence (CID 4010): SNOMED CT, and the SNOMED RT codes of older files.
_CODES = {
    "399348003": "AP",
    "R-10206": "AP",
    "272479007": "PA",
    "R-10214": "PA",
    "R-40888": "PA",
    "399173006": "LL",
    "R-10236": "LL",
    "399198007": "RL",
    "R-10232": "RL",
}
_LATERAL_CODES = ("399067008", "R-102CD")
_OBLIQUE = ("DetectorPrimaryAngle", "DetectorSecondaryAngle", "ColumnAngulation", "ColumnAngulationPatient")


def read_view(header: Dataset, modality: str, source: Source):
    """Fill view and patient orientation of `source`, whose positioner angles are known by now."""
    source.patient_orientation = parse_patient_orientation(element(header, "PatientOrientation"))
    if source.patient_orientation is None and stated(header, "PatientOrientation"):
        source.orientation_doubt = (
            "The file's PatientOrientation is there but names no two directions of an upright view, so it is not used; "
            "taken as upright, left (or back) on the right-hand side."
        )
    position, coded, lateral = _stated_views(header)
    if position:
        source.view, source.view_source = position, "ViewPosition"
        if coded not in (None, position):
            why = f"The file says {position} in ViewPosition but {coded} in ViewCodeSequence; ViewPosition is followed."
            source.assume("view", position, why)
    elif coded:
        source.view, source.view_source = coded, "ViewCodeSequence"
        if lateral and coded in FRONTAL_VIEWS:
            why = f"The file says lateral in one place but {coded} in ViewCodeSequence, which is followed."
            source.assume("view", coded, why)
    elif lateral:
        source.view, source.view_source = "LL", "ViewPosition"
        source.assume("view", "LL", "The file says lateral but not which side was at the detector; taken as the left.")
    elif source.positioner_deg and modality in ("XA", "RF"):
        source.view, source.view_source = view_from_primary_angle(source.positioner_deg[0]), "PositionerPrimaryAngle"
    elif source.patient_orientation:
        frontal = plane_of(source.patient_orientation) == "frontal"
        source.view, source.view_source = ("AP" if frontal else "LL"), "PatientOrientation"
        source.assume(
            "view",
            source.view,
            "The file tells the plane of the view but not which way the beam went; the usual way is taken.",
        )
    if not position and not lateral and stated(header, "ViewPosition"):
        why = "The file's ViewPosition is none of AP, PA, LL, RL and lateral, so it is not used."
        source.assume("view", source.view, why)
    _tell_oblique_beam(header, source)


def _stated_views(header: Dataset) -> tuple[str | None, str | None, bool]:
    """The view by View Position, the one by View Code Sequence, and whether one of them says lateral and no more."""
    position = code(header, "ViewPosition", (*_POSITIONS, *_SOME_LATERAL))
    codes = [str(element(item, "CodeValue")) for item in items(header, "ViewCodeSequence")]
    coded = next((_CODES[value] for value in codes if value in _CODES), None)
    lateral = position in _SOME_LATERAL or any(value in _LATERAL_CODES for value in codes)
    return _POSITIONS.get(position), coded, lateral


def _tell_oblique_beam(header: Dataset, source: Source):
    for keyword in _OBLIQUE:
        try:
            oblique = bool(number(header, keyword))
        except UnreadableElementError:
            oblique = True
        if oblique:
            why = f"The beam did not meet the detector at a right angle ({keyword} in the file), which is not modelled."
            source.assume("principal_point_px", None, why)
            return
