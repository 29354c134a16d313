"""What two files are taken for: which is which, how each lies, and where both show the same. Proposed, with reasons."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from ..geometry import BiplanarGeometry
from ..radiograph import Assumption, OpenedRadiograph, Radiograph, check_pair, view_geometry
from .estimate import Alignment, align
from .evidence import Evidence, evidence_of, exact_view, in_order, reasons
from .model import WITHIN_MM, AlignmentModel
from .pictures import reduced, thumbnail
from .scaling import agreed_lengths
from .turning import UPRIGHT, choices, in_words

LEAST_ORDER = float(np.log(19.0))
"""Logarithm of the odds from which it is believed which view is which: 95 %."""

BELIEVED = 0.9
"""Chance from which a picture is turned or its polarity changed where the file says nothing of it."""

CONTRADICTING = 0.97
"""The same where the file says otherwise."""

_USUAL_PITCH_MM = 0.35


@dataclass(frozen=True, eq=False)
class Side:
    """One of two radiographs, and what is said about it.

    Attributes:
        opened: the file.
        reading: choices of `OpenedRadiograph.settled`: "rotate", "flip", "invert", where they are made.
        geometry: overrides of `view_geometry`, "view" among them.
    """

    opened: OpenedRadiograph
    reading: dict
    geometry: dict

    @property
    def name(self) -> str:
        return self.opened.path.name


@dataclass(frozen=True, eq=False)
class Proposal:
    """What is proposed.

    Attributes:
        sides: frontal and lateral, with choices and overrides that can be used as they are.
        radiographs: both, settled so.
        geometry: of both.
        assumptions: for each view.
        swapped: whether the first file is the lateral view.
        alignment: None where both centres were given or doubts come first.
        found: sentences about what the files were taken for and why.
        doubts: questions, each with the name of its file; nothing should be reconstructed as long as there are any.
    """

    sides: tuple[Side, Side]
    radiographs: tuple[Radiograph, Radiograph]
    geometry: BiplanarGeometry
    assumptions: tuple[list[Assumption], list[Assumption]]
    swapped: bool
    alignment: Alignment | None
    found: tuple[str, ...]
    doubts: tuple[str, ...]


def propose(model: AlignmentModel, first: Side, second: Side) -> Proposal:
    """Find out what two radiographs are; what the user has said of them is not doubted.

    Raises:
        RadiographError, GeometryError: the two are no pair, or what was said of them is impossible.
    """
    sides, doubts = [first, second], []
    squares = [_square(side.opened) for side in sides]
    logits = [_aspect(model, square) for square in squares]
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
        new, told, doubt = _upright(model, side, squares[index], bool(index))
        reason = reasons(evidence[index], bool(index))
        kind = ("frontal", "lateral")[index]
        found.append(f"{side.name} is the {kind} view ({new.geometry['view']}): {reason}.{told}")
        settled.append(new)
        doubts += doubt
    return _aligned(model, tuple(settled), swapped, found, doubts)


def _aligned(model: AlignmentModel, sides: tuple[Side, Side], swapped: bool, found: list, doubts: list) -> Proposal:
    radiographs = tuple(side.opened.settled(view=side.geometry["view"], **side.reading) for side in sides)
    check_pair(*radiographs)
    views, assumptions = zip(
        *(view_geometry(image, **side.geometry) for image, side in zip(radiographs, sides, strict=True)), strict=True
    )
    marked = tuple(
        view.centre_px if image.centre_px is not None or "centre_px" in side.geometry else None
        for image, view, side in zip(radiographs, views, sides, strict=True)
    )
    result = None
    if None in marked:
        lengths = agreed_lengths(views, assumptions)
        result = align(model, radiographs, BiplanarGeometry(*views), marked, lengths.spread)
        sides = tuple(
            Side(side.opened, side.reading, {**side.geometry, **changes, "centre_px": centre})
            for side, centre, changes in zip(sides, result.centres_px, _changes(result, lengths, sides), strict=True)
        )
        found.append(in_a_sentence(result, lengths.changed))
        views, assumptions = zip(
            *(view_geometry(image, **side.geometry) for image, side in zip(radiographs, sides, strict=True)),
            strict=True,
        )
    geometry = BiplanarGeometry(*views)
    return Proposal(
        sides, radiographs, geometry, tuple(map(list, assumptions)), swapped, result, tuple(found), tuple(doubts)
    )


def _changes(result: Alignment, lengths, sides: tuple[Side, Side]) -> list[dict]:
    """What follows for the geometry of each view: its turn, and its size."""
    changes = lengths.scaled(result.magnification)
    for change, side, turn in zip(changes, sides, result.turns_deg, strict=True):
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
    pair = f"{first.name} and {second.name}"
    if _look_alike(evidence):
        kind = "lateral" if totals[0] > 0.0 else "frontal"
        return f"Both {pair} look like {kind} views; give one of each, or say with their views what they are."
    return f"Which of {pair} is the frontal view? Neither their tags nor the pictures tell; say it with their views."


def _upright(model: AlignmentModel, side: Side, square: torch.Tensor, lateral: bool) -> tuple[Side, str, list[str]]:
    """The side with its view, orientation and polarity settled; what was put right, and what is doubtful."""
    view = exact_view(side.opened, lateral, side.geometry.get("view"))
    reading, told, doubts = dict(side.reading), "", []
    of_file, stated = side.opened.orienter(not lateral)
    upright = _turned(square, of_file)
    logits = _aspect(model, upright)
    if "rotate" not in reading and "flip" not in reading and side.opened.source.carried is None:
        chances = logits.orientation[0, int(lateral)].softmax(0)
        best = int(chances.argmax())
        # That a frontal view is mirrored is not certain from the picture: organs may lie the other way round.
        needed = CONTRADICTING if stated else BELIEVED
        mirrored_frontal = best == 4 and not lateral
        if best != UPRIGHT and float(chances[best]) >= needed and not (mirrored_frontal and stated):
            reading["rotate"], reading["flip"] = choices(best)
            told = f" It {in_words(best)} and is put right{', against its PatientOrientation' if stated else ''}."
        elif best != UPRIGHT and float(chances[UPRIGHT]) < 1.0 - BELIEVED:
            doubts.append(f"{side.name} looks as if it {in_words(best)}; say how it is to be turned, 0 for as it is.")
    if "invert" not in reading and side.opened.source.carried is None:
        negative = float(logits.negative[0].softmax(0)[1])
        stated = side.opened.source.polarity_source != ""
        if negative >= (CONTRADICTING if stated else BELIEVED):
            reading["invert"] = True
            told += " It is a negative and is inverted."
        elif negative > 0.5:
            doubts.append(f"{side.name} may be a negative; say whether it is to be inverted.")
    return Side(side.opened, reading, {**side.geometry, "view": view}), told, doubts


def _square(opened: OpenedRadiograph) -> torch.Tensor:
    """The picture as it is stored, from which view and orientation are told."""
    source = opened.source
    pitch = source.object_spacing_mm or source.pixel_spacing_mm or (_USUAL_PITCH_MM, _USUAL_PITCH_MM)
    return reduced(thumbnail(opened.as_stored(), source.mask, pitch))


def _turned(square: torch.Tensor, by) -> torch.Tensor:
    turned = square.mT if by.transpose else square
    axes = [axis for axis, flip in ((-2, by.flip_rows), (-1, by.flip_columns)) if flip]
    return turned.flip(axes) if axes else turned


def _aspect(model: AlignmentModel, square: torch.Tensor):
    with torch.inference_mode():
        return model.aspect(square[None])
