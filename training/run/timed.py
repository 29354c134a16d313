"""A run by the clock: steps until the time for the end has come, then checkpoint, model and last measurement."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from tqdm import tqdm

from Diff2CTCore.errors import Diff2CTError

from .background import Background
from .checkpoint import save_checkpoint
from .clock import MEASURE_SHARE, Budget, BudgetError, Every
from .exporter import Exporter
from .flop_count import FlopCount
from .observer import Observer
from .rate_trial import try_rates
from .schedule import at_share
from .summary import Summary, samples_per_step

if TYPE_CHECKING:
    from .run_log import RunLog
    from .trainer import Trainer

TRIAL_SHARE = 0.5
"""Most of the time that is left at the start which trials of the learning rate may take."""

EARLY_SHARE = 0.25
"""The first checkpoint and measurement come at this part of a short run at the latest: the end is planned by them."""


class TimedRun:
    """Args:
    trainer: at its first step, or where an earlier run ended; where it does not know its sources no model is exported.
    budget: the time.
    log: of the run.
    stopped: asks whether the user wants the run to end now.
    fresh: whether the run begins with random weights, or those of a model.
    """

    def __init__(
        self,
        trainer: Trainer,
        budget: Budget,
        log: RunLog,
        stopped: Callable[[], bool],
        fresh: bool,
    ):
        self.trainer, self.budget, self.log, self.stopped, self.fresh = trainer, budget, log, stopped, fresh
        self.config, self.processes = trainer.config, trainer.processes
        self.exporter = Exporter(self.config, trainer.sources) if trainer.sources and self.processes.first else None
        self.observer = self.background = self.flop = None
        budget.steps_ahead = 2 if trainer.device.type == "cuda" else 1

    def run(self) -> None:
        """The whole of it.

        Raises:
            BudgetError: the time does not suffice for the start and the end.
            Diff2CTError: as in any run.
        """
        budget, trainer = self.budget, self.trainer
        self.background = Background(budget.now)
        try:
            if self.processes.first:
                self._open()
            if self.fresh and self.config.optimiser.trial_rates:
                self._try_rates()
            first, began = trainer.step, budget.now()
            interrupted = self._steps()
            if self.processes.first:
                self._end(interrupted, trainer.step - first, budget.now() - began)
            else:
                trainer.require_finite()
        finally:
            self.background.close()
            for part in (self.observer, self.flop):
                if part:
                    part.close()

    def _open(self) -> None:
        budget, config = self.budget, self.config
        self.flop = FlopCount(config)
        if self.exporter:
            weights = {name: value.detach().to("cpu", copy=True) for name, value in self.trainer.average.items()}
            self.background.start("export", lambda: self.exporter.rehearse(weights))
        else:
            budget.took("export", 0.0)
        self.observer = Observer(self.trainer, self.log, budget.start, MEASURE_SHARE * 60.0 * budget.minutes)
        real = any(held.kind == "real" for held in self.observer.cases)
        if config.data.pack and config.validation_cases and not real:
            raise Diff2CTError(
                f"The pack {config.data.pack} has no validation scan; pack scans of the split validation, or set "
                "validation_cases = 0."
            )
        sizes = {"volumes": config.data.volumes, "crops": config.data.crops}
        self.log.note({"architecture": config.architecture, "minutes": budget.minutes, **sizes})
        batch = f"{sizes['volumes']} volumes or {sizes['crops']} crops"
        tqdm.write(f"Begins {budget.elapsed:.0f} s after the start; a batch is {batch}.")

    def _try_rates(self) -> None:
        settings, budget = self.config.optimiser, self.budget
        needed = len(settings.trial_rates) * settings.trial_seconds
        if needed > TRIAL_SHARE * (budget.stop_at - budget.now()):
            raise BudgetError(
                f"The trials of {len(settings.trial_rates)} learning rates take {needed:.0f} s, more than half of what "
                "is left of the time; give more minutes, or fewer optimiser.trial_rates."
            )
        found = try_rates(self.trainer, budget.now)
        if not found:
            tqdm.write("Steps are too slow to try learning rates; the configuration's stays.")
            return
        chosen = self.trainer.config.optimiser.learning_rate
        self.log.note({"trial_losses": {f"{rate:g}": loss for rate, loss in found.items()}, "learning_rate": chosen})
        if self.processes.first:
            tqdm.write(f"Learning rate {chosen:g}, of {', '.join(f'{rate:g}' for rate in found)}.")

    def _steps(self) -> bool:
        """Steps until it is time to end; whether the user ended them."""
        trainer, budget, config = self.trainer, self.budget, self.config
        budget.begin()
        early = EARLY_SHARE * (budget.stop_at - budget.now())
        self._checkpoints = Every(min(60.0 * config.checkpoint_minutes, early), budget.now)
        self._measurements = Every(min(60.0 * config.measure_minutes, early), budget.now, MEASURE_SHARE)
        pace = _Pace(trainer.device, budget.now)
        with tqdm(initial=trainer.step, unit="step", disable=not self.processes.first) as bar:
            while True:
                if self.processes.any(self.stopped()):
                    return True
                if self.processes.any(not budget.has_time_for()):
                    return False
                share = self.processes.mean_number(budget.share())
                losses = trainer.train_step(at_share(config.optimiser, share))
                budget.step_took(pace.step_done())
                means = self.log.add(trainer.step, losses)
                bar.update()
                if means:
                    bar.set_postfix({name: f"{value:.4f}" for name, value in means.items()}, refresh=False)
                if self.processes.first and self._between_steps():
                    pace.skip()

    def _between_steps(self) -> bool:
        """Begin and collect what is done beside the steps; whether the training waited for it."""
        budget, began = self.budget, self.budget.now()
        waited = False
        if self.background.ready:
            budget.took(*self.background.collect())
        if self._checkpoints.due() and self.background.idle:
            found = self.trainer.checkpoint().copy()
            self.background.start(
                "checkpoint", lambda: save_checkpoint(self.trainer.checkpoint_path, found.groups, found.state)
            )
            self._checkpoints.done(began)
            waited = True
        if self.observer.ready:
            budget.took("measurement", self.observer.collect())
        if (
            self._measurements.due()
            and self.observer.idle
            and budget.has_time_for_measurement(self.config.picture_steps)
        ):
            self.trainer.require_finite()
            began = budget.now()
            self.observer.begin()
            self._measurements.done(began)
            waited = True
        return waited

    def _end(self, interrupted: bool, steps: int, seconds: float) -> None:
        self.background.collect()
        self.trainer.save()
        if interrupted:
            tqdm.write("Stopped with a checkpoint; go on with --resume, or export it with python -m training.export.")
            return
        flop = self.flop.value()
        if self.exporter:
            tqdm.write(f"wrote {self.exporter.write(self.trainer.average, self.trainer.step, flop)}")
        else:
            tqdm.write(
                "No model was exported, for the training data for its card is not known: give it with --sources, or "
                "use python -m training.export."
            )
        self.observer.collect()
        if self.budget.may_still_measure():
            self.observer.begin()
            self.observer.collect()
        samples = steps * samples_per_step(self.config)
        summary = Summary(
            steps, self.budget.elapsed / 60.0, seconds, samples, flop and flop * steps, self.observer.latest
        )
        self.log.note(summary.entries())
        tqdm.write(str(summary))


class _Pace:
    """Keeps a GPU at most one step behind, so that the clock tells how long steps take."""

    def __init__(self, device: torch.device, now: Callable[[], float]):
        self.device, self.now = device, now
        self._since = now()
        self._queued: torch.cuda.Event | None = None

    def step_done(self) -> float:
        """A step was given to the device; seconds since the one before was."""
        if self.device.type == "cuda":
            queued = torch.cuda.Event()
            queued.record()
            if self._queued:
                self._queued.synchronize()
            self._queued = queued
        before, self._since = self._since, self.now()
        return self._since - before

    def skip(self) -> None:
        """What was done since the last step does not belong to the next one."""
        self._since = self.now()
