"""How one picture lies and which end of its scale is dense: settled where file, user and picture leave no doubt."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from ..radiograph import OpenedRadiograph, Orienter
from .evidence import exact_view
from .model import AlignmentModel
from .networks import AspectLogits
from .pictures import reduced, thumbnail
from .turning import UPRIGHT, choices, in_words

BELIEVED = 0.9
"""Chance from which a picture is turned or its polarity changed where the file says nothing of it."""

CONTRADICTING = 0.97
"""The same where the file says otherwise."""

DOUBTED = 0.5
"""Chance from which the user is asked."""

_USUAL_PITCH_MM = 0.35


@dataclass(frozen=True, eq=False)
class Side:
    """One of two radiographs, and what is said about it.

    Attributes:
        opened: the file.
        reading: choices of `OpenedRadiograph.settled`: "rotate", "flip", "invert", where they are made.
        geometry: overrides of `view_geometry`, "view" among them.
        said: what the user gave `view_geometry` or the reader.
    """

    opened: OpenedRadiograph
    reading: dict
    geometry: dict
    said: dict

    @property
    def name(self) -> str:
        return self.opened.path.name


def put_upright(model: AlignmentModel, side: Side, square: torch.Tensor, lateral: bool) -> tuple[Side, str, list[str]]:
    """The side with its view, orientation and polarity settled; what was put right, and what is doubtful."""
    view = exact_view(side.opened, lateral, side.geometry.get("view"))
    reading, told, doubts = dict(side.reading), "", []
    of_file, stated = side.opened.orienter(not lateral)
    upright = _turned(square, of_file)
    logits = aspect_of(model, upright)
    if "rotate" not in reading and "flip" not in reading and side.opened.source.carried is None:
        chances = logits.orientation[0, int(lateral)].softmax(0)
        best, chance = _best(chances, lateral, stated)
        if best != UPRIGHT and chance >= (CONTRADICTING if stated else BELIEVED):
            reading["rotate"], reading["flip"] = choices(best)
            told = f" It {in_words(best)} and is put right{', against its PatientOrientation' if stated else ''}."
        elif best != UPRIGHT and chance >= DOUBTED:
            doubts.append(f"{side.name} looks as if it {in_words(best)}; say how it is to be turned, 0 for as it is.")
    if "invert" not in reading and side.opened.source.carried is None:
        negative = float(logits.negative[0].softmax(0)[1])
        stated = side.opened.source.polarity_source != ""
        if negative >= (CONTRADICTING if stated else BELIEVED):
            reading["invert"] = True
            told += " It is a negative and is inverted."
        elif negative > 0.5:
            doubts.append(f"{side.name} may be a negative; say whether it is to be inverted.")
    settled = replace(side, reading=reading, geometry={**side.geometry, "view": view})
    return settled, told, doubts


def _best(chances: torch.Tensor, lateral: bool, stated: bool) -> tuple[int, float]:
    """The likeliest orientation and its chance.

    That a frontal view is mirrored is seldom certain from the picture, and organs may lie the other way round: it is
    only mirrored where that is, and never against the file.
    """
    if lateral:
        best = int(chances.argmax())
        return best, float(chances[best])
    by_turn = chances[:4] + chances[4:]
    turn = int(by_turn.argmax())
    mirrored = not stated and float(chances[turn + 4]) >= BELIEVED
    return turn + 4 * mirrored, float(by_turn[turn])


def square_of(opened: OpenedRadiograph) -> torch.Tensor:
    """The picture as it is stored, from which view and orientation are told."""
    source = opened.source
    pitch = source.object_spacing_mm or source.pixel_spacing_mm or (_USUAL_PITCH_MM, _USUAL_PITCH_MM)
    return reduced(thumbnail(opened.as_stored(), source.mask, pitch))


def _turned(square: torch.Tensor, by: Orienter) -> torch.Tensor:
    turned = square.mT if by.transpose else square
    axes = [axis for axis, flip in ((-2, by.flip_rows), (-1, by.flip_columns)) if flip]
    return turned.flip(axes) if axes else turned


def aspect_of(model: AlignmentModel, square: torch.Tensor) -> AspectLogits:
    """What the network finds in a square picture."""
    with torch.inference_mode():
        return model.aspect.examine(square)
