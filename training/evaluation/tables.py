"""From results to tables: means with intervals, tests against the best baseline, CSV, JSON and Markdown."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np

from Diff2CTCore.models import INTENDED_USE
from Diff2CTCore.storage import replaced_when_complete

from .features import FeatureNetwork
from .frechet import feature_distance_interval
from .reconstructors import best_baseline, is_better_when_higher
from .results import TRUTH, CaseResult
from .statistics import difference_interval, mean_interval, wilcoxon_p

COSTS = ("network_evaluations", "seconds", "peak_memory_mib")

COLUMNS = {
    "ssim_body": ("SSIM body", 3),
    "ssim_volume": ("SSIM volume", 3),
    "psnr_body_db": ("PSNR body, dB", 2),
    "psnr_volume_db": ("PSNR volume, dB", 2),
    "psnr_planes_db": ("PSNR per slice, dB", 2),
    "mae_body_hu": ("MAE body, HU", 0),
    "mae_bone_hu": ("MAE bone, HU", 0),
    "bone_dice": ("Bone Dice", 3),
    "surface_distance_mm": ("Bone surface, mm", 2),
    "level_profile": ("Level profile", 3),
    "spine_dice": ("Spine Dice", 3),
    "block_pattern": ("Block pattern", 2),
    "block_edges": ("Block edges", 2),
    "reprojection_error": ("Re-projection error", 3),
    "reprojection_error_volume": ("Re-projection error, volume alone", 3),
    "frechet": ("Frechet", 0),
    "fid_inception_v3": ("FID InceptionV3", 1),
    "network_evaluations": ("Evaluations", 0),
    "seconds": ("Seconds", 1),
    "peak_memory_mib": ("Memory, MiB", 0),
}
"""Columns of the Markdown table: heading and decimals. The JSON holds every metric."""

Results = dict[str, list[CaseResult]]
"""Method to its results on the cases of one set, in one order; with the truth under `TRUTH`."""

Summary = dict[str, dict[str, dict]]
"""Method to metric to {"mean", "low", "high", "cases"}, and for the candidate "against", "difference" and "p"."""


def summarise(results: Results, networks: list[FeatureNetwork], candidate: str) -> Summary:
    """Means over the cases of a set with 95 % bootstrap intervals; None where there is no number."""
    summary: Summary = {}
    for method, cases in results.items():
        if method == TRUTH:
            continue
        summary[method] = {}
        for metric in cases[0].values:
            values = [case.values[metric] for case in cases if math.isfinite(case.values[metric])]
            summary[method][metric] = _entry(*mean_interval(values)) | {"cases": len(values)}
        for network in networks:
            found, truth = (features_of(part, network.metric) for part in (cases, results[TRUTH]))
            distance = feature_distance_interval(found, truth, network.replicates)
            summary[method][network.metric] = _entry(*distance) | {"cases": len(cases)}
    if candidate in summary:
        _test_candidate(summary, results, candidate)
    return summary


def features_of(cases: list[CaseResult], metric: str) -> list[np.ndarray]:
    """The features of one network, an array for each case."""
    return [case.features[metric] for case in cases]


def _test_candidate(summary: Summary, results: Results, candidate: str) -> None:
    for metric, entry in summary[candidate].items():
        means = {name: metrics[metric]["mean"] for name, metrics in summary.items()}
        means = {name: math.nan if mean is None else mean for name, mean in means.items()}
        other = None if metric in COSTS else best_baseline(means, candidate, metric)
        if other is None:
            continue
        entry["against"] = other
        if metric in results[candidate][0].values:
            pair = [[case.values[metric] for case in results[name]] for name in (candidate, other)]
            entry["difference"] = _entry(*difference_interval(*pair))
            entry["p"] = _number(wilcoxon_p(*pair))


def write_case_table(path: Path, results: Results) -> None:
    """CSV with one line for each method and case; the truth's lines hold its own re-projection error only."""
    metrics = list(next(iter(results.values()))[0].values)
    with replaced_when_complete(path) as staged, open(staged, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, ["case", "method", *metrics], restval="")
        writer.writeheader()
        for method, cases in results.items():
            for case in cases:
                kept = ("reprojection_error",) if method == TRUTH else metrics
                writer.writerow({"case": case.case, "method": method, **{name: case.values[name] for name in kept}})


def markdown(sets: dict[str, Summary], conditions: dict[str, dict], candidate: str) -> str:
    """Tables of all sets with the conditions under which they were measured."""
    lines = ["# Reconstruction from two radiographs: methods on held-out cases", "", f"*{INTENDED_USE.capitalize()}.*"]
    for kind, summary in sets.items():
        lines += ["", f"## {kind.capitalize()} set", ""]
        lines += [f"- {name}: {value}" for name, value in conditions[kind].items() if not isinstance(value, dict)]
        lines += ["", *_table(summary), "", *_tests(summary, candidate)]
    return "\n".join(lines).rstrip() + "\n"


def _table(summary: Summary) -> list[str]:
    columns = [name for name in COLUMNS if any(name in metrics for metrics in summary.values())]
    best = {name: _best(summary, name) for name in columns if name not in COSTS}
    lines = ["| method | " + " | ".join(COLUMNS[name][0] for name in columns) + " |"]
    lines.append("|---|" + "---|" * len(columns))
    for method, metrics in summary.items():
        cells = [_cell(metrics.get(name), COLUMNS[name][1], method == best.get(name)) for name in columns]
        lines.append(f"| {method} | " + " | ".join(cells) + " |")
    return lines


def _best(summary: Summary, metric: str) -> str | None:
    means = {name: metrics[metric]["mean"] for name, metrics in summary.items() if metric in metrics}
    means = {name: mean for name, mean in means.items() if mean is not None}
    choose = max if is_better_when_higher(metric) else min
    return choose(means, key=means.get) if means else None


def _cell(entry: dict | None, decimals: int, bold: bool) -> str:
    if entry is None or entry["mean"] is None:
        return "-"
    text = f"{entry['mean']:.{decimals}f}"
    text = f"**{text}**" if bold else text
    if entry["low"] is None or entry["low"] == entry["high"]:
        return text
    return f"{text} [{entry['low']:.{decimals}f}, {entry['high']:.{decimals}f}]"


def _tests(summary: Summary, candidate: str) -> list[str]:
    tested = {name: entry for name, entry in summary.get(candidate, {}).items() if "p" in entry and name in COLUMNS}
    if not tested:
        return []
    lines = [f"{candidate} against the best other method (paired over cases, Wilcoxon's signed-rank test, two-sided):"]
    lines += ["", "| metric | best other | difference | p |", "|---|---|---|---|"]
    for name, entry in tested.items():
        heading, decimals = COLUMNS[name]
        p = "-" if entry["p"] is None else f"{entry['p']:.2g}"
        lines.append(f"| {heading} | {entry['against']} | {_cell(entry['difference'], decimals, False)} | {p} |")
    return lines


def _entry(mean: float, low: float, high: float) -> dict[str, float | None]:
    return {"mean": _number(mean), "low": _number(low), "high": _number(high)}


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
