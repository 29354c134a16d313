"""Reads what the worker proposes for two radiographs: refuses what is not as it should be, and gives parameters."""

from __future__ import annotations

import itertools
import math

from ..parameters import ANGLE_NAMES, CENTRE_NAMES, FROM_FILE, GEOMETRY_NAMES, LENGTH_NAMES, NOMINAL_VIEWS, SIDES
from ..worker import view_choices
from .proposal import Proposal, ProposedView
from .turned import Turned, choices_between, turn_between

KEYS = {"sid_mm": "Sid", "sod_mm": "Sod"}
"""Geometry that becomes one number of the panel, by the parameter's name; the panel shows a decimal place of each."""

SAME_MM = 0.05
"""A distance within this of the one that was read is the same, to the decimal place that the panel shows."""

GIVEN = ("slot_scan", "known_length", "principal_point_px")
"""Geometry that a proposal repeats as it was given to the worker."""

MOST_SENTENCES = 5


def read_proposal(result: dict, parameters, readings: dict[str, dict], facts: dict[str, dict]) -> Proposal:
    """The proposal in the result of an alignment.

    Args:
        readings: by side, how the pixels of the chosen radiograph are stored where no DICOM file holds them.
        facts: by side, what `inspect_radiograph` found of the chosen radiograph.

    Raises KeyError, TypeError or ValueError where the result is not what it should be.
    """
    swapped = _flag(result["swapped"])
    views = {}
    for side in SIDES:
        shown_on = SIDES[1 - SIDES.index(side)] if swapped else side
        heights = _heights(result.get("same_height", {}).get(side, ()))
        made = _ViewReader(parameters, shown_on, readings[shown_on], facts[shown_on])
        spine = tuple((_number(column), _number(row)) for column, row in result.get("line_px", {}).get(side, ()))
        views[side] = made.view(side, result[side], heights, spine)
    if len({len(view.heights) for view in views.values()}) != 1:
        raise ValueError("heights that are not in pairs")
    scale = result["scale"]
    return Proposal(
        views,
        swapped,
        _sentences(result["found"])[:MOST_SENTENCES],
        _sentences(result["doubts"]),
        _flag(result["sure"]),
        _number(result["probability"], 0.0, 1.0) if "probability" in result else None,
        _flag(scale["known"]),
        _sentences([scale["sentence"] or ""])[0],
    )


class _ViewReader:
    """Reads what is proposed for one of the radiographs that are chosen now."""

    def __init__(self, parameters, shown_on: str, reading: dict, facts: dict):
        self._parameters = parameters
        self._shown_on = shown_on
        self._reading = reading
        self._facts = facts
        self._kept = {name: parameters.getValue(shown_on + name) for name in GEOMETRY_NAMES}

    def view(self, side: str, proposed: dict, heights: tuple[float, ...], spine: tuple) -> ProposedView:
        """What is proposed, as the radiograph of a side."""
        from Diff2CTCore.radiograph import Orienter

        before = view_choices.orientation(self._parameters, self._shown_on, self._reading)
        after = Orienter().then(proposed["reading"]["rotate"], proposed["reading"]["flip"])
        turned = turn_between(before, after, self._facts["rows"], self._facts["columns"])
        geometry = dict(proposed["geometry"])
        centre = self._centre(geometry.pop("centre_px", None), turned)
        values = {name: self._kept[name] for name in GEOMETRY_NAMES if name not in (*CENTRE_NAMES, *LENGTH_NAMES)}
        values |= self._reading_values(proposed["reading"], after)
        values |= self._view_values(side, proposed["view"])
        values |= self._angles(proposed["view"], geometry)
        values |= self._spacing(geometry.pop("pixel_spacing_mm", None))
        for key, name in KEYS.items():
            length = _number(geometry.pop(key, self._facts[key]), 0.1, 5000.0)
            if not math.isclose(length, self._facts[key], abs_tol=SAME_MM):
                values[name] = round(length, 1)
        geometry = {key: value for key, value in geometry.items() if key not in GIVEN}
        if geometry:
            raise ValueError(f"{', '.join(geometry)} cannot be taken over")
        return ProposedView(self._shown_on, turned, centre, heights, spine, values)

    def _reading_values(self, reading: dict, after) -> dict:
        from Diff2CTCore.radiograph import Orienter

        stored = Orienter().then(self._reading.get("rotate", 0), self._reading.get("flip"))
        rotate, flip = choices_between(stored, after)
        invert = reading["invert"] is not None and _flag(reading["invert"])
        values = {"Rotate": str(rotate), "Flip": flip is not None}
        return {**values, "Invert": invert != self._reading.get("invert", False)}

    def _view_values(self, side: str, view: str) -> dict:
        if view not in NOMINAL_VIEWS[side]:
            raise ValueError(f"{view} is no {side} view")
        said = view == self._facts["view"] and not self._facts["view_assumed"]
        kept = self._kept["View"]
        return {"View": kept if said and kept in (FROM_FILE, view) else view}

    def _angles(self, view: str, geometry: dict) -> dict:
        """The angles by hand where the file's own ones are not those that are proposed."""
        same_view = view == self._facts["view"]
        own = {name: self._facts[name.lower() + "_deg"] if same_view else 0.0 for name in ANGLE_NAMES}
        wanted = {name: _number(geometry.pop(name.lower() + "_deg", own[name]), -40.0, 40.0) for name in ANGLE_NAMES}
        wanted = {name: round(angle, 1) for name, angle in wanted.items()}
        if wanted == {name: round(angle, 1) for name, angle in own.items()} and (same_view or not self._kept["Angles"]):
            return {}
        return {"Angles": True, **wanted}

    def _centre(self, proposed: list | None, turned: Turned) -> tuple[float, float] | None:
        """(column, row) in the proposed picture; None where nothing is proposed."""
        if proposed is None:
            return None
        counts = zip(proposed, reversed(turned.shape), strict=True)
        return tuple(_number(value, 0.0, count - 1.0) for value, count in counts)

    def _spacing(self, stored: list | float | None) -> dict:
        """A spacing of the file's rows and columns, where it is not the one that was read."""
        if stored is None:
            return {}
        row, column = (_number(value, 1e-3, 10.0) for value in (stored if isinstance(stored, list) else [stored] * 2))
        if all(map(math.isclose, (row, column), self._facts["stored_spacing_mm"])):
            return {}
        return {"Spacing": round(row, 4), "SpacingRatio": 1.0 if math.isclose(row, column) else column / row}


def _heights(rows) -> tuple[float, ...]:
    found = tuple(_number(row) for row in rows)
    if any(above >= below for above, below in itertools.pairwise(found)):
        raise ValueError("heights that do not run from above to below")
    return found


def _number(value, least: float = -math.inf, most: float = math.inf) -> float:
    if isinstance(value, bool) or not least <= float(value) <= most or not math.isfinite(value):
        raise ValueError(f"{value} is no number from {least} to {most}")
    return float(value)


def _flag(value) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{value} is neither true nor false")
    return value


def _sentences(texts) -> tuple[str, ...]:
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("sentences that are no texts")
    return tuple(texts)
