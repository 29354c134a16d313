"""How much the networks' own confidence is worth, measured on bodies that they were not trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from Diff2CTCore.alignment import WITHIN_MM, Line, fit_line, row_heights_mm

from .rendering import RenderedPairs
from .trainer import Networks
from .varying import VariedBody
from .views import ViewPair, draw_pair

TEMPERATURES = (3.0, 5.0, 7.0, 10.0, 14.0, 20.0, 28.0, 40.0, 60.0)
SPREAD = 0.1
"""Of what is believed about the magnification beforehand; see `fit_line`."""

WRONG_SHARE = 0.01
"""Of all pairs may be wrong and yet sure: half of what is promised, as the calibration has few bodies."""

NEARLY_NEVER = 0.9999
SURE_FROM = np.round(np.arange(0.5, 0.996, 0.005), 3)


@dataclass(frozen=True)
class Calibration:
    """Attributes:
    temperature: at which the chances are worth most; see `fit_line`.
    sure_from: chance from which at most `WRONG_SHARE` of the pairs of either kind are wrong and sure.
    pairs, bodies: measured.
    sure, wrong_and_sure: shares of the pairs, by kind ("real", "phantom").
    """

    temperature: float
    sure_from: float
    pairs: int
    bodies: int
    sure: dict[str, float]
    wrong_and_sure: dict[str, float]


def calibrate(networks: Networks, bodies: Sequence[RenderedPairs], per_body: int, seed: int = 0) -> Calibration:
    """Choose the temperature by the mean logarithm of the chance given to what is true, then the threshold."""
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    pairs = [
        draw_pair(VariedBody(body, int(rng.integers(len(body.images))), rng, bent=False), rng)
        for body in bodies
        for _ in range(per_body)
    ]
    looked = [_looked_at(networks, pair) for pair in pairs]
    scores, found = {}, {}
    for temperature in TEMPERATURES:
        lines = [fit_line(*each, temperature, SPREAD) for each in looked]
        chances, right = np.array([_judged(line, pair) for line, pair in zip(lines, pairs, strict=True)]).T
        found[temperature] = chances, right > 0.5
        scores[temperature] = np.log(np.clip(np.where(right > 0.5, chances, 1.0 - chances), 1e-3, 1.0)).mean()
    temperature = max(scores, key=scores.get)
    chances, right = found[temperature]
    real = np.array([not pair.name.startswith("phantom-") for pair in pairs])
    # Patients are the harder kind, and the one that counts.
    kinds = [kind for kind in (real, ~real) if kind.any()]
    sure_from = next(
        (each for each in SURE_FROM if all(_wrong_share(chances[k], right[k], each) <= WRONG_SHARE for k in kinds)),
        NEARLY_NEVER,
    )
    sure = chances >= sure_from
    return Calibration(
        temperature=temperature,
        sure_from=float(sure_from),
        pairs=len(pairs),
        bodies=len(bodies),
        sure={name: float(sure[kind].mean()) for name, kind in (("real", real), ("phantom", ~real)) if kind.any()},
        wrong_and_sure={
            name: _wrong_share(chances[kind], right[kind], sure_from)
            for name, kind in (("real", real), ("phantom", ~real))
            if kind.any()
        },
    )


def _wrong_share(chances: np.ndarray, right: np.ndarray, sure_from: float) -> float:
    return float(((chances >= sure_from) & ~right).mean())


def _looked_at(networks: Networks, pair: ViewPair) -> tuple:
    """What `fit_line` takes, but for the temperature."""
    heights = row_heights_mm(pair.pictures.shape[-2])
    with torch.inference_mode():
        views = [networks.rows.examine(pair.pictures[index], index) for index in range(2)]
        matches = [networks.rows.log_matches(views[index], views[1 - index])[0] for index in range(2)]
    seen = tuple(pair.pictures[index, 1].mean(1) >= 0.1 for index in range(2))
    return (*matches, (heights, heights), seen)


def _judged(line: Line, pair: ViewPair) -> tuple[float, float]:
    """The chance that the shift is given, and whether it is right; a pair without an overlap has no right one."""
    _, shift, _, _ = line.best()
    if pair.line is None:
        return line.chance_within(shift, WITHIN_MM), 0.0
    scale, true_shift, about = pair.line
    true = about + true_shift + scale * (line.about_mm - about) - line.about_mm
    return line.chance_within(shift, WITHIN_MM), float(abs(shift - true) <= WITHIN_MM)
