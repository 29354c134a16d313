"""An evaluation as a whole: methods over sets of cases, to the files that report it."""

from __future__ import annotations

import datetime
import platform
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from Diff2CTCore.ct import (
    BONE_THRESHOLD_HU,
    CORE_RADIUS_MM,
    HU_RANGE,
    HU_WINDOW,
    SPINE_RADIUS_MM,
    TREND_MM,
    lacks_spine,
)
from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.storage import check_output_folder, output_errors, replaced_when_complete, write_json

from .features import feature_networks, slices_description
from .figures import bubble_figure, ordered_cases, planes_figure
from .reconstructors import MethodSpec, common_grid
from .results import TRUTH
from .runner import RunSettings, evaluate_method
from .tables import Results, Summary, markdown, summarise, write_case_table


@dataclass(frozen=True)
class Evaluation:
    """Attributes:
    candidate: the method that is tested against the best of the others.
    results: {set: {method: results}}, with the truth.
    summaries: {set: {method: {metric: {"mean", "low", "high"}}}}.
    conditions: {set: {what: value}}, how the set was measured.
    spacing_mm: voxel size of all volumes.
    """

    candidate: str
    results: dict[str, Results]
    summaries: dict[str, Summary]
    conditions: dict[str, dict]
    spacing_mm: float


def evaluate_sets(
    specs: list[MethodSpec], cases: dict[str, list[Path]], settings: RunSettings, candidate: str | None = None
) -> Evaluation:
    """Run all methods on all sets.

    Args:
        specs: the methods; their names are those of the tables.
        cases: {set: case files}.
        candidate: the first method if not given.

    Raises:
        Diff2CTError: a method or a case does not fit the others.
    """
    candidate = candidate or specs[0].name
    if candidate not in {spec.name for spec in specs}:
        raise Diff2CTError(f"There is no method {candidate!r} to be tested; name one of those that are evaluated.")
    networks = feature_networks(settings.inception_weights)
    grid, planes = common_grid(specs)
    results, summaries, conditions = {}, {}, {}
    for kind, files in cases.items():
        finest = min(planes.values(), key=lambda plane: plane.row_spacing_mm)
        results[kind] = {TRUTH: evaluate_method(None, files, grid, finest, settings)}
        for spec in specs:
            results[kind][spec.name] = evaluate_method(spec, files, grid, planes[spec.name], settings)
        summaries[kind] = summarise(results[kind], networks, candidate)
        slices = sum(len(case.features[networks[0].metric]) for case in results[kind][TRUTH])
        conditions[kind] = {
            "Cases": len(files),
            "Volumes": f"{' x '.join(map(str, grid.shape))} voxels of {grid.spacing_mm:g} mm",
            "Intensities": f"clipped to {HU_WINDOW[0]:g} to {HU_WINDOW[1]:g} HU; PSNR range {HU_RANGE:g} HU, "
            "over the 3D volume unless per slice",
            "SSIM": "Gaussian window, sigma 1.5 voxels; body: mean of the three planes' 2D SSIM inside the body mask",
            "Bone": f"above {BONE_THRESHOLD_HU:g} HU; body and bone masks are the truth's",
            "Level profile": f"correlation with the truth along its spine of the mean HU within {CORE_RADIUS_MM:g} mm "
            f"of the line, less its running mean over {TREND_MM:g} mm",
            "Spine Dice": f"bone Dice within {SPINE_RADIUS_MM:g} mm of the truth's spine",
            "Cases whose truth shows no spine": sum(lacks_spine(case.values) for case in results[kind][TRUTH]),
            "Re-projection error": "part of the noise-free radiographs that the volume leaves unexplained; "
            f"the truth itself leaves {_truth_error(results[kind]):.3f}, for radiographs show the whole body; "
            "volume alone: of radiographs of the true volume without the rest of the body",
            **{f"{network.metric} features": network.description for network in networks},
            "Slices of each method": f"{slices}: {slices_description()}",
            "Intervals": "95 %, bootstrap over cases",
            "Seed of the samples": settings.seed,
            "Processes": f"{settings.workers}, on {platform.machine()} with {torch.get_num_threads()} threads in all",
            "Versions": f"Python {platform.python_version()}, torch {torch.__version__}, numpy {np.__version__}",
            "Date": datetime.date.today().isoformat(),
            "methods": specs_identity(specs),
        }
    return Evaluation(candidate, results, summaries, conditions, grid.spacing_mm)


def write_evaluation(evaluation: Evaluation, folder: Path, name: str, figures: Path) -> list[Path]:
    """Write the tables and figures of an evaluation; returns the files.

    They are `name`.json, `name`-conditions.json, `name`.md, `name`-SET.csv in `folder`, and `name`-planes-SET.png (a
    typical case), `name`-worst-SET.png, `name`-bubbles.png in `figures`. Sets without results of their own (see
    `earlier`) keep their CSV and pictures.
    """
    for place in (folder, figures):
        check_output_folder(place)
        with output_errors(place):
            place.mkdir(parents=True, exist_ok=True)
    files = [
        write_json(folder / f"{name}.json", evaluation.summaries),
        write_json(folder / f"{name}-conditions.json", evaluation.conditions),
    ]
    table = folder / f"{name}.md"
    with replaced_when_complete(table) as staged:
        text = markdown(evaluation.summaries, evaluation.conditions, evaluation.candidate)
        staged.write_text(text, encoding="utf-8")
    files.append(table)
    for kind, results in evaluation.results.items():
        files.append(folder / f"{name}-{kind}.csv")
        write_case_table(files[-1], results)
        order = ordered_cases(results, evaluation.candidate)
        for what, words, index in (("planes", "median", order[len(order) // 2]), ("worst", "lowest", order[0])):
            files.append(figures / f"{name}-{what}-{kind}.png")
            title = f"{kind} set, the case of {evaluation.candidate}'s {words} SSIM: {results[TRUTH][index].case}"
            planes_figure(files[-1], results, index, evaluation.spacing_mm, title)
    files.append(figures / f"{name}-bubbles.png")
    bubble_figure(files[-1], evaluation.summaries)
    return files


def specs_identity(specs: list[MethodSpec]) -> dict[str, dict]:
    """{method: checksum of its weights and steps}: results of the same identity may stand side by side."""
    return {spec.name: {"sha256": spec.weights_sha256, "steps": spec.sampling.steps} for spec in specs}


def _truth_error(results: Results) -> float:
    return float(np.nanmean([case.values["reprojection_error"] for case in results[TRUTH]]))
