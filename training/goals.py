"""`python -m training.goals`: what the method reaches of its goals, from the weights in the repository.

Takes over what `training.benchmark` has measured with the same weights and code, and measures the rest: how few
evaluations suffice, whether the uncertainty's interval holds the truth, and what wrong geometry costs. The
interval's calibration is written into the model's card.

Research use only, not for clinical decisions.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.files import replaced_when_complete, write_json
from Diff2CTCore.models import CARD_FILE, load_card

from .benchmark import NAME, benchmark_parser, prepare_benchmark
from .evaluate import positive, run_settings
from .evaluation.earlier import earlier_set
from .evaluation.evaluation import evaluate_sets
from .evaluation.goals import comparison_goals, coverage_goals, goals_markdown, robustness_goals, step_goal

FILE = "goals.json"


def main(argv: list[str] | None = None) -> int:
    """Measure the goals; returns the exit code."""
    parser = benchmark_parser("goals", __doc__.splitlines()[0])
    parser.add_argument("--samples", type=positive, default=8, help="samples of each uncertainty")
    parser.add_argument("--few", type=positive, default=8, help="phantoms for steps and robustness")
    arguments = parser.parse_args(argv)
    settings = run_settings(arguments)
    try:
        if arguments.phantoms < 4 or arguments.samples < 2:
            raise Diff2CTError("An uncertainty needs at least 4 --phantoms and 2 --samples.")
        benchmark = prepare_benchmark(arguments)
        arguments.output.mkdir(parents=True, exist_ok=True)
        evaluation = evaluate_sets(benchmark.specs, benchmark.cases, settings, arguments.candidate)
        spec, few = benchmark.specs[0], benchmark.cases["phantom"][: arguments.few]
        rows = [row for kind in benchmark.cases for row in comparison_goals(evaluation, kind)]
        rows.append(step_goal(spec, few, settings))
        covered, calibration = coverage_goals(spec, benchmark.cases, arguments.samples, settings)
        rows += [*covered, *robustness_goals(spec, few, settings)]
        plain = [row.to_dict() for row in rows]
        if "real" not in benchmark.cases:
            plain += _earlier_real_rows(arguments.output, benchmark.specs)
        write_json(arguments.output / FILE, plain)
        text = goals_markdown(plain)
        with replaced_when_complete((arguments.output / FILE).with_suffix(".md")) as staged:
            staged.write_text(text, encoding="utf-8")
        _write_calibration(spec.model, calibration)
    except Diff2CTError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(text)
    return 0


def _earlier_real_rows(folder: Path, specs: list) -> list[dict]:
    """Rows on real scans from the last run, where the benchmark beside them is of the same weights."""
    if earlier_set(folder, NAME, "real", specs) is None or not (folder / FILE).is_file():
        return []
    return [row for row in json.loads((folder / FILE).read_text(encoding="utf-8")) if "(real)" in row["measure"]]


def _write_calibration(model: Path, calibration: dict) -> None:
    card = replace(load_card(model), uncertainty_calibration=calibration)
    with replaced_when_complete(model / CARD_FILE) as staged:
        staged.write_text(card.to_json(), encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
