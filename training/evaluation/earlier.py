"""What an earlier run measured on a set that this one cannot measure again, for want of its scans."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from Diff2CTCore.errors import Diff2CTError

from .evaluation import Evaluation, specs_identity
from .reconstructors import MethodSpec


def earlier_set(folder: Path, name: str, kind: str, specs: list[MethodSpec]) -> tuple[dict, dict] | None:
    """(summary, conditions) of a set from `name`.json and `name`-conditions.json; None unless of the same weights."""
    try:
        summary, conditions = (
            json.loads((folder / file).read_text(encoding="utf-8"))[kind]
            for file in (f"{name}.json", f"{name}-conditions.json")
        )
    except (FileNotFoundError, KeyError):
        return None
    except (OSError, ValueError) as error:
        raise Diff2CTError(f"The earlier results in {folder} cannot be read ({error}); delete them.") from error
    return (summary, conditions) if conditions.get("methods") == specs_identity(specs) else None


def with_earlier_set(
    evaluation: Evaluation, folder: Path, name: str, kind: str, specs: list[MethodSpec]
) -> tuple[Evaluation, str]:
    """The evaluation with a set of an earlier run where it lacks it, and a sentence on what became of the set."""
    if kind in evaluation.results:
        return evaluation, f"The {kind} set was measured."
    found = earlier_set(folder, name, kind, specs)
    if found is None:
        return (
            evaluation,
            f"The {kind} set was skipped: no cases were given, and none were measured with these weights.",
        )
    summaries = {**evaluation.summaries, kind: found[0]}
    conditions = {**evaluation.conditions, kind: found[1]}
    note = f"The {kind} set was skipped, for no cases were given; its numbers are those of {found[1]['Date']}."
    return replace(evaluation, summaries=summaries, conditions=conditions), note
