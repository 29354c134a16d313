"""What two files are taken for: which is which, how each lies, and where both show the same. Proposed, with reasons."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..geometry import BiplanarGeometry, ViewGeometry
from ..radiograph import (
    Assumption,
    Radiograph,
    Scale,
    check_pair,
    scale_of,
    view_geometry,
    view_scale,
    with_known_length,
)
from .estimate import Alignment, align
from .evidence import Evidence, evidence_of, in_order, reasons
from .model import WITHIN_MM, AlignmentModel
from .scaling import AgreedLengths, aligned_scale
from .upright import Side, aspect_of, put_upright, square_of

LEAST_ORDER = float(np.log(19.0))
"""Logarithm of the odds from which it is believed which view is which: 95 %."""

WHY = {
    "centre_px": "Found in the pictures: the middle of the spine at a height that both views show.",
    "rotation_deg": "Found in the picture, whose turn is taken back.",
}
WHY_LENGTH = "Neither file nor user states it; it is changed so that both views show one size."
"""Why the geometry is what the alignment made it."""


@dataclass(frozen=True, eq=False)
class Proposal:
    """What is proposed.

    Attributes:
        sides: frontal and lateral, with choices and overrides that can be used as they are.
        radiographs: both, settled so.
        geometry: of both.
        assumptions: for each view.
        scale: of the sizes.
        swapped: whether the first file is the lateral view.
        alignment: None where both centres were given or doubts come first.
        found: sentences about what the files were taken for and why.
        doubts: questions, each with the name of its file; nothing should be reconstructed as long as there are any.
    """

    sides: tuple[Side, Side]
    radiographs: tuple[Radiograph, Radiograph]
    geometry: BiplanarGeometry
    assumptions: tuple[list[Assumption], list[Assumption]]
    scale: Scale
    swapped: bool
    alignment: Alignment | None
    found: tuple[str, ...]
    doubts: tuple[str, ...]

    def to_dict(self) -> dict:
        """Plain values for JSON; "sure" also tells that there is no doubt."""
        sides = {name: _side_values(side) for name, side in zip(("frontal", "lateral"), self.sides, strict=True)}
        scale, found = self.scale.to_dict(), {"found": list(self.found), "doubts": list(self.doubts)}
        sure = not self.doubts and (self.alignment is None or self.alignment.sure)
        aligned = self.alignment.to_dict() if self.alignment else {}
        return {"swapped": self.swapped, **sides, **aligned, "sure": sure, "scale": scale, **found}


def propose(model: AlignmentModel, first: Side, second: Side) -> Proposal:
    """Find out what two radiographs are; what the user has said of them is not doubted.

    Raises:
        RadiographError, GeometryError: the two are no pair, or what was said of them is impossible.
    """
    sides, doubts = [first, second], []
    squares = [square_of(side.opened) for side in sides]
    logits = [aspect_of(model, square) for square in squares]
    evidence = [
        evidence_of(side.opened, float(found.view[0, 1] - found.view[0, 0]), side.geometry.get("view"))
        for side, found in zip(sides, logits, strict=True)
    ]
    odds = in_order(*evidence)
    swapped = odds < 0.0
    if swapped and (first.reading, first.geometry) != (second.reading, second.geometry):
        # Options for one view belong to the file that was given for it.
        doubts.append(f"{first.name} and {second.name} look exchanged; swap the two, or set their views.")
        swapped = False
    elif _look_alike(evidence) or abs(odds) < LEAST_ORDER:
        doubts.append(_which_is_which(first, second, evidence))
    if swapped:
        sides, squares, evidence = sides[::-1], squares[::-1], evidence[::-1]
    found, settled = [], []
    for index, side in enumerate(sides):
        new, told, doubt = put_upright(model, side, squares[index], bool(index))
        reason = reasons(evidence[index], bool(index))
        kind = ("frontal", "lateral")[index]
        found.append(f"{side.name} is the {kind} view ({new.geometry['view']}): {reason}.{told}")
        settled.append(new)
        doubts += doubt
    return _aligned(model, tuple(settled), swapped, found, doubts)


def _aligned(model: AlignmentModel, sides: tuple[Side, Side], swapped: bool, found: list, doubts: list) -> Proposal:
    radiographs = tuple(side.opened.settled(view=side.geometry["view"], **side.reading) for side in sides)
    check_pair(*radiographs)
    settled = [view_geometry(image, **side.geometry) for image, side in zip(radiographs, sides, strict=True)]
    scales = tuple(
        view_scale(image, *views, side.said) for image, views, side in zip(radiographs, settled, sides, strict=True)
    )
    scale, result = scale_of(*scales), None
    marked = tuple(
        view.centre_px if image.centre_px is not None or "centre_px" in side.geometry else None
        for image, (view, _), side in zip(radiographs, settled, sides, strict=True)
    )
    if None in marked and not doubts:
        lengths = AgreedLengths.of(settled, scales)
        result = align(model, radiographs, BiplanarGeometry(*(view for view, _ in settled)), marked, lengths.spread)
        changes = _changes(result, lengths, sides)
        sides = tuple(
            replace(side, geometry={**side.geometry, **change}) for side, change in zip(sides, changes, strict=True)
        )
        settled = [
            _with_reasons(*view_geometry(image, **side.geometry), change)
            for image, side, change in zip(radiographs, sides, changes, strict=True)
        ]
        found.append(in_a_sentence(result, lengths.changed))
        scale = aligned_scale(scale, scales, result)
    radiographs = tuple(
        with_known_length(image, side.geometry["known_length"]) if side.geometry.get("known_length") else image
        for image, side in zip(radiographs, sides, strict=True)
    )
    views, assumptions = zip(*settled, strict=True)
    return Proposal(
        sides, radiographs, BiplanarGeometry(*views), assumptions, scale, swapped, result, tuple(found), tuple(doubts)
    )


def _with_reasons(view: ViewGeometry, assumptions: list[Assumption], change: dict):
    """The geometry, and as assumptions, too, what the alignment found of it."""
    found = [Assumption(name, getattr(view, name), WHY.get(name, WHY_LENGTH)) for name in change]
    return view, [*assumptions, *found]


def _changes(result: Alignment, lengths, sides: tuple[Side, Side]) -> list[dict]:
    """What follows for the geometry of each view: its turn, and its size."""
    changes = lengths.scaled(result.magnification)
    for change, side, turn, centre in zip(changes, sides, result.turns_deg, result.centres_px, strict=True):
        if "centre_px" not in side.geometry:
            change["centre_px"] = centre
        if "rotation_deg" not in side.geometry and turn:
            # A detector that is turned clockwise shows the patient turned the other way.
            change["rotation_deg"] = -turn
    return changes


def in_a_sentence(result: Alignment, changed: str) -> str:
    """What was found about how two views lie to each other.

    Args:
        result: the alignment.
        changed: which view's size is made to fit, in words; empty where none is.
    """
    way = "lower" if result.shift_mm >= 0.0 else "higher"
    turns = ", ".join(f"{turn:+.1f}" for turn in result.turns_deg)
    size = f"sizes in the lateral view are {result.magnification:.3f} times those in the frontal one"
    size += f" ({changed} is scaled to fit)" if changed else " (kept, as the files state their lengths)"
    sure = "" if result.sure else "not sure: "
    return (
        f"Aligned ({sure}within {WITHIN_MM:g} mm with a chance of {result.probability:.0%}): the lateral view shows "
        f"the same height {abs(result.shift_mm):.0f} mm {way}; {size}; turned by {turns} degrees."
    )


def _look_alike(evidence: list[list[Evidence]]) -> bool:
    """Whether both are the same kind of view by far."""
    totals = [sum(item.lateral for item in each) for each in evidence]
    return min(totals) > LEAST_ORDER or max(totals) < -LEAST_ORDER


def _which_is_which(first: Side, second: Side, evidence: list[list[Evidence]]) -> str:
    totals = [sum(item.lateral for item in each) for each in evidence]
    if _look_alike(evidence):
        kind = "lateral" if totals[0] > 0.0 else "frontal"
        return (
            f"Both {first.name} and {second.name} look like {kind} views; give one of each, or say with their "
            "views what they are."
        )
    return (
        f"Which of {first.name} and {second.name} is the frontal view? Neither their tags nor the pictures tell; say "
        "it with their views."
    )


def _side_values(side: Side) -> dict:
    geometry = dict(side.geometry)
    view = geometry.pop("view")
    rotate, flip = side.reading.get("rotate", 0), side.reading.get("flip")
    reading = {"rotate": rotate, "flip": flip, "invert": side.reading.get("invert")}
    if "pixel_spacing_mm" in geometry and rotate % 180:
        # As the file stores its pixels, which is how it is given.
        geometry["pixel_spacing_mm"] = geometry["pixel_spacing_mm"][::-1]
    # A folder may bear a patient's name; reports hold names of files alone.
    return {"file": side.name, "view": view, "reading": reading, "geometry": geometry}
