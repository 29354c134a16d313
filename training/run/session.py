"""One run of the training with its log, checkpoints and pictures, by steps or by the clock."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, nullcontext

import torch
from tqdm import tqdm

from Diff2CTCore.errors import CancelledError, DeviceError, Diff2CTError
from Diff2CTCore.models import load_model
from Diff2CTCore.storage import check_output_folder, output_errors

from .clock import Budget, process_start
from .config import TrainConfig
from .flops import step_flops
from .observer import Observer
from .output_lock import only_run_in
from .precision import use_fast_arithmetic
from .processes import Processes
from .run_log import RunLog
from .summary import Summary, samples_per_step
from .timed import TimedRun
from .trainer import Trainer


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
                trainer.name_sources(sources)
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
