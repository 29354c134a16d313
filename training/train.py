"""`python -m training.train CONFIG [--resume]`: train a model; stop it at any time, resume it later.

Several GPUs or machines: `torchrun --nproc-per-node N -m training.train CONFIG`.
"""

from __future__ import annotations

import argparse
import signal
import sys
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.models import load_model

from .config import TrainConfig, load_config
from .flops import step_flops, within_budget
from .pictures import sample_picture
from .processes import Processes, joined
from .run_log import RunLog
from .trainer import Trainer


def main(argv: list[str] | None = None) -> int:
    """Train as the configuration says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in the output folder")
    parser.add_argument("--start-from", metavar="MODEL", help="begin with the weights of a model (folder or name)")
    parser.add_argument("--output", help="instead of the configuration's output folder")
    parser.add_argument("--cache", help="instead of the configuration's data.cache")
    parser.add_argument("--steps", type=int, help="instead of the configuration's steps and budget_tflop")
    parser.add_argument("--device", help="instead of the configuration's device: auto, cpu or cuda")
    arguments = parser.parse_args(argv)
    try:
        config = _changed(load_config(arguments.config), arguments)
        with joined(config.device) as processes:
            run_training(within_budget(config), arguments.resume, arguments.start_from, processes)
    except Diff2CTError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _changed(config: TrainConfig, arguments: argparse.Namespace) -> TrainConfig:
    """The configuration with what the command line says instead."""
    if arguments.cache:
        config = replace(config, data=replace(config.data, cache=arguments.cache))
    if arguments.output:
        config = replace(config, output=arguments.output)
    if arguments.device:
        config = replace(config, device=arguments.device)
    if arguments.steps is not None:
        config = replace(config, steps=arguments.steps, budget_tflop=0.0)
    return config


def run_training(config: TrainConfig, resume: bool, start_from: str | None, processes: Processes) -> None:
    """One run with its log, checkpoints and pictures, to its last step or until it is told to stop.

    Args:
        config: with its number of steps, see `within_budget`.
        resume: go on from the checkpoint in the output folder, if there is one.
        start_from: model (folder or name) whose weights a new run begins with.
        processes: that share the work.

    Raises:
        Diff2CTError: no cases, a checkpoint in the way, a gradient that is not finite.
    """
    output = Path(config.output)
    output.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(config, processes)
    if resume and trainer.checkpoint_path.exists():
        trainer.resume()
    elif trainer.checkpoint_path.exists():
        raise Diff2CTError(f"{output} already holds a checkpoint; add --resume or choose another output folder.")
    elif start_from:
        trainer.start_from(load_model(start_from).state_dict)
    stop = _StopOnSignal()
    with RunLog(output, trainer.step, config.log_every, processes.first) as log:
        if processes.first:
            log.note({"architecture": config.architecture, "steps": config.steps, "flop_per_step": step_flops(config)})
        bar = tqdm(total=config.steps, initial=trainer.step, unit="step", disable=not processes.first)
        # All processes stop after the same step, or one would wait for the others in vain.
        while trainer.step < config.steps and not processes.any(stop.requested):
            losses = trainer.train_step()
            log.add(trainer.step, losses)
            bar.set_postfix({name: f"{value:.4f}" for name, value in losses.items()}, refresh=False)
            bar.update()
            if trainer.step % config.checkpoint_every == 0:
                trainer.save()
            if trainer.step % config.picture_every == 0 and processes.first:
                log.picture(trainer.step, sample_picture(trainer, output / f"samples-{trainer.step:07d}.png"))
        bar.close()
        trainer.save()


class _StopOnSignal:
    """Remembers SIGTERM or Ctrl-C, so that a run ends between two steps with a checkpoint."""

    def __init__(self):
        self.requested = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._request)

    def _request(self, *_):
        self.requested = True


if __name__ == "__main__":
    raise SystemExit(main())
