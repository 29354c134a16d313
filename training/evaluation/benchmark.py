"""What the benchmark compares: every method whose weights are in a folder, and SART, on held-out cases."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.models import CARD_FILE

from ..methods import Sampling
from .held_out import find_cases, held_out_phantoms
from .options import add_case_arguments, add_run_arguments, positive
from .reconstructors import SART, MethodSpec

RESULTS_FOLDER = Path(__file__).parents[1] / "results"
FIGURES_FOLDER = Path(__file__).parents[2] / "Resources" / "Training"
BENCHMARK_NAME = "benchmark"
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
    parser.add_argument("--weights", type=Path, default=RESULTS_FOLDER / "weights", help="folder of model folders")
    parser.add_argument("--candidate", default=CANDIDATE, help="method that is compared with the best of the others")
    parser.add_argument("--phantoms", type=positive, default=40, help="number of held-out phantoms")
    parser.add_argument("--real", type=Path, help="folder written by training.prepare, or of real cases")
    add_case_arguments(parser)
    parser.add_argument("-o", "--output", type=Path, default=RESULTS_FOLDER, help="folder for tables")
    add_run_arguments(parser)
    parser.set_defaults(cache=Path("runs/benchmark"))
    return parser
