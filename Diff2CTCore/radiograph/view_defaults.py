"""The geometry of a radiograph, with defaults for what the file does not state."""

from __future__ import annotations

from dataclasses import fields

from ..errors import GeometryError
from ..geometry import DEFAULT_SID_MM, DEFAULT_SOD_MM, ViewGeometry, check_distance, side_of
from .image import CHOSEN, Assumption, Radiograph
from .known_length import KnownLength, size_factor
from .limits import same, spacing_pair

OBJECT_TO_DETECTOR_MM = DEFAULT_SID_MM - DEFAULT_SOD_MM
"""From the spine to the detector, where only one of SID and SOD is known."""

DETECTOR_LONG_SIDE_MM = 430.0
"""Long side of the common 35 x 43 cm detector, which an image without spacing is taken to fill."""

SAME_SIZE = 0.05
"""Relative difference beyond which a known length contradicts the size that a file states; an end of the shortest one
that is marked a pixel off makes so much."""

_OVERRIDES = (*(item.name for item in fields(ViewGeometry) if item.name not in ("rows", "columns")), "known_length")

_PLACES = {
    "principal_point_px": "The central ray is taken to hit the middle.",
    "centre_px": "The spine is taken to lie where the central ray hits.",
}
"""Why places that nobody states are where they are."""


def view_geometry(radiograph: Radiograph, **overrides) -> tuple[ViewGeometry, list[Assumption]]:
    """The cone-beam geometry of a radiograph, and everything in it that had to be assumed.

    Args:
        overrides: attributes of `ViewGeometry` by name (not rows and columns); they win over the file.
            `pixel_spacing_mm` is (row, column) or one number, on the detector, of the canonical image. `known_length`
            stands in its place: (column, row, column, row, mm), both ends of a length in the canonical image and what
            it measures in the patient, at the depth of the volume's centre. None counts as not given.

    Raises:
        GeometryError: the view is unknown, or no X-ray system can have these values.
        RadiographError: the chosen pixel spacing is none.
    """
    unknown = sorted(set(overrides) - set(_OVERRIDES))
    if unknown:
        raise GeometryError(f"The geometry has no {', '.join(unknown)}; it has {', '.join(_OVERRIDES)}.")
    given = {name: value for name, value in overrides.items() if value is not None}
    assumptions = [item for item in radiograph.assumptions if item.name not in given]
    view = given.pop("view", radiograph.view)
    if view is None:
        raise GeometryError("The file does not say which view it is; choose AP, PA, LL or RL.")
    by_hand = bool({"sid_mm", "sod_mm"} & set(given))
    # Before the one is made from the other, so that the sentence is about what was given.
    for name, word in (("sid_mm", "SID"), ("sod_mm", "SOD")):
        if name in given:
            check_distance(side_of(view), word, _number(given[name], name))
    sid, sod = _distances(radiograph, given, assumptions)
    slot_scan = given.pop("slot_scan", radiograph.slot_scan)
    if by_hand and radiograph.magnification and not same(sid / sod, radiograph.magnification):
        why = "The distances given contradict the magnification that the file states; the distances are taken."
        assumptions.append(Assumption("sod_mm", sod, why))
    known_length = _known_length(view, radiograph, given)
    if "pixel_spacing_mm" in given:
        spacing = spacing_pair(given.pop("pixel_spacing_mm"), "The chosen pixel spacing")
    else:
        spacing = _spacing(radiograph, sid, sod, slot_scan, by_hand, assumptions)
    if known_length is not None:
        spacing = _by_known_length(view, radiograph, known_length, spacing, (sid / sod, slot_scan), assumptions)
    angles = {name: _angle(radiograph, view, name, given, assumptions) for name in ("primary_deg", "secondary_deg")}
    if view == radiograph.view:
        carried = {name: getattr(radiograph, name) for name in ("rotation_deg", "principal_point_px", "centre_px")}
        given = {name: value for name, value in carried.items() if value is not None} | given
    geometry = ViewGeometry(
        view=view,
        rows=radiograph.rows,
        columns=radiograph.columns,
        pixel_spacing_mm=spacing,
        sid_mm=sid,
        sod_mm=sod,
        slot_scan=slot_scan,
        **angles,
        **given,
    )
    for name, why in _PLACES.items():
        if name not in given:
            assumptions.append(Assumption(name, getattr(geometry, name), why))
    return geometry, assumptions


def _distances(radiograph: Radiograph, given: dict, assumptions: list[Assumption]) -> tuple[float, float]:
    """SID and SOD; one that nobody states follows from the other and the file's magnification, as far as known."""
    magnification, of_file = radiograph.magnification, "sid_mm" not in given and radiograph.sid_mm is not None
    sid, sod = given.pop("sid_mm", radiograph.sid_mm), given.pop("sod_mm", radiograph.sod_mm)
    if sid is None:
        why = "The file does not give the source-to-detector distance."
        if sod is None:
            sid = DEFAULT_SID_MM
        elif magnification:
            sid = _number(sod, "sod_mm") * magnification
            why = "The file does not give the source-to-detector distance; it is SOD times the file's magnification."
        else:
            sid = _number(sod, "sod_mm") + OBJECT_TO_DETECTOR_MM
        _take(assumptions, "sid_mm", sid, why)
    if sod is None:
        if magnification:
            sod = _number(sid, "sid_mm") / magnification
            why = "The file does not give the source-to-object distance; it is SID divided by the file's magnification."
        else:
            sod = _number(sid, "sid_mm") - OBJECT_TO_DETECTOR_MM
            why = (
                f"The file does not give the source-to-object distance; SID less {OBJECT_TO_DETECTOR_MM:g} mm is taken."
            )
        # What the file states by two numbers is no assumption, unless a third one could not be used.
        if not (of_file and magnification) or any(item.name == "sod_mm" for item in assumptions):
            _take(assumptions, "sod_mm", sod, why)
    return _number(sid, "sid_mm"), _number(sod, "sod_mm")


def _take(assumptions: list[Assumption], name: str, value, why: str):
    """Add an assumption; where the reader found a value that cannot be used, its reason is the one that is told."""
    doubts = [item for item in assumptions if item.name == name and item.value is None]
    assumptions[:] = [item for item in assumptions if item not in doubts]
    assumptions.append(Assumption(name, value, " ".join(item.why for item in doubts) or why))


def _spacing(
    radiograph: Radiograph, sid: float, sod: float, slot_scan: bool, by_hand: bool, assumptions: list[Assumption]
) -> tuple[float, float]:
    """The file's spacing at the detector; that in the patient keeps its size there, whatever the distances are."""
    in_patient = spacing_in_patient(radiograph, slot_scan)
    if radiograph.pixel_spacing_mm and not in_patient:
        return radiograph.pixel_spacing_mm
    if in_patient:
        magnification = sid / sod
        row, column = in_patient
        spacing = (row if slot_scan else row * magnification, column * magnification)
        why = "The file's spacing is calibrated in the patient; it is multiplied by SID / SOD."
        if slot_scan:
            why = "The file's spacing is calibrated in the patient; across the scan it is multiplied by SID / SOD."
        if not by_hand and radiograph.sid_mm and (radiograph.sod_mm or radiograph.magnification):
            return spacing
    else:
        spacing = (DETECTOR_LONG_SIDE_MM / max(radiograph.rows, radiograph.columns),) * 2
        why = f"The file gives no pixel spacing; its long side is taken to be {DETECTOR_LONG_SIDE_MM:g} mm."
    _take(assumptions, "pixel_spacing_mm", spacing, why)
    return spacing


def _known_length(view: str, radiograph: Radiograph, given: dict) -> KnownLength | None:
    known_length = given.pop("known_length", None)
    if known_length is not None and ("pixel_spacing_mm" in given or radiograph.spacing_source == CHOSEN):
        raise GeometryError(
            f"The {side_of(view)} view is given a pixel spacing and a known length, and each decides its size; "
            "give one of them (a spacing for both views counts for each)."
        )
    return known_length


def spacing_in_patient(radiograph: Radiograph, slot_scan: bool) -> tuple[float, float] | None:
    """(row, column) spacing in the patient, where the file states it and none at the detector takes its place."""
    return radiograph.object_spacing_mm if slot_scan or not radiograph.pixel_spacing_mm else None


def _by_known_length(
    view: str,
    radiograph: Radiograph,
    known_length: KnownLength,
    spacing: tuple[float, float],
    beam: tuple[float, bool],
    assumptions: list[Assumption],
) -> tuple[float, float]:
    """The spacing at the detector with which a known length has its true size, in place of any assumed one."""
    factor = size_factor(view, radiograph, known_length, spacing, *beam)
    doubted = {"pixel_spacing_mm", "sid_mm", "sod_mm"} & {item.name for item in assumptions}
    stated = spacing_in_patient(radiograph, beam[1]) or not doubted
    assumptions[:] = [item for item in assumptions if item.name != "pixel_spacing_mm"]
    spacing = spacing[0] * factor, spacing[1] * factor
    if stated and abs(factor - 1.0) > SAME_SIZE:
        why = (
            f"The known length makes everything {factor:.2f} times as large as the file's spacing and the distances "
            "do; the known length is taken."
        )
        assumptions.append(Assumption("pixel_spacing_mm", spacing, why))
    return spacing


def _angle(radiograph, view: str, name: str, given: dict, assumptions: list[Assumption]) -> float:
    if name in given:
        return _number(given.pop(name), name)
    stated = getattr(radiograph, name) if view == radiograph.view else None
    if stated is not None:
        return stated
    if not any(item.name == name for item in assumptions):
        assumptions.append(Assumption(name, 0.0, f"No angle is stated, so the view is taken as exactly {view}."))
    return 0.0


def _number(value, name: str) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise GeometryError(f"{name} must be a number.") from None
