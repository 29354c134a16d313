"""View and orientation of a DICOM radiograph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...dicom_files import code, stated
from ...geometry import FRONTAL_VIEWS, LATERAL_VIEWS, VIEWS, view_from_primary_angle
from ..image import Source
from ..orientation import parse_patient_orientation, plane_of
from .oblique import tell_oblique_beam, tell_oblique_orientation, tell_tilted_beam
from .texts import coded, texts
from .view_codes import OBLIQUE, meaning

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_POSITIONS = {
    **{view: view for view in VIEWS},
    "LLAT": "LL",
    "RLAT": "RL",
    "LAT": "lateral",
    "LATERAL": "lateral",
    **dict.fromkeys(("LLO", "RLO", "LAO", "RAO", "LPO", "RPO", "OBLIQUE"), OBLIQUE),
}
_PLANES = {"frontal": FRONTAL_VIEWS, "lateral": LATERAL_VIEWS}
_KNOWN = {
    "ViewPosition": "AP, PA, LL, RL, lateral and oblique",
    "ViewCodeSequence": "antero-posterior, postero-anterior, left or right lateral, frontal, lateral and oblique",
}


def read_view(header: Dataset, modality: str, source: Source):
    """Fill view and patient orientation of `source`, whose positioner angles are known by now."""
    source.patient_orientation = parse_patient_orientation(texts(header, "PatientOrientation"))
    if source.patient_orientation is None and stated(header, "PatientOrientation"):
        source.orientation_doubt = (
            "The file's PatientOrientation is there but names no two directions of an upright view, so it is not used; "
            "taken as upright, left (or back) on the right-hand side."
        )
    said = _said(header)
    _settle(said, modality, source)
    for keyword, words in dict.fromkeys(said):
        _tell_unfitting(keyword, words, source)
    tell_oblique_beam(header, source)
    tell_oblique_orientation(source)
    tell_tilted_beam(header, source)


def _said(header: Dataset) -> list[tuple[str, str | None]]:
    """What the file says of its view, with the keywords where: one of the views, "frontal", "lateral", "oblique".

    None for what is there and is none of these.
    """
    said = []
    if stated(header, "ViewPosition"):
        said.append(("ViewPosition", _POSITIONS.get(code(header, "ViewPosition", tuple(_POSITIONS)))))
    return said + [("ViewCodeSequence", meaning(value)) for value in coded(header, "ViewCodeSequence")]


def _settle(said: list[tuple[str, str | None]], modality: str, source: Source):
    keywords = {words: keyword for keyword, words in reversed(said)}
    # The first that names a view: View Position goes before the codes.
    view = next((words for _, words in said if words in VIEWS), None)
    if view:
        source.view, source.view_source = view, keywords[view]
    elif "lateral" in keywords:
        source.view, source.view_source = "LL", keywords["lateral"]
        source.assume("view", "LL", "The file says lateral but not which side was at the detector; taken as the left.")
    elif source.positioner_deg and modality in ("XA", "RF"):
        source.view, source.view_source = view_from_primary_angle(source.positioner_deg[0]), "PositionerPrimaryAngle"
    elif "frontal" in keywords or source.patient_orientation:
        plane = "frontal" if "frontal" in keywords else plane_of(source.patient_orientation)
        source.view, source.view_source = _PLANES[plane][0], keywords.get("frontal", "PatientOrientation")
        why = "The file tells the plane of the view but not which way the beam went; the usual way is taken."
        if OBLIQUE in keywords:
            why = f"The plane of the view and the way of the beam are not known; taken as {source.view}."
        source.assume("view", source.view, why)


def _tell_unfitting(keyword: str, words: str | None, source: Source):
    """Tell of what the file says of its view in one place, where that is not the view in use."""
    if words is None:
        why = f"The file's {keyword} is none of {_KNOWN[keyword]}, so it is not used."
        source.assume("view", source.view, why)
        return
    # An angle that the file states is how oblique the view is.
    explained = words == OBLIQUE and source.view_source == "PositionerPrimaryAngle"
    if explained or words == source.view or source.view in _PLANES.get(words, ()):
        return
    if source.view is None:
        why = f"The file says {words} in {keyword}, which is none of AP, PA, LL and RL."
    else:
        why = (
            f"The file says {source.view} in {source.view_source} but {words} in {keyword}; "
            f"{source.view_source} is followed."
        )
        if source.view_source == "PatientOrientation":
            why = f"The file says {words} in {keyword}, which {source.view} is not; its PatientOrientation is followed."
    source.assume("view", source.view, why)
