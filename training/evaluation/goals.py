"""The goals: what the method is to reach against the best of the others, and what it does reach."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from Diff2CTCore.models import INTENDED_USE
from Diff2CTCore.reconstruction import SPREAD_STEPS

from .coverage import LEVEL, calibration_factor, coverages, scaled_errors
from .evaluation import Evaluation
from .familiarity import case_strangeness, familiarity_bound
from .few_steps import STEPS, fewest_evaluations
from .frechet import feature_distance
from .reconstructors import MethodSpec, best_baseline, common_grid
from .results import TRUTH
from .robustness import DISTURBANCES, disturbed_ssim
from .runner import CaseTask, RunSettings, evaluate_method, over_cases
from .statistics import bootstrap, difference_interval, mean_interval, normal_interval, ratio_interval
from .tables import Results, features_of


@dataclass(frozen=True)
class Goal:
    """One row of the table of goals.

    Attributes:
        measure: what is measured, on which set.
        goal: what is to be reached, such as ">= 1.1" or "0.85 to 0.95".
        value, low, high: what was reached with its 95 % interval; NaN where there is none.
        reached: whether `value` meets the goal.
    """

    measure: str
    goal: str
    value: float
    low: float
    high: float
    reached: bool

    @classmethod
    def check(cls, measure: str, goal: str, found: tuple[float, float, float]) -> Goal:
        """A row whose `reached` follows from the goal's words."""
        first, *rest = goal.split()
        value = found[0]
        if first == ">=":
            reached = value >= float(rest[0])
        elif first == "<=":
            reached = value <= float(rest[0])
        else:
            reached = float(first) <= value <= float(rest[1])
        return cls(measure, goal, *found, bool(reached))

    def to_dict(self) -> dict:
        """Plain values; None where there is no number."""
        plain = {name: _number(getattr(self, name)) for name in ("value", "low", "high")}
        return {"measure": self.measure, "goal": self.goal, **plain, "reached": self.reached}


def own_goals(
    spec: MethodSpec, cases: dict[str, list[Path]], samples: int, few: int, settings: RunSettings
) -> tuple[list[Goal], dict]:
    """The rows that need no other method, and the entries of the model's card that are measured with them.

    Args:
        spec: the model.
        cases: {set: case files}, phantoms among them.
        samples: of each uncertainty.
        few: phantoms for the rows of steps and robustness, which are slow.
    """
    covered, calibration = coverage_goals(spec, cases, samples, settings)
    chosen = cases["phantom"][:few]
    rows = [step_goal(spec, chosen, settings), *covered, *robustness_goals(spec, chosen, settings)]
    entries = {"uncertainty_calibration": calibration, "familiarity": measured_familiarity(spec, cases, settings)}
    return rows, entries


def comparison_goals(evaluation: Evaluation, kind: str) -> list[Goal]:
    """The rows against the best of the other methods, each the best on that very measure."""
    results, name = evaluation.results[kind], evaluation.candidate

    def pair(metric: str) -> tuple[str, list[list[float]]]:
        means = {method: entry[metric]["mean"] for method, entry in evaluation.summaries[kind].items()}
        other = best_baseline({key: math.nan if mean is None else mean for key, mean in means.items()}, name, metric)
        chosen = (name, other) if other else (name, name)
        return other or "none", [[case.values[metric] for case in results[method]] for method in chosen]

    rows = []
    for metric, words, interval, goal in (
        ("ssim_body", "SSIM (mean of three planes, body mask), ratio to {}", ratio_interval, ">= 1.1"),
        ("psnr_body_db", "PSNR 3D in the body mask, dB above {}", difference_interval, ">= 0"),
        ("bone_dice", "Bone Dice (> 200 HU), above {}", difference_interval, ">= 0.05"),
        (
            "reprojection_error",
            "Re-projection error of the measured radiographs, ratio to {}",
            ratio_interval,
            "<= 0.333",
        ),
        (
            "reprojection_error_volume",
            "Re-projection error of the volume alone, ratio to {}",
            ratio_interval,
            "<= 0.333",
        ),
    ):
        other, values = pair(metric)
        rows.append(Goal.check(f"{words.format(other)} ({kind})", goal, interval(*values)))
    means = {method: entry["frechet"]["mean"] for method, entry in evaluation.summaries[kind].items()}
    other = best_baseline(means, name, "frechet")
    if other:
        words = f"Frechet distance, ratio to {other} ({kind})"
        rows.insert(1, Goal.check(words, "<= 0.75", frechet_ratio(results, name, other)))
    return rows


def frechet_ratio(results: Results, candidate: str, other: str, replicates: int = 50) -> tuple[float, float, float]:
    """(ratio, low, high) of two methods' Frechet distances, drawn together over cases."""
    metric = "frechet"
    sides = [features_of(results[method], metric) for method in (candidate, other)]
    truth = features_of(results[TRUTH], metric)

    def ratio(counts: np.ndarray | None) -> float:
        found, against = (feature_distance(side, truth, counts) for side in sides)
        return found / against

    cases, rng = len(truth), np.random.default_rng(0)
    draws = [ratio(rng.multinomial(cases, np.full(cases, 1.0 / cases))) for _ in range(replicates if cases > 1 else 0)]
    value = ratio(None)
    return value, *normal_interval(value, draws)


def step_goal(spec: MethodSpec, cases: list[Path], settings: RunSettings) -> Goal:
    """How few evaluations suffice."""
    grid, planes = common_grid([spec])
    plain = replace(settings, features=False)
    results = [
        evaluate_method(
            replace(spec, sampling=replace(spec.sampling, steps=steps)), cases, grid, planes[spec.name], plain
        )
        for steps in STEPS
    ]
    words = f"Network evaluations for SSIM, PSNR and Dice within 1 % of a {STEPS[-1]}-evaluation run (phantom)"
    return Goal.check(words, "<= 12", fewest_evaluations(results))


def coverage_goals(
    spec: MethodSpec, cases: dict[str, list[Path]], samples: int, settings: RunSettings
) -> tuple[list[Goal], dict]:
    """The rows of the uncertainty's interval, and the calibration for the model's card.

    Every other held-out phantom calibrates; the rest of them, and the real cases, test.
    """
    ratios = {kind: _over(spec, files, partial(scaled_errors, samples, settings.seed), settings) for kind, files in
              cases.items()}  # fmt: skip
    factor = calibration_factor(ratios["phantom"][::2])
    tested = {"phantom": ratios["phantom"][1::2], **{kind: part for kind, part in ratios.items() if kind == "real"}}
    rows, measured = [], {}
    for kind, part in tested.items():
        found = mean_interval(coverages(part, factor))
        words = f"True coverage of the {LEVEL:.0%} interval of {samples} samples, calibrated on phantoms ({kind})"
        rows.append(Goal.check(words, "0.85 to 0.95", found))
        measured[kind] = {"coverage": found[0], "cases": len(part)}
    calibration = {
        "interval": LEVEL,
        "factor": factor,
        "samples": samples,
        "steps": SPREAD_STEPS,
        "calibrated_on": f"{len(ratios['phantom'][::2])} held-out phantoms, voxels in the body",
        "tested_on": measured,
    }
    return rows, calibration


def measured_familiarity(spec: MethodSpec, cases: dict[str, list[Path]], settings: RunSettings) -> dict:
    """The `familiarity` of the model's card; the same halves of the phantoms calibrate and test as for coverage."""
    found = {
        kind: _over(spec, files, partial(case_strangeness, settings.seed), settings) for kind, files in cases.items()
    }
    return familiarity_bound(found["phantom"][::2], {**found, "phantom": found["phantom"][1::2]})


def robustness_goals(spec: MethodSpec, cases: list[Path], settings: RunSettings) -> list[Goal]:
    """The rows of wrong geometry and random appearance."""
    found = _over(spec, cases, partial(disturbed_ssim, settings.seed), settings)
    rows = []
    for name, variants in DISTURBANCES.items():
        losses = [_loss([case[""][0] for case in found], [case[name][index] for case in found])
                  for index in range(len(variants))]  # fmt: skip
        worst = max(losses, key=lambda loss: loss[0])
        rows.append(Goal.check(f"Relative loss of SSIM (body), {name} (phantom)", "<= 0.05", worst))
    return rows


def _loss(whole: list[float], disturbed: list[float]) -> tuple[float, float, float]:
    pairs = np.column_stack([whole, disturbed])
    return bootstrap(pairs, lambda drawn: 1.0 - drawn[..., 1].mean(1) / drawn[..., 0].mean(1))


def _over(spec: MethodSpec, cases: list[Path], work: Callable, settings: RunSettings) -> list:
    grid, planes = common_grid([spec])
    return over_cases(spec, [CaseTask(case, grid, planes[spec.name]) for case in cases], work, settings.workers)


def goals_markdown(rows: list[dict]) -> str:
    """The rows as a Markdown table."""
    lines = ["# Goals", "", f"*{INTENDED_USE.capitalize()}.*", ""]
    lines += ["| measure | goal | value [95 % interval] | reached |", "|---|---|---|---|"]
    for row in rows:
        value, low, high = ("-" if row[key] is None else f"{row[key]:.3g}" for key in ("value", "low", "high"))
        reached = "yes" if row["reached"] else "no"
        lines.append(f"| {row['measure']} | {row['goal']} | {value} [{low}, {high}] | {reached} |")
    return "\n".join(lines) + "\n"


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
