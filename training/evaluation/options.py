"""Options that the commands which measure methods share."""

from __future__ import annotations

import argparse
from pathlib import Path

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.reconstruction import DEFAULT_STEPS

from .runner import RunSettings


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Options that all commands which run methods share."""
    parser.add_argument("--seed", type=int, default=0, help="of the samples")
    parser.add_argument("--workers", type=positive, default=2, help="processes")
    parser.add_argument("--cache", type=Path, default=Path("runs/evaluation"), help="keeps cases and finished results")
    parser.add_argument("--inception-weights", type=Path, help="InceptionV3 weights, for the usual FID")


def add_case_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of the commands that cut cases from scans and draw samples of them."""
    parser.add_argument("--steps", type=positive, default=DEFAULT_STEPS, help="network evaluations of each sample")
    parser.add_argument("--crops", type=positive, default=3, help="crops of each real scan")


def positive(text: str) -> int:
    """A whole number of at least 1, for argparse."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is too small; give 1 or more")
    return value


def run_settings(arguments: argparse.Namespace) -> RunSettings:
    """The settings in those options."""
    return RunSettings(arguments.workers, arguments.seed, arguments.inception_weights, arguments.cache / "results")


def add_own_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of what is measured without other methods."""
    parser.add_argument("--samples", type=positive, default=8, help="samples of each uncertainty")
    parser.add_argument("--few", type=positive, default=8, help="phantoms for steps and robustness")


def check_own_arguments(arguments: argparse.Namespace, cases: dict[str, list[Path]]) -> None:
    """Diff2CTError when there is too little for an uncertainty."""
    if len(cases.get("phantom", [])) < 4 or arguments.samples < 2:
        raise Diff2CTError("An uncertainty needs at least 4 held-out phantoms and 2 --samples.")
