"""The card of a model: what it is, what it was trained on, what it reached and what it may be used for."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ..errors import ModelError

INTENDED_USE = "research use only, not for clinical decisions"
INTENDED_USE_SENTENCE = f"{INTENDED_USE[:1].upper()}{INTENDED_USE[1:]}."

MAX_CARD_BYTES = 1_000_000
"""A card is a page of text; anything longer is not one."""

OPTIONAL = frozenset({"uncertainty_calibration", "familiarity", "goals", "alignment"})
"""Entries that a card may lack."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class ModelCard:
    """What stands in `card.json` beside the weights. Every entry is checked when a card is made.

    Attributes:
        name: letters, digits, dots, dashes and underscores; also the name of the model's folder.
        version: of the model, such as "1.0".
        architecture: {"name": ..., "configuration": {...}}, enough to build the network.
        sha256: of `model.safetensors`, 64 hexadecimal digits.
        grid: {"shape": [superior, posterior, left] voxels, "spacing_mm": voxel size}.
        hu_range: [lowest, highest] HU that the model produces.
        geometry_range: lowest and highest value of each geometric quantity seen in training, such as
            {"sid_mm": [900, 1300]}.
        training_data: one {"name", "licence", "citation"} per source; further plain entries are free.
        metrics: one {"data": what it was measured on, "cases": how many, "values": {name: number}} per data set.
        date: of training, ISO (YYYY-MM-DD).
        intended_use: must contain `INTENDED_USE`.
        uncertainty_calibration: {"interval": share of the truth inside, "factor": standard deviations over samples on
            either side, "samples": of the calibration, "calibrated_on": cases, ...}, or None when it was not
            calibrated; see `reconstruction.uncertainty`.
        familiarity: {"threshold": strangeness above which a radiograph is warned about, ...}, with the rates of false
            alarms and detections that were measured, or None when they were not; see `diffusion.familiarity`.
        goals: what the model was to reach and did, one {"measure", "goal", "value", "low", "high", "reached"} each with
            its 95 % interval (None where there is no number), or None when they were not measured.
        alignment: {"temperature": ..., "sure_from": ..., ...} of the networks that align a pair, with what was measured
            of them, or None for a model without; see `Diff2CTCore.alignment`.
    """

    name: str
    version: str
    architecture: dict
    sha256: str
    grid: dict
    hu_range: list
    geometry_range: dict
    training_data: list
    metrics: list
    date: str
    intended_use: str = INTENDED_USE
    uncertainty_calibration: dict | None = None
    familiarity: dict | None = None
    goals: list | None = None
    alignment: dict | None = None

    def __post_init__(self):
        for entry, (holds, wanted) in _RULES.items():
            if not holds(getattr(self, entry)):
                raise ModelError(f"The model card's entry {entry!r} is wrong; it must be {wanted}.")

    def to_json(self) -> str:
        """The text of `card.json`."""
        return json.dumps(asdict(self), indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> ModelCard:
        """Inverse of `to_json`; anything but a complete, valid card raises ModelError."""
        try:
            values = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_entries_once)
        except (ValueError, RecursionError) as error:
            raise ModelError("The model card is not valid JSON; install the model anew.") from error
        if not isinstance(values, dict):
            raise ModelError("The model card is not a JSON object; install the model anew.")
        known = {item.name for item in fields(cls)}
        unknown = sorted(set(values) - known)
        missing = sorted(known - OPTIONAL - set(values))
        if unknown:
            raise ModelError(f"The model card has entries that this version does not know: {', '.join(unknown)}.")
        if missing:
            raise ModelError(f"The model card lacks {', '.join(missing)}; install the model anew.")
        return cls(**values)


def read_card(path: Path) -> ModelCard:
    """The card in a file; ModelError when it is missing, unreadable or wrong."""
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_CARD_BYTES + 1)
    except OSError as error:
        raise ModelError(
            f"{path.parent} holds no readable {path.name}; give a folder with a model, or a model's name."
        ) from error
    if len(content) > MAX_CARD_BYTES:
        raise ModelError(f"{path} is larger than {MAX_CARD_BYTES} bytes; it is not a model card.")
    try:
        return ModelCard.from_json(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise ModelError(f"{path} is not UTF-8 text; install the model anew.") from error


def _refuse_constant(name: str):
    raise ValueError(f"{name} is not a number")


def _entries_once(pairs: list[tuple[str, object]]) -> dict:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("an entry is there twice")
    return dict(pairs)


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
        and _is_text(value.get("calibrated_on"))
    )


_RULES: dict[str, tuple[Callable[..., bool], str]] = {
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
