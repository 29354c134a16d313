"""`python -m training.train CONFIG [--resume]`: train a model; stop it at any time, resume it later.

`--minutes 9` trains for nine minutes, from the start of the process to the exported model. Several GPUs or machines:
`torchrun --nproc-per-node N -m training.train CONFIG`.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from pathlib import Path

from .command import command
from .run import (
    ConfigError,
    TrainConfig,
    joined,
    load_config,
    read_sources,
    run_training,
    within_budget,
)


@command
def main(argv: list[str] | None = None, start: float | None = None) -> None:
    """Train as the configuration says.

    Args:
        argv: of the command line.
        start: `time.monotonic()` from which the minutes are counted; by default the process's start.
    """
    arguments = _parser().parse_args(argv)
    config = _changed(load_config(arguments.config), arguments)
    sources = read_sources(arguments.sources) if arguments.sources else None
    with joined(config.device) as processes:
        run_training(within_budget(config), arguments.resume, arguments.start_from, processes, sources, start)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in the output folder")
    parser.add_argument("--start-from", metavar="MODEL", help="begin with the weights of a model (folder or name)")
    parser.add_argument("--output", help="instead of the configuration's output folder")
    parser.add_argument("--cache", help="instead of the configuration's data.cache and data.pack")
    parser.add_argument("--pack", help="instead of the configuration's data.pack")
    parser.add_argument("--minutes", type=float, help="train this long, export included, instead of steps")
    parser.add_argument("--steps", type=int, help="instead of the configuration's steps, budget_tflop or minutes")
    parser.add_argument("--device", help="instead of the configuration's device: auto, cpu or cuda")
    parser.add_argument(
        "--sources", type=Path, help="JSON list of training data for the model's card, instead of the pack's"
    )
    parser.add_argument("--eight-bit", action="store_true", help="export the weights in half the space")
    return parser


def _changed(config: TrainConfig, arguments: argparse.Namespace) -> TrainConfig:
    """The configuration with what the command line says instead."""
    if arguments.minutes is not None and arguments.steps is not None:
        raise ConfigError("Give --minutes or --steps, not both.")
    if arguments.minutes is not None and not 0.0 < arguments.minutes < math.inf:
        raise ConfigError(f"--minutes is {arguments.minutes:g}; it must be above 0.")
    if arguments.cache:
        config = replace(config, data=replace(config.data, cache=arguments.cache, pack=""))
    if arguments.pack:
        config = replace(config, data=replace(config.data, pack=arguments.pack))
    for name in ("output", "device", "eight_bit"):
        if getattr(arguments, name):
            config = replace(config, **{name: getattr(arguments, name)})
    if arguments.steps is not None:
        config = replace(config, steps=arguments.steps, budget_tflop=0.0, budget_minutes=0.0)
    if arguments.minutes is not None:
        config = replace(config, budget_tflop=0.0, budget_minutes=arguments.minutes)
    return config


if __name__ == "__main__":
    raise SystemExit(main())
