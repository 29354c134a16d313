"""One training run of any method: optimisers, moving average, checkpoints."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import torch
from torch import nn

from ..data import Batch, open_source
from ..methods import method_class
from .batch_size import with_batch_sizes
from .checkpoint import Checkpoint, CheckpointError, load_checkpoint, save_checkpoint
from .config import TrainConfig
from .fields import ConfigError
from .fusing import fuse
from .phase_run import PhaseRun
from .precision import uses_bfloat16
from .processes import Processes, alone
from .schedule import Moment, at_step

CALIBRATION_EXAMPLES, CALIBRATION_MADE = 24, 8
"""Examples that a method sees before the first step: from a cache, and from a pack, where each has to be made."""

FINITE_EVERY = 50
"""Steps after which a GPU is asked whether all gradients were finite; it is asked before each checkpoint, too."""


class Trainer:
    """Args:
        config: of the run; where a batch is to hold as many examples as fit, they are counted first.
        processes: that share the work; by default there is this one.
        calibrate: whether the method sees data first, which a run that goes on has done.

    Attributes:
    config: with the numbers of examples of a batch.
    source: of batches and held-out cases.
    method: the weights being trained.
    average: exponential moving average of `method.network`, which is what is kept.
    sources: what the weights were trained on, for a model's card: the source's, and those of earlier runs; None where
        a part of it is unknown.
    patients: on whom they were trained, as far as the source knows them.
    step: optimiser steps done.
    batches_done: batches that all processes together have seen.
    """

    def __init__(self, config: TrainConfig, processes: Processes | None = None, calibrate: bool = True):
        self.processes = processes or alone(config.device)
        self.device = self.processes.device
        if config.optimiser.accumulate % self.processes.count:
            raise ConfigError(
                f"optimiser.accumulate is {config.optimiser.accumulate}, which {self.processes.count} processes cannot "
                "share equally; choose a multiple."
            )
        torch.set_flush_denormal(True)
        # The source comes first, for it may hold a part of the memory that the batches' size depends on.
        self.source = open_source(config, self.device)
        self.config = self.source.config = config = with_batch_sizes(config, self.processes)
        self.sources, self._sources_named = self.source.sources(), False
        self.patients, self._held_out = self.source.patients()
        torch.manual_seed(config.seed)
        self.method = method_class(config.architecture)(config.model, config.loss).to(self.device)
        fuse(self.method.network, self.device)
        if calibrate:
            self._calibrate()
        self.phases = [PhaseRun(self.method, phase, config.optimiser, self.processes) for phase in self.method.phases]
        self.average = _copies(self.method.network)
        self.step = self.batches_done = 0
        self._batches = None

    @property
    def checkpoint_path(self) -> Path:
        return Path(self.config.output) / "checkpoint.safetensors"

    def train_step(self, moment: Moment | None = None) -> dict[str, torch.Tensor]:
        """One optimiser step of each phase.

        Args:
            moment: where in the run it lies; by default as the configuration's steps say.

        Returns:
            The losses' mean values by name, over all processes: scalars on the device, which is not waited for.
        """
        moment = moment or at_step(self.config.optimiser, self.step, self.config.steps)
        self.method.train()
        self.source.share(moment.done)
        batches = self._next_batches()
        values: dict[str, torch.Tensor] = {}
        for run in self.phases:
            with torch.autocast(self.device.type, torch.bfloat16, enabled=uses_bfloat16(self.config, self.device)):
                values |= run.step(batches, self.config.loss, moment.rate)
        self.method.finish_step(self.processes.mean)
        self._update_average()
        self.step += 1
        self.batches_done += self.config.optimiser.accumulate
        if self.device.type == "cuda" and self.step % FINITE_EVERY == 0:
            self.require_finite()
        means = self.processes.mean(torch.stack(list(values.values())))
        return dict(zip(values, means.unbind(), strict=True))

    def require_finite(self) -> None:
        """Raise NotFiniteError when a gradient was, or a weight is, not finite."""
        for run in self.phases:
            run.require_finite()

    def checkpoint(self) -> Checkpoint:
        """The run as it stands, in its own memory; NotFiniteError when a weight is not finite."""
        self.require_finite()
        groups = {"method": self.method.state_dict(), "average": self.average}
        groups |= {f"optimiser.{run.phase.name}": run.optimiser_state() for run in self.phases}
        state = {"step": self.step, "batches_done": self.batches_done, "architecture": self._architecture()}
        state |= {"learning_rate": self.config.optimiser.learning_rate, "sources": self.sources}
        state["patients"] = sorted(self.patients)
        return Checkpoint(groups, state | {name: getattr(self.config.data, name) for name in ("volumes", "crops")})

    def save(self) -> None:
        """Write the checkpoint (the first process does)."""
        found = self.checkpoint()
        if self.processes.first:
            save_checkpoint(self.checkpoint_path, found.groups, found.state)

    def resume(self) -> None:
        """Go on from the checkpoint of the run's folder; after a trial of rates, with the one that was chosen."""
        groups, state = load_checkpoint(self.checkpoint_path)
        self.restore(Checkpoint(groups, state))
        if self.config.optimiser.trial_rates:
            self.use_learning_rate(state.get("learning_rate", self.config.optimiser.learning_rate))

    def restore(self, found: Checkpoint) -> None:
        """Go on from a checkpoint.

        Raises:
            CheckpointError: it is of another architecture, or was trained on what is now held out.
        """
        groups, state = found.groups, found.state
        if state["architecture"] != self._architecture():
            raise CheckpointError(
                f"{self.checkpoint_path} holds another architecture than the configuration; use another output folder."
            )
        trained = set(state.get("patients", []))
        if both := sorted(trained & self._held_out):
            raise CheckpointError(
                f"{self.checkpoint_path} was trained on {', '.join(both)}, who would now measure it; use the splits of "
                "before, or another output folder."
            )
        self.patients |= trained
        self.method.load_state_dict(groups["method"])
        self.average = {name: groups["average"][name].to(self.device, copy=True) for name in self.average}
        for run in self.phases:
            run.load_optimiser_state(groups[f"optimiser.{run.phase.name}"])
        self.step, self.batches_done = state["step"], state["batches_done"]
        self._batches = None
        self.add_sources(state.get("sources"))

    def name_sources(self, sources: list[dict]) -> None:
        """What the user names instead of what the data tell; it stands also for what is unknown of earlier weights."""
        self.sources, self._sources_named = sources, True

    def add_sources(self, sources: list[dict] | None) -> None:
        """Name what earlier weights were trained on, too: {"name", "licence", "citation"} each; none is unknown.

        Where anything is unknown, all is: a card must not name a part as if it were the whole.
        """
        if not sources or self.sources is None:
            self.sources = self.sources if self._sources_named else None
            return
        found = [{key: source.get(key) for key in ("name", "licence", "citation")} for source in sources]
        self.sources = [*self.sources, *(source for source in found if source not in self.sources)]

    def use_learning_rate(self, rate: float) -> None:
        """Take another learning rate for the plateau than the configuration's."""
        self.config = replace(self.config, optimiser=replace(self.config.optimiser, learning_rate=rate))
        for run in self.phases:
            run.settings = self.config.optimiser

    def start_from(self, weights: dict[str, torch.Tensor]) -> None:
        """Begin with the weights of a model instead of random ones; the optimiser begins anew."""
        try:
            self.method.network.load_state_dict(weights)
        except RuntimeError as error:
            raise CheckpointError(
                "The model to start from has another architecture than the configuration; use the configuration that "
                "the model was trained with."
            ) from error
        self.average = _copies(self.method.network)

    def averaged_network(self) -> nn.Module:
        """A network with the averaged weights, ready to sample."""
        network = self.method.network_class(self.config.model).to(self.device)
        network.load_state_dict(self.average)
        return network.eval()

    def _next_batches(self) -> list[tuple[int, Batch]]:
        """This process's share of the step's batches, on its device, each with the seed of its random numbers."""
        total = self.config.optimiser.accumulate
        first, every = self.batches_done + self.processes.rank, self.processes.count
        if self._batches is None:
            # A run by the clock does not know its steps; batches are prepared a few ahead only.
            endless = self.config.budget_minutes > 0.0
            end = sys.maxsize if endless else self.batches_done + total * max(1, self.config.steps - self.step)
            self._batches = self.source.iterate(range(first, end, every))
        numbers = range(first, self.batches_done + total, every)
        return [(self.config.seed * 1_000_003 + n, next(self._batches).to(self.device)) for n in numbers]

    def _architecture(self) -> dict:
        configuration = json.loads(json.dumps(self.config.model.to_dict()))
        return {"name": self.config.architecture, "configuration": configuration}

    def _calibrate(self) -> None:
        examples = CALIBRATION_MADE if self.config.data.pack else CALIBRATION_EXAMPLES
        with torch.no_grad():
            self.method.prepare(
                batch.to(self.device) for batch in _first(self.source.iterate(range(examples)), examples)
            )

    def _update_average(self) -> None:
        decay = min(self.config.optimiser.ema, (1.0 + self.step) / (10.0 + self.step))
        current = self.method.network.state_dict()
        pairs = [(value, current[name]) for name, value in self.average.items()]
        averaged = [pair for pair in pairs if pair[0].is_floating_point()]
        torch._foreach_lerp_([value for value, _ in averaged], [value for _, value in averaged], 1.0 - decay)
        for value, now in pairs:
            if not value.is_floating_point():
                value.copy_(now)


def _copies(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}


def _first(batches: Iterable[Batch], examples: int) -> Iterator[Batch]:
    """As many batches as hold this number of examples."""
    for batch in batches:
        yield batch
        examples -= len(batch.volume)
        if examples <= 0:
            return
