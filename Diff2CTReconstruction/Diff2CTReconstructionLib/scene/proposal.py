"""What the worker proposes to make of two radiographs, as parameters of the panel that are applied at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..parameters import CENTRE_NAMES, GEOMETRY_NAMES, LINE_NAMES, SIDES
from ..worker import found_values
from . import radiographs
from .turned import Turned


@dataclass(frozen=True)
class ProposedView:
    """One side of a proposal.

    Attributes:
        shown_on: the side at which its radiograph is chosen now.
        turned: from the upright picture that is shown now to the proposed one.
        centre_px: (column, row) of the proposed picture; None where none is proposed.
        heights: rows of the proposed picture, which show the heights of the other side's in the same order; or none.
        spine: (column, row) of points along the middle of the spine in the proposed picture, from above to below.
        values: parameters without the side's name, the centre and the known line left out.
    """

    shown_on: str
    turned: Turned
    centre_px: tuple[float, float] | None
    heights: tuple[float, ...]
    spine: tuple[tuple[float, float], ...]
    values: dict


@dataclass(frozen=True)
class Proposal:
    """An alignment of the two views that nobody has accepted yet.

    Attributes:
        views: by the side that is proposed.
        swapped: whether the two radiographs would change places.
        found: what they were taken for and why, in sentences.
        doubts: questions, by name.
        sure: whether it may be used without being looked at.
        probability: that the shift along the body is right within 8 mm; None where none was looked for.
        scale_known: whether sizes are absolute.
        scale_sentence: how much they may be off; empty where nothing is to be told.
    """

    views: dict[str, ProposedView]
    swapped: bool
    found: tuple[str, ...]
    doubts: tuple[str, ...]
    sure: bool
    probability: float | None
    scale_known: bool
    scale_sentence: str

    def parameters_of(self, parameters, moved: dict[str, tuple[float, float] | None]) -> dict:
        """All parameters that accepting it sets, by name.

        Args:
            moved: by the side that is proposed, the centre that the user has placed since, in the picture shown now.
        """
        values = {}
        for side, view in self.views.items():
            node, frame = (parameters.getValue(view.shown_on + name) for name in ("Volume", "Frame"))
            centre = view.centre_px if moved[side] is None else view.turned.to(*moved[side])
            made = {**view.values, **dict.fromkeys(CENTRE_NAMES, -1.0), "Volume": node, "Frame": frame}
            if centre is not None:
                made |= zip(CENTRE_NAMES, (round(value, 1) for value in centre), strict=True)
            made |= _known_line(parameters, view)
            found = _found(parameters, view, made, offered=moved[side] is None and centre is not None)
            made |= found_values.remembered(node, frame, made, found)
            values |= {side + name: value for name, value in made.items()}
        return values

    def accepted(self) -> Proposal:
        """The same when its parameters are those of the panel: each radiograph at its side, and upright."""
        views = {
            side: replace(view, shown_on=side, turned=Turned(*view.turned.shape)) for side, view in self.views.items()
        }
        return replace(self, views=views)

    def same_height(self, side: str, row: float) -> float | None:
        """The row of the other side's proposed picture that shows the height of a row; None beyond what both show."""
        own = self.views[side].heights
        other = self.views[SIDES[1 - SIDES.index(side)]].heights
        return float(np.interp(row, own, other)) if own and own[0] <= row <= own[-1] else None


def rests_on(parameters, with_centres: bool = False) -> tuple:
    """All that a proposal depends on; equal as long as it holds.

    Args:
        with_centres: whether the centre points count, which the user may move while a proposal waits.
    """
    names = ["Frame", *(name for name in GEOMETRY_NAMES if with_centres or name not in CENTRE_NAMES)]
    choices = tuple(parameters.getValue(side + name) for side in SIDES for name in names)
    return tuple(radiographs.state(parameters.getValue(side + "Volume")) for side in SIDES), choices, parameters.model


def _found(parameters, view: ProposedView, made: dict, offered: bool) -> list[str]:
    """Names of the values that the alignment has found: what differs from the user's, and what was found before.

    Args:
        made: the parameters that accepting the view sets.
        offered: whether the centre is that of the proposal.
    """
    before = {name: parameters.getValue(view.shown_on + name) for name in made}
    own = tuple(before[name] for name in CENTRE_NAMES)
    placed = view.turned.to(*own) if min(own) >= 0.0 else own
    before |= zip(CENTRE_NAMES, (round(value, 1) for value in placed), strict=True)
    changed = {name for name, of in found_values.ALL.items() if any(made[value] != before[value] for value in of)}
    if not offered:
        changed.discard("centre")
    found = changed.union(found_values.found_names(parameters, view.shown_on))
    return [name for name in found_values.ALL if name in found]


def _known_line(parameters, view: ProposedView) -> dict:
    """The known length of a radiograph in its proposed picture; none where a spacing takes its place."""
    line = [parameters.getValue(view.shown_on + name) for name in LINE_NAMES]
    length = parameters.getValue(view.shown_on + "KnownLength")
    if min(line) < 0.0 or view.values["Spacing"] > 0.0:
        return {**dict.fromkeys(LINE_NAMES, -1.0), "KnownLength": 0.0}
    ends = [*view.turned.to(*line[:2]), *view.turned.to(*line[2:])]
    return {**dict(zip(LINE_NAMES, ends, strict=True)), "KnownLength": length}
