"""`python -m training.evaluate --cases CASES --models MODEL... -o OUT`: methods on held-out cases, side by side.

CASES is a folder of cases (`training.make_cases`), what `training.prepare` wrote, or a datalist. A model
is a folder, an installed model's name, or NAME=FOLDER; SART needs none. Sets are reported apart: `real`
scans and `phantom`s. The first model is tested against the best of the others.

Research use only, not for clinical decisions.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from Diff2CTCore.storage import check_output_folder

from .command import command
from .evaluation import (
    MethodSpec,
    add_case_arguments,
    add_run_arguments,
    evaluate_sets,
    find_cases,
    run_settings,
    write_evaluation,
)


@command
def main(argv: list[str] | None = None) -> None:
    """Evaluate methods."""
    parser = argparse.ArgumentParser(prog="python -m training.evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=Path, required=True, help="folder or datalist of held-out cases")
    parser.add_argument("--models", nargs="+", required=True, metavar="MODEL", help="FOLDER, NAME=FOLDER or SART")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for tables and figures")
    add_case_arguments(parser)
    add_run_arguments(parser)
    arguments = parser.parse_args(argv)
    check_output_folder(arguments.output)
    specs = [MethodSpec.parse(text, arguments.steps) for text in arguments.models]
    cases = find_cases(arguments.cases, arguments.cache / "cases", arguments.crops, arguments.workers)
    evaluation = evaluate_sets(specs, cases, run_settings(arguments))
    write_evaluation(evaluation, arguments.output, "evaluation", arguments.output)
    print((arguments.output / "evaluation.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    raise SystemExit(main())
