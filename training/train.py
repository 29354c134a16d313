"""`python -m training.train CONFIG [--resume]`: train a model; stop it at any time, resume it later.

`--minutes 9` trains for nine minutes, from the start of the process to the exported model. Several GPUs or machines:
`torchrun --nproc-per-node N -m training.train CONFIG`.
"""

from __future__ import annotations

import argparse
import math
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import torch
from tqdm import tqdm

from Diff2CTCore.errors import CancelledError, DeviceError, Diff2CTError
from Diff2CTCore.models import load_model
from Diff2CTCore.storage import check_output_folder, output_errors

from .config import TrainConfig, load_config
from .export import read_sources
from .fields import ConfigError
from .flops import step_flops, within_budget
from .processes import Processes, joined
from .run.clock import Budget, process_start
from .run.observer import Observer
from .run.output_lock import only_run_in
from .run.precision import use_fast_arithmetic
from .run.summary import Summary, samples_per_step
from .run.timed import TimedRun
from .run_log import RunLog
from .trainer import Trainer


def main(argv: list[str] | None = None, start: float | None = None) -> int:
    """Train as the configuration says; returns the exit code.

    Args:
        argv: of the command line.
        start: `time.monotonic()` from which the minutes are counted; by default the process's start.
    """
    arguments = _parser().parse_args(argv)
    try:
        config = _changed(load_config(arguments.config), arguments)
        sources = read_sources(arguments.sources) if arguments.sources else None
        with joined(config.device) as processes:
            run_training(within_budget(config), arguments.resume, arguments.start_from, processes, sources, start)
    except Diff2CTError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


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


def run_training(
    config: TrainConfig,
    resume: bool,
    start_from: str | None,
    processes: Processes,
    sources: list[dict] | None = None,
    start: float | None = None,
) -> None:
    """One run with its log, checkpoints and pictures, to its end or until it is told to stop.

    Args:
        config: with its number of steps, see `within_budget`, or its minutes.
        resume: go on from the checkpoint in the output folder, if there is one.
        start_from: model (folder or name) whose weights a new run begins with.
        processes: that share the work.
        sources: training data for the exported model's card; by default what the data themselves tell.
        start: `time.monotonic()` from which the minutes are counted; by default the process's start.

    Raises:
        Diff2CTError: no cases, a checkpoint in the way, a gradient that is not finite, too little memory or time.
    """
    output = check_output_folder(config.output)
    with output_errors(output):
        output.mkdir(parents=True, exist_ok=True)
    with only_run_in(output) if processes.first else nullcontext(), _StopOnSignal() as stop, _memory_told():
        found = (output / "checkpoint.safetensors").exists()
        if found and not resume:
            raise Diff2CTError(f"{output} already holds a checkpoint; add --resume or choose another output folder.")
        if config.budget_minutes > 0.0 and processes.device.type == "cuda":
            use_fast_arithmetic()
        trainer = Trainer(config, processes, calibrate=not found)
        with closing(trainer.source):
            if sources is not None:
                trainer.sources = sources
            if found:
                trainer.resume()
            elif start_from:
                model = load_model(start_from)
                trainer.start_from(model.state_dict)
                trainer.add_sources(model.card.training_data)
            stop.at_once = False
            with RunLog(output, trainer.step, config.log_every, processes.first) as log:
                if config.budget_minutes > 0.0:
                    budget = Budget(config.budget_minutes, process_start() if start is None else start)
                    TimedRun(trainer, budget, log, lambda: stop.requested, not found).run()
                else:
                    _run_steps(trainer, log, stop)


@contextmanager
def _memory_told() -> Iterator[None]:
    """Raises DeviceError where the GPU's memory does not suffice."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise DeviceError(
            "The GPU's memory does not suffice; the last checkpoint is intact: resume with fewer data.volumes and "
            "data.crops, or a smaller data.batch_limit where they are 0."
        ) from error


def _run_steps(trainer: Trainer, log: RunLog, stop: _StopOnSignal) -> None:
    """The configuration's steps."""
    config, processes, began = trainer.config, trainer.processes, time.monotonic()
    flop, first = step_flops(config), trainer.step
    log.note({"architecture": config.architecture, "steps": config.steps, "flop_per_step": flop})
    observer = Observer(trainer, log, began) if processes.first else None
    bar = tqdm(total=config.steps, initial=trainer.step, unit="step", disable=not processes.first)
    # All processes stop after the same step, or one would wait for the others in vain.
    while trainer.step < config.steps and not processes.any(stop.requested):
        means = log.add(trainer.step + 1, trainer.train_step())
        if means:
            bar.set_postfix({name: f"{value:.4f}" for name, value in means.items()}, refresh=False)
        bar.update()
        if trainer.step % config.checkpoint_every == 0:
            trainer.save()
        if trainer.step % config.picture_every == 0 and observer:
            observer.begin()
            observer.collect()
    bar.close()
    trainer.save()
    if observer:
        observer.close()
        steps, seconds = trainer.step - first, max(1e-9, time.monotonic() - began)
        samples = steps * samples_per_step(config)
        summary = Summary(steps, seconds / 60.0, seconds, samples, flop * steps, observer.latest)
        log.note(summary.entries())
        tqdm.write(str(summary))


class _StopOnSignal:
    """A context in which SIGTERM or Ctrl-C is remembered, so that a run ends between two steps with a checkpoint.

    Attributes:
        requested: whether there was one.
        at_once: the run has nothing to keep yet and ends where it is.
    """

    def __init__(self):
        self.requested = False
        self.at_once = True

    def __enter__(self) -> _StopOnSignal:
        numbers = (signal.SIGTERM, signal.SIGINT)
        self._before = {number: signal.signal(number, self._request) for number in numbers}
        return self

    def __exit__(self, *_) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _request(self, *_):
        self.requested = True
        if self.at_once:
            self.at_once = False
            raise CancelledError("Stopped before the first step; nothing was changed.")


if __name__ == "__main__":
    raise SystemExit(main())
