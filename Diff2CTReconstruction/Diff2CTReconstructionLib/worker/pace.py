"""How long a reconstruction takes on this computer, from the last run of each model and device."""

from __future__ import annotations

import json

import qt

KEY = "Diff2CTReconstruction/Pace"


def remember(model: str, device: str, steps: int, total_s: float, sampling_s: float) -> None:
    """Keep what a run took.

    Args:
        steps: network evaluations of all samples together.
        total_s: wall-clock seconds from the click to the result.
        sampling_s: seconds of them that grow with the steps.
    """
    sampling_s = min(max(sampling_s, 0.0), total_s)
    kept = _kept()
    kept[f"{model} {device}"] = {"fixed_s": total_s - sampling_s, "step_s": sampling_s / max(steps, 1)}
    qt.QSettings().setValue(KEY, json.dumps(kept))


def expected_s(model: str, device: str, steps: int) -> float | None:
    """Seconds that so many steps will take; None before the first run."""
    pace = _kept().get(f"{model} {device}")
    try:
        return pace["fixed_s"] + steps * pace["step_s"]
    except (TypeError, KeyError):
        return None


def _kept() -> dict:
    try:
        kept = json.loads(qt.QSettings().value(KEY) or "{}")
    except (TypeError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}
