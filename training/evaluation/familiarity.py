"""The bound of strangeness above which a radiograph is warned about, and how often that is right."""

from __future__ import annotations

import numpy as np
import torch

from Diff2CTCore.diffusion import DataConsistency
from Diff2CTCore.geometry import grid_axes_mm
from Diff2CTCore.networks import standardise
from Diff2CTCore.reconstruction import network_condition

from ..data import TrainingCase
from .observation import Observation, observe
from .reconstructors import NetworkReconstructor
from .robustness import with_random_appearance
from .runner import CaseTask
from .strangers import STRANGERS

FALSE_ALARMS = 0.05
"""Share of the calibrating cases that may be called strange."""

USUAL = "usual"


def case_strangeness(seed: int, method: NetworkReconstructor, task: CaseTask) -> dict[str, float]:
    """Strangeness of one case's pair of radiographs, the larger of both views: as it is, and of each of `STRANGERS`.

    All of them have a random appearance, as radiographs from any machine have.
    """
    _, observation = observe(TrainingCase.load(task.case), task.grid, task.plane)
    rng = task.rng(seed)
    found = {USUAL: _strangeness(method.network, with_random_appearance(observation, rng))}
    for name, change in STRANGERS.items():
        found[name] = _strangeness(method.network, with_random_appearance(change(observation, rng), rng))
    return found


def _strangeness(network, observation: Observation) -> float:
    views = standardise(observation.images, observation.masks)[None]
    sources, axes = observation.sources_mm[None], grid_axes_mm(network.config.grid)
    condition = network_condition(network, views, sources, axes)
    with torch.no_grad():
        estimate = network.transform.inverse(condition.estimate)
        return max(DataConsistency(network, views, sources, axes).strangeness(estimate))


def familiarity_bound(calibrating: list[dict[str, float]], tested: dict[str, list[dict[str, float]]]) -> dict:
    """A card's `familiarity`.

    Args:
        calibrating: of `case_strangeness`; their usual pairs fix the threshold.
        tested: {set: of `case_strangeness`}, other cases; these give the rates.
    """
    threshold = float(np.quantile([case[USUAL] for case in calibrating], 1.0 - FALSE_ALARMS))

    def rate(cases: list[dict[str, float]], name: str) -> float:
        return float(np.mean([case[name] > threshold for case in cases]))

    return {
        "threshold": threshold,
        "calibrated_on": f"{len(calibrating)} held-out phantoms, {FALSE_ALARMS:.0%} false alarms",
        "tested_on": {
            kind: {
                "cases": len(cases),
                "false_alarm_rate": rate(cases, USUAL),
                "detection_rate": {name: rate(cases, name) for name in STRANGERS},
            }
            for kind, cases in tested.items()
        },
    }
