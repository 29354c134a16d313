"""`python -m training.train CONFIG [--resume]`: train a model; stop it at any time, resume it later."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.models import load_model

from .config import load_config


def main(argv: list[str] | None = None) -> int:
    """Train as the configuration says; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.train", description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--resume", action="store_true", help="go on from the checkpoint in the output folder")
    parser.add_argument("--start-from", metavar="MODEL", help="begin with the weights of a model (folder or name)")
    parser.add_argument("--output", help="instead of the configuration's output folder")
    parser.add_argument("--cache", help="instead of the configuration's data.cache")
    parser.add_argument("--steps", type=int, help="instead of the configuration's steps")
    arguments = parser.parse_args(argv)
    try:
        config = load_config(arguments.config)
        if arguments.cache:
            config = replace(config, data=replace(config.data, cache=arguments.cache))
        if arguments.output:
            config = replace(config, output=arguments.output)
        if arguments.steps:
            config = replace(config, steps=arguments.steps)
        _run(config, arguments.resume, arguments.start_from)
    except Diff2CTError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _run(config, resume: bool, start_from: str | None) -> None:
    from .pictures import sample_picture
    from .trainer import Trainer, hours_left

    output = Path(config.output)
    output.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(config)
    if resume and trainer.checkpoint_path.exists():
        trainer.resume()
    elif trainer.checkpoint_path.exists():
        raise Diff2CTError(f"{output} already holds a checkpoint; add --resume or choose another output folder.")
    elif start_from:
        trainer.start_from(load_model(start_from).state_dict)
    stop = _StopOnSignal()
    means: dict[str, float] = {}
    started, first = time.monotonic(), trainer.step
    with open(output / "log.jsonl", "a", encoding="utf-8") as log:
        while trainer.step < config.steps and not stop.requested:
            for name, value in trainer.train_step().items():
                means[name] = means.get(name, 0.0) + value / config.log_every
            if trainer.step % config.log_every == 0:
                pace = (time.monotonic() - started) / (trainer.step - first)
                log.write(json.dumps({"step": trainer.step, "seconds_per_step": round(pace, 3), **means}) + "\n")
                log.flush()
                shown = "  ".join(f"{name} {value:.4f}" for name, value in means.items())
                print(f"{trainer.step}/{config.steps}  {shown}  {hours_left(pace, config.steps - trainer.step)}")
                means = {}
            if trainer.step % config.checkpoint_every == 0:
                trainer.save()
            if trainer.step % config.picture_every == 0:
                sample_picture(trainer, output / f"samples-{trainer.step:07d}.png")
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
