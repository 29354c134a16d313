"""What each entry of a model's card must be."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable

INTENDED_USE = "research use only, not for clinical decisions"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


def _is_text(value) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_number(value) -> bool:
    # Whole numbers of any length are valid JSON, but no quantity is that large.
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300


def _is_count(value) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _is_range(value) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value)) and value[0] <= value[1]


def _is_date(value) -> bool:
    try:
        return isinstance(value, str) and len(value) == 10 and bool(datetime.date.fromisoformat(value))
    except ValueError:
        return False


def _is_grid(value) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"shape", "spacing_mm"}
        and isinstance(value["shape"], list)
        and len(value["shape"]) == 3
        and all(map(_is_count, value["shape"]))
        and _is_number(value["spacing_mm"])
        and value["spacing_mm"] > 0
    )


def _is_source(value) -> bool:
    return isinstance(value, dict) and all(_is_text(value.get(entry)) for entry in ("name", "licence", "citation"))


def _is_measurement(value) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"data", "cases", "values"}
        and _is_text(value["data"])
        and _is_count(value["cases"])
        and isinstance(value["values"], dict)
        and all(map(_is_number, value["values"].values()))
    )


def _is_architecture(value) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"name", "configuration"}
        and _is_text(value["name"])
        and isinstance(value["configuration"], dict)
    )


def _is_goal(value) -> bool:
    return (
        isinstance(value, dict)
        and set(value) == {"measure", "goal", "value", "low", "high", "reached"}
        and _is_text(value["measure"])
        and _is_text(value["goal"])
        and all(value[entry] is None or _is_number(value[entry]) for entry in ("value", "low", "high"))
        and isinstance(value["reached"], bool)
    )


def _is_alignment(value) -> bool:
    return (
        isinstance(value, dict)
        and _is_number(value.get("temperature"))
        and value["temperature"] > 0.0
        and _is_number(value.get("sure_from"))
        and 0.0 < value["sure_from"] < 1.0
    )


def _is_calibration(value) -> bool:
    return (
        isinstance(value, dict)
        and _is_number(value.get("interval"))
        and 0.0 < value["interval"] < 1.0
        and _is_number(value.get("factor"))
        and value["factor"] > 0.0
        and _is_count(value.get("samples"))
        and _is_count(value.get("steps", 1))
        and _is_text(value.get("calibrated_on"))
    )


RULES: dict[str, tuple[Callable[..., bool], str]] = {
    "name": (
        lambda value: isinstance(value, str) and _NAME.fullmatch(value),
        "1 to 64 letters, digits, dots, dashes or underscores that start with a letter or digit",
    ),
    "version": (_is_text, "a text such as '1.0'"),
    "architecture": (_is_architecture, "an object with a name and a configuration"),
    "sha256": (
        lambda value: isinstance(value, str) and _SHA256.fullmatch(value),
        "the SHA-256 of the weights in 64 lower-case hexadecimal digits",
    ),
    "grid": (_is_grid, "an object with a shape of three voxel counts and a positive spacing_mm"),
    "hu_range": (_is_range, "a list of the lowest and the highest HU"),
    "geometry_range": (
        lambda value: isinstance(value, dict) and all(map(_is_range, value.values())),
        "an object that gives a lowest and a highest number for each quantity",
    ),
    "training_data": (
        lambda value: isinstance(value, list) and value and all(map(_is_source, value)),
        "a list with the name, licence and citation of each source",
    ),
    "metrics": (
        lambda value: isinstance(value, list) and all(map(_is_measurement, value)),
        "a list of objects with data, cases and numeric values",
    ),
    "date": (_is_date, "a date such as 2026-01-31"),
    "intended_use": (
        lambda value: isinstance(value, str) and INTENDED_USE in value.lower(),
        f"a text that contains '{INTENDED_USE}'",
    ),
    "uncertainty_calibration": (
        lambda value: value is None or _is_calibration(value),
        "an object with interval, factor, samples and calibrated_on, or left out",
    ),
    "familiarity": (
        lambda value: value is None or (isinstance(value, dict) and _is_number(value.get("threshold"))),
        "an object with a numeric threshold, or left out",
    ),
    "alignment": (
        lambda value: value is None or _is_alignment(value),
        "an object with a positive temperature and a sure_from between 0 and 1, or left out",
    ),
    "goals": (
        lambda value: value is None or (isinstance(value, list) and all(map(_is_goal, value))),
        "a list of objects with measure, goal, value, low, high and reached, or left out",
    ),
}
