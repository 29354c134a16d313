"""`python -m training.goals`: what the method reaches of its goals, from the weights in the repository.

Takes over what `training.benchmark` has measured with the same weights and code, and measures the rest: how few
evaluations suffice, whether the uncertainty's interval holds the truth, and what wrong geometry costs. The
interval's calibration is written into the model's card, and so is the bound above which radiographs are warned about,
with its rates of false alarms and detections.

Research use only, not for clinical decisions.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.models import CARD_FILE, load_card
from Diff2CTCore.storage import replaced_when_complete, write_json

from .benchmark import NAME, benchmark_parser, prepare_benchmark
from .evaluate import positive, run_settings
from .evaluation.earlier import earlier_set
from .evaluation.evaluation import evaluate_sets
from .evaluation.goals import comparison_goals, goals_markdown, own_goals

FILE = "goals.json"


def main(argv: list[str] | None = None) -> int:
    """Measure the goals; returns the exit code."""
    parser = benchmark_parser("goals", __doc__.splitlines()[0])
    add_own_arguments(parser)
    arguments = parser.parse_args(argv)
    settings = run_settings(arguments)
    try:
        benchmark = prepare_benchmark(arguments)
        check_own_arguments(arguments, benchmark.cases)
        arguments.output.mkdir(parents=True, exist_ok=True)
        evaluation = evaluate_sets(benchmark.specs, benchmark.cases, settings, arguments.candidate)
        spec = benchmark.specs[0]
        rows = [row for kind in benchmark.cases for row in comparison_goals(evaluation, kind)]
        own, entries = own_goals(spec, benchmark.cases, arguments.samples, arguments.few, settings)
        rows += own
        plain = [row.to_dict() for row in rows]
        if "real" not in benchmark.cases:
            plain += _earlier_real_rows(arguments.output, benchmark.specs)
        write_json(arguments.output / FILE, plain)
        text = goals_markdown(plain)
        with replaced_when_complete((arguments.output / FILE).with_suffix(".md")) as staged:
            staged.write_text(text, encoding="utf-8")
        write_card(spec.model, goals=plain, **entries)
    except Diff2CTError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(text)
    return 0


def add_own_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of what is measured without other methods."""
    parser.add_argument("--samples", type=positive, default=8, help="samples of each uncertainty")
    parser.add_argument("--few", type=positive, default=8, help="phantoms for steps and robustness")


def check_own_arguments(arguments: argparse.Namespace, cases: dict[str, list[Path]]) -> None:
    """Diff2CTError when there is too little for an uncertainty."""
    if len(cases.get("phantom", [])) < 4 or arguments.samples < 2:
        raise Diff2CTError("An uncertainty needs at least 4 held-out phantoms and 2 --samples.")


def _earlier_real_rows(folder: Path, specs: list) -> list[dict]:
    """Rows on real scans from the last run, where the benchmark beside them is of the same weights."""
    if earlier_set(folder, NAME, "real", specs) is None or not (folder / FILE).is_file():
        return []
    return [row for row in json.loads((folder / FILE).read_text(encoding="utf-8")) if "(real)" in row["measure"]]


def write_card(model: Path, **entries) -> None:
    """Replace entries of a model folder's card."""
    card = replace(load_card(model), **entries)
    with replaced_when_complete(model / CARD_FILE) as staged:
        staged.write_text(card.to_json(), encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
