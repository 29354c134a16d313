"""The card of a model that a run leaves behind, and what is read from files for it."""

from __future__ import annotations

import datetime
import json
from dataclasses import replace
from pathlib import Path

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.geometry import HU_MAX, HU_MIN
from Diff2CTCore.models import ModelCard

from .config import TrainConfig
from .flops import step_flops

PLACEHOLDER_SHA256 = "0" * 64


def build_card(
    config: TrainConfig,
    name: str,
    version: str,
    steps: int,
    sources: list,
    metrics: list,
    flop_per_step: float | None = None,
) -> ModelCard:
    """The card of an exported model; `save_model` fills in the checksum.

    Operations are counted, which takes seconds, where `flop_per_step` is None; with 0 they do not stand on the card.
    """
    geometry = config.geometry
    tflop = round(steps * (step_flops(config) if flop_per_step is None else flop_per_step) / 1e12, 3)
    work = {"steps": steps, "training_tflop": tflop} if tflop else {"steps": steps}
    return ModelCard(
        name=name,
        version=version,
        architecture={"name": config.architecture, "configuration": config.model.to_dict()},
        sha256=PLACEHOLDER_SHA256,
        grid={"shape": list(config.model.grid.shape), "spacing_mm": config.model.grid.spacing_mm},
        hu_range=[HU_MIN, HU_MAX],
        geometry_range={
            "sid_mm": list(geometry.sid_mm),
            "sod_over_sid": list(geometry.sod_over_sid),
            "angle_deg": [-geometry.angle_deg, geometry.angle_deg],
            "miscentring_mm": [-geometry.miscentring_mm, geometry.miscentring_mm],
        },
        training_data=[{**source, **work} for source in sources],
        metrics=metrics,
        date=datetime.date.today().isoformat(),
    )


def card_metrics(path: Path, method: str) -> list[dict]:
    """A card's `metrics` entry from an evaluation's JSON; Diff2CTError when the method is not in it."""
    sets = _read_json(path, "the JSON of an evaluation")
    entries = []
    for kind, methods in sets.items():
        if method not in methods:
            raise Diff2CTError(f"{path} holds no method {method!r}, but {', '.join(methods)}; name one with --method.")
        known = {name: entry for name, entry in methods[method].items() if entry["mean"] is not None}
        values = {name: entry["mean"] for name, entry in known.items()}
        entries.append(
            {"data": f"held out, {kind}", "cases": max(e["cases"] for e in known.values()), "values": values}
        )
    return entries


def read_sources(path: Path) -> list[dict]:
    """The training data for a card: a JSON list of {"name", "licence", "citation"}; the card checks these."""
    wanted = 'a JSON list of {"name", "licence", "citation"}, one for each source of training data'
    found = _read_json(path, wanted)
    if not isinstance(found, list) or not all(isinstance(source, dict) for source in found):
        raise Diff2CTError(f"{path} holds something else; name {wanted}.")
    return found


def trained_config(config: TrainConfig, state: dict) -> TrainConfig:
    """The configuration with the numbers of examples that a checkpoint's run found to fit."""
    found = {name: state[name] for name in ("volumes", "crops") if name in state and not getattr(config.data, name)}
    return replace(config, data=replace(config.data, **found))


def _read_json(path: Path, wanted: str):
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Diff2CTError(f"{path} cannot be read ({error}); name {wanted}.") from error
