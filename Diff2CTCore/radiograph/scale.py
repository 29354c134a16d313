"""Whether the sizes in a reconstruction are those of the patient, and by how much they may be off where they are not.

A size in the patient is a number of pixels times the spacing at the detector times SOD / SID. Where one of these is not
stated, the program assumes it (`view_defaults`), and the size is wrong by as much as the truth differs. How much that
can be follows from what is in use:

- neither SID nor SOD: SOD / SID is within `SOD_OVER_SID`, and 0.826 is assumed;
- one of the two: the spine lies within `SPINE_TO_DETECTOR_MM` of the detector, and 200 mm are assumed;
- no spacing: the long side of the picture is within `LONG_SIDE_MM`, and 430 mm are assumed; a picture that was cropped
  or stitched has any;
- a spacing that may hold at the detector or in the patient: in the patient, SOD / SID would be 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from ..geometry import ViewGeometry
from .image import Assumption, Radiograph
from .known_length import source_of
from .limits import same
from .view_defaults import DETECTOR_LONG_SIDE_MM, spacing_in_patient

SOD_OVER_SID = (0.62, 0.92)
"""From C-arms to wall stands; the range that the bundled model was trained with."""

SPINE_TO_DETECTOR_MM = (100.0, 400.0)
"""From a thin patient with the back at the detector to a C-arm of 1050 mm, whose SOD is 0.62 of its SID."""

LONG_SIDE_MM = (300.0, DETECTOR_LONG_SIDE_MM)
"""From the cassette of 24 x 30 cm to the detectors of 35 x 43 and 43 x 43 cm."""

_DISTANCES = {"sid_mm": "SID", "sod_mm": "SOD"}


@dataclass(frozen=True)
class ViewScale:
    """What decides the sizes in one radiograph.

    Attributes:
        source: in words what states all of it; empty where something is missing.
        missing: in words the lengths that are assumed or in doubt.
        uncertainty: the largest relative error of a size that follows from them; 0.0 where nothing is missing.
        open_ended: the picture may be cropped or stitched, and then the error may be larger still.
    """

    source: str = ""
    missing: tuple[str, ...] = ()
    uncertainty: float = 0.0
    open_ended: bool = False


@dataclass(frozen=True)
class Scale:
    """Whether sizes are those of the patient.

    Attributes:
        known: all lengths that decide the size of at least one view are stated.
        uncertainty: the largest relative error of a size (0.25 is 25 %) in the views for which they are not; None
            where they are stated for both.
        sentence: for the user.
    """

    known: bool
    uncertainty: float | None
    sentence: str

    def to_dict(self) -> dict:
        """Plain values for a JSON report."""
        return asdict(self)


def view_scale(
    radiograph: Radiograph, geometry: ViewGeometry, assumptions: Iterable[Assumption], overrides: Mapping[str, object]
) -> ViewScale:
    """What decides the sizes in one radiograph.

    Args:
        radiograph: as read.
        geometry, assumptions: as `view_geometry` settled them from the file and the user.
        overrides: what the user gave `view_geometry`, or the reader (`pixel_spacing_mm`); nothing that was estimated
            from the picture, for an estimate states no length.
    """
    given = {name for name, value in overrides.items() if value is not None}
    if "known_length" in given:
        return ViewScale(source_of(overrides["known_length"]))
    if "pixel_spacing_mm" not in given and spacing_in_patient(radiograph, geometry.slot_scan):
        return ViewScale("its file's spacing in the patient")
    doubted = {item.name for item in assumptions} - given
    used = geometry.sod_mm / geometry.sid_mm
    low, high, missing = used, used, []
    if not _magnification_is_stated(radiograph, geometry, doubted, given):
        low, high = _sod_over_sid(geometry, doubted)
        missing = [word for name, word in _DISTANCES.items() if name in doubted]
    no_spacing = "pixel_spacing_mm" in doubted and radiograph.pixel_spacing_mm is None
    if no_spacing:
        low *= LONG_SIDE_MM[0] / LONG_SIDE_MM[1]
        missing.insert(0, "pixel spacing")
    elif "pixel_spacing_mm" in doubted:
        high = 1.0
        missing.insert(0, "where the pixel spacing holds")
    if not missing:
        return ViewScale("its pixel spacing and distances")
    return ViewScale("", tuple(missing), round(max(1.0 - low / used, high / used - 1.0), 4), no_spacing)


def scale_of(frontal: ViewScale, lateral: ViewScale) -> Scale:
    """The scale of a pair, whose views are each placed and sized by themselves."""
    sides = {"frontal": frontal, "lateral": lateral}
    stated = [side for side, view in sides.items() if not view.missing]
    relative = [side for side, view in sides.items() if view.missing]
    if not relative:
        sentence = (
            f"Sizes are absolute: the frontal view has them by {frontal.source}, the lateral by {lateral.source}."
        )
        return Scale(True, None, sentence)
    worst = max((sides[side] for side in relative), key=lambda view: (view.open_ended, view.uncertainty))
    uncertainty = max(sides[side].uncertainty for side in relative)
    how_much = f"by up to {math.ceil(uncertainty * 100.0)} %"
    if worst.open_ended:
        how_much += ", and more where the picture was cropped or stitched"
    what = f"assumed or in doubt: {_listed({side: sides[side].missing for side in relative}, len(stated))}"
    if stated:
        source = sides[stated[0]].source
        sentence = f"Sizes are those of the {stated[0]} view, by {source}; the {relative[0]} view may be off beside it "
        return Scale(True, uncertainty, f"{sentence}{how_much} ({what}).")
    sentence = f"Sizes are relative and may be off {how_much} ({what}); give these, or a known length in the patient."
    return Scale(False, uncertainty, sentence)


def _listed(missing: dict[str, tuple[str, ...]], stated: int) -> str:
    words = {word: [side for side in missing if word in missing[side]] for side in missing for word in missing[side]}
    return ", ".join(word if stated or len(on) == 2 else f"{word} ({on[0]})" for word, on in words.items())


def _magnification_is_stated(
    radiograph: Radiograph, geometry: ViewGeometry, doubted: set[str], given: set[str]
) -> bool:
    if not doubted & set(_DISTANCES):
        return True
    # A distance that was made from the file's magnification changes no size, unless the file contradicts itself.
    contradicted = any(item.name == "sod_mm" for item in radiograph.assumptions) and "sod_mm" not in given
    return bool(
        radiograph.magnification and not contradicted and same(geometry.magnification, radiograph.magnification)
    )


def _sod_over_sid(geometry: ViewGeometry, doubted: set[str]) -> tuple[float, float]:
    near, far = SPINE_TO_DETECTOR_MM
    if set(_DISTANCES) <= doubted:
        return SOD_OVER_SID
    if "sod_mm" in doubted:
        low, high = ((geometry.sid_mm - gap) / geometry.sid_mm for gap in (far, near))
    else:
        low, high = (geometry.sod_mm / (geometry.sod_mm + gap) for gap in (far, near))
    return max(low, SOD_OVER_SID[0]), high
