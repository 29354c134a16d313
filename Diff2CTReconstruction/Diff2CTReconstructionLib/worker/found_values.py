"""Which of the panel's values an accepted alignment has found: nobody states them, so they stay assumptions.

A value counts as found as long as it is the one that was accepted, for the radiographs it was found in. What was
accepted is kept in the parameters, so that a saved scene has it, too.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable

from ..parameters import CENTRE_NAMES, SIDES

PARAMETERS = {
    "spacing": ("Spacing", "SpacingRatio"),
    "sid": ("Sid",),
    "sod": ("Sod",),
    "rotation": ("Angles", "Rotation"),
    "centre": CENTRE_NAMES,
}
"""The parameters of a side, by the names that the core's `--ap-found` takes."""

READING = {"view": ("View",), "turn": ("Rotate", "Flip"), "polarity": ("Invert",)}
"""The parameters that say how a file is to be read, which an accepted alignment sets, too. They would turn another
radiograph that is chosen in its place."""

ALL = PARAMETERS | READING

NOTHING = {"Found": "", "FoundIn": None}

SAME = 1e-6
"""Two numbers closer than this are the same; the panel shows at most four decimal places."""


def remembered(node, frame: int, values: dict, names: Iterable[str]) -> dict:
    """The parameters of a side, without its name, that tell which of its values were found.

    Args:
        node, frame: the radiograph.
        values: of the side, without its name.
        names: of those that were found, from `ALL`.
    """
    found = {name: [values[parameter] for parameter in ALL[name]] for name in names}
    return {"Found": json.dumps({"frame": frame, "values": found}), "FoundIn": node}


def found_names(parameters, side: str) -> tuple[str, ...]:
    """Names of the values of a radiograph that an alignment has found and nobody has changed since."""
    found = _record(parameters, side)["values"] if _belongs(parameters, side) else {}
    return tuple(name for name, values in found.items() if _same(values, _values(parameters, side, name)))


def told_names(parameters, side: str) -> tuple[str, ...]:
    """The same, of those that the core is to know of; how a file is read, it tells itself."""
    return tuple(name for name in found_names(parameters, side) if name in PARAMETERS)


def changed_by_hand(parameters) -> dict:
    """Parameters to set so that what the user has changed is not taken for found later on, if he changes it back."""
    left = {side: found_names(parameters, side) for side in SIDES if parameters.getValue(side + "Found")}
    if not any(left.values()):
        return _prefixed(left, NOTHING)
    changed = {}
    for side, names in left.items():
        if len(names) < len(_record(parameters, side)["values"]):
            changed |= confirmed(parameters, side, *(name for name in ALL if name not in names))
    return changed


def of_another_pair(parameters) -> dict:
    """Parameters to set, with the defaults of the values that were found, where one of the radiographs is another one.

    How the other radiograph is read stays. Empty where both are those that were aligned, or nothing was found.
    """
    sides = [side for side in SIDES if parameters.getValue(side + "Found")]
    if all(_belongs(parameters, side) for side in sides):
        return {}
    values = _prefixed(sides, NOTHING)
    for side in sides:
        record, stays = _record(parameters, side), READING if _belongs(parameters, side) else {}
        left = {name: found for name, found in record["values"].items() if name in stays}
        if left:
            node = parameters.getValue(side + "FoundIn")
            values |= _prefixed([side], {"Found": json.dumps({**record, "values": left}), "FoundIn": node})
        for name, found in record["values"].items():
            if name not in stays and _same(found, _values(parameters, side, name)):
                names = [side + parameter for parameter in ALL[name]]
                values |= {parameter: parameters.default(parameter).value for parameter in names}
    return values


def confirmed(parameters, side: str, *names: str) -> dict:
    """Parameters to set when the user says himself what was found."""
    record = _record(parameters, side)
    left = {name: values for name, values in record["values"].items() if name not in names}
    return {side + "Found": json.dumps({**record, "values": left})} if record["values"] else {}


def _prefixed(sides: Iterable[str], values: dict) -> dict:
    return {side + name: value for side in sides for name, value in values.items()}


def _record(parameters, side: str) -> dict:
    written = parameters.getValue(side + "Found")
    return json.loads(written) if written else {"frame": 0, "values": {}}


def _belongs(parameters, side: str) -> bool:
    """Whether the radiograph of a side is the one that was aligned."""
    chosen, aligned = (parameters.getValue(side + name) for name in ("Volume", "FoundIn"))
    same = None not in (chosen, aligned) and chosen.GetID() == aligned.GetID()
    return same and _record(parameters, side)["frame"] == parameters.getValue(side + "Frame")


def _values(parameters, side: str, name: str) -> list:
    return [parameters.getValue(side + parameter) for parameter in ALL[name]]


def _same(first: list, second: list) -> bool:
    return all(
        a == b if isinstance(a, str) else math.isclose(a, b, abs_tol=SAME) for a, b in zip(first, second, strict=True)
    )
