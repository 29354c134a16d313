"""`python -m training.calibrate MODEL --cases CASES`: how far a model's results can be trusted, into its card.

Measures on held-out cases (phantoms among them) the uncertainty's interval, the bound above which radiographs are
warned about, how few evaluations suffice, and what wrong geometry costs. `training.goals` does the same for the
benchmark's candidate and compares it with the other methods too.

Research use only, not for clinical decisions.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from Diff2CTCore.errors import Diff2CTError

from .command import command
from .evaluation import (
    MethodSpec,
    add_case_arguments,
    add_own_arguments,
    add_run_arguments,
    check_own_arguments,
    find_cases,
    goals_markdown,
    own_goals,
    run_settings,
    write_card,
)


@command
def main(argv: list[str] | None = None) -> None:
    """Measure one model and write its card."""
    parser = argparse.ArgumentParser(prog="python -m training.calibrate", description=__doc__.splitlines()[0])
    parser.add_argument("model", metavar="MODEL", help="folder or name")
    parser.add_argument("--cases", type=Path, required=True, help="folder or datalist of held-out cases")
    add_case_arguments(parser)
    add_own_arguments(parser)
    add_run_arguments(parser)
    arguments = parser.parse_args(argv)
    settings = run_settings(arguments)
    spec = MethodSpec.parse(arguments.model, arguments.steps)
    if spec.model is None:
        raise Diff2CTError("SART has no card to be written; name a model.")
    cases = find_cases(arguments.cases, arguments.cache / "cases", arguments.crops, arguments.workers)
    check_own_arguments(arguments, cases)
    rows, entries = own_goals(spec, cases, arguments.samples, arguments.few, settings)
    plain = [row.to_dict() for row in rows]
    write_card(spec.model, goals=plain, **entries)
    print(goals_markdown(plain))


if __name__ == "__main__":
    raise SystemExit(main())
