"""View, positioner angles and orientation of a DICOM radiograph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...dicom_files import code, element, items, number
from ...geometry import VIEWS, view_from_primary_angle
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


def read_view(header: Dataset, modality: str, source: Source):
    """Fill view, positioner angles and patient orientation of `source`."""
    source.patient_orientation = parse_patient_orientation(element(header, "PatientOrientation"))
    source.positioner_deg = _positioner(header)
    position = code(header, "ViewPosition", (*_POSITIONS, *_SOME_LATERAL))
    codes = [str(element(item, "CodeValue")) for item in items(header, "ViewCodeSequence")]
    coded = next((_CODES[value] for value in codes if value in _CODES), None)
    if position in _POSITIONS:
        source.view, source.view_source = _POSITIONS[position], "ViewPosition"
    elif coded:
        source.view, source.view_source = coded, "ViewCodeSequence"
    elif position or any(value in _LATERAL_CODES for value in codes):
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


def _positioner(header: Dataset) -> tuple[float, float] | None:
    primary = number(header, "PositionerPrimaryAngle")
    if primary is None or abs(primary) > 360.0:
        return None
    secondary = number(header, "PositionerSecondaryAngle")
    return primary, secondary if secondary is not None and abs(secondary) <= 90.0 else 0.0
