"""`python -m training.benchmark`: all methods whose weights are in the repository, on held-out cases.

Phantoms are drawn by seed, so that anyone can repeat their part; real scans need `--real`, a folder that
`training.prepare` wrote. Without it their part is kept from the last run with the same weights.

Research use only, not for clinical decisions.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.models import CARD_FILE

from .evaluate import add_run_arguments, positive, run_settings
from .evaluation.earlier import with_earlier_set
from .evaluation.evaluation import evaluate_sets, write_evaluation
from .evaluation.held_out import find_cases, held_out_phantoms
from .evaluation.reconstructors import DEFAULT_STEPS, SART, MethodSpec
from .methods import Sampling

RESULTS = Path(__file__).parent / "results"
FIGURES = Path(__file__).parents[1] / "Resources" / "Training"
NAME = "benchmark"
CANDIDATE = "Diff2CT"


@dataclass(frozen=True)
class Benchmark:
    """Attributes:
    specs: the candidate first, SART last.
    cases: {set: case files}.
    """

    specs: list[MethodSpec]
    cases: dict[str, list[Path]]


def prepare_benchmark(arguments: argparse.Namespace) -> Benchmark:
    """Find the weights, draw the phantoms, cut the real scans.

    Raises:
        Diff2CTError: there are no weights, or none of the candidate.
    """
    folders = sorted(path.parent for path in arguments.weights.glob(f"*/{CARD_FILE}"))
    specs = [MethodSpec(folder.name, folder, Sampling(arguments.steps)) for folder in folders]
    if arguments.candidate not in {spec.name for spec in specs}:
        raise Diff2CTError(
            f"{arguments.weights} holds no model in a folder {arguments.candidate!r}; export one there, or name "
            "another folder with --weights or --candidate."
        )
    specs.sort(key=lambda spec: (spec.name != arguments.candidate, spec.name))
    drawn = arguments.cache / "cases"
    cases = {"phantom": held_out_phantoms(arguments.phantoms, drawn, arguments.workers)}
    if arguments.real:
        real = find_cases(arguments.real, drawn, arguments.crops, arguments.workers)
        if "real" not in real:
            raise Diff2CTError(f"{arguments.real} holds no real scans; give a folder that training.prepare wrote.")
        cases["real"] = real["real"]
    return Benchmark([*specs, MethodSpec(SART, None, Sampling(arguments.steps))], cases)


def benchmark_parser(module: str, description: str) -> argparse.ArgumentParser:
    """The options that the benchmark and the goals share."""
    parser = argparse.ArgumentParser(prog=f"python -m training.{module}", description=description)
    parser.add_argument("--weights", type=Path, default=RESULTS / "weights", help="folder of model folders")
    parser.add_argument("--candidate", default=CANDIDATE, help="method that is compared with the best of the others")
    parser.add_argument("--phantoms", type=positive, default=40, help="number of held-out phantoms")
    parser.add_argument("--real", type=Path, help="folder written by training.prepare, or of real cases")
    parser.add_argument("--crops", type=positive, default=3, help="crops of each real scan")
    parser.add_argument("--steps", type=positive, default=DEFAULT_STEPS, help="network evaluations of each sample")
    parser.add_argument("-o", "--output", type=Path, default=RESULTS, help="folder for tables")
    add_run_arguments(parser)
    parser.set_defaults(cache=Path("runs/benchmark"))
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark; returns the exit code."""
    parser = benchmark_parser("benchmark", __doc__.splitlines()[0])
    parser.add_argument("--figures", type=Path, default=FIGURES, help="folder for figures")
    arguments = parser.parse_args(argv)
    start = time.perf_counter()
    try:
        benchmark = prepare_benchmark(arguments)
        evaluation = evaluate_sets(benchmark.specs, benchmark.cases, run_settings(arguments), arguments.candidate)
        evaluation, note = with_earlier_set(evaluation, arguments.output, NAME, "real", benchmark.specs)
        if "real" not in evaluation.summaries:
            # What other weights reached must not stay beside these tables.
            pictures = [arguments.figures / f"{NAME}-{what}-real.png" for what in ("planes", "worst")]
            for stale in (arguments.output / f"{NAME}-real.csv", *pictures):
                stale.unlink(missing_ok=True)
        write_evaluation(evaluation, arguments.output, NAME, arguments.figures)
    except Diff2CTError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print((arguments.output / f"{NAME}.md").read_text(encoding="utf-8"))
    print(f"{note} {(time.perf_counter() - start) / 60.0:.1f} minutes.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
