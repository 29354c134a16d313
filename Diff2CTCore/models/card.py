"""The card of a model: what it is, what it was trained on, what it reached and what it may be used for."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ..errors import ModelError
from .card_rules import INTENDED_USE, RULES

INTENDED_USE_SENTENCE = f"{INTENDED_USE[:1].upper()}{INTENDED_USE[1:]}."

MAX_CARD_BYTES = 1_000_000
"""A card is a page of text; anything longer is not one."""

OPTIONAL = frozenset({"uncertainty_calibration", "familiarity", "goals", "alignment"})
"""Entries that a card may lack."""


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
        for entry, (holds, wanted) in RULES.items():
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
