"""`python -m training.goals`: what the method reaches of its goals, from the weights in the repository.

Takes over what `training.benchmark` has measured with the same weights and code, and measures the rest: how few
evaluations suffice, whether the uncertainty's interval holds the truth, and what wrong geometry costs. The
interval's calibration is written into the model's card, and so is the bound above which radiographs are warned about,
with its rates of false alarms and detections.

Research use only, not for clinical decisions.
"""

from __future__ import annotations

import json
from pathlib import Path

from Diff2CTCore.storage import replaced_when_complete, write_json

from .command import command
from .evaluation import (
    BENCHMARK_NAME,
    add_own_arguments,
    benchmark_parser,
    check_own_arguments,
    comparison_goals,
    earlier_set,
    evaluate_sets,
    goals_markdown,
    own_goals,
    prepare_benchmark,
    run_settings,
    write_card,
)

FILE = "goals.json"


@command
def main(argv: list[str] | None = None) -> None:
    """Measure the goals."""
    parser = benchmark_parser("goals", __doc__.splitlines()[0])
    add_own_arguments(parser)
    arguments = parser.parse_args(argv)
    settings = run_settings(arguments)
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
    print(text)


def _earlier_real_rows(folder: Path, specs: list) -> list[dict]:
    """Rows on real scans from the last run, where the benchmark beside them is of the same weights."""
    if earlier_set(folder, BENCHMARK_NAME, "real", specs) is None or not (folder / FILE).is_file():
        return []
    return [row for row in json.loads((folder / FILE).read_text(encoding="utf-8")) if "(real)" in row["measure"]]


if __name__ == "__main__":
    raise SystemExit(main())
