"""One training run of any method: optimisers, moving average, checkpoints."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import nn

from Diff2CTCore.reconstruct import cpu_has_bfloat16

from .batches import Batch, CaseSource
from .checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from .config import TrainConfig
from .fields import ConfigError
from .methods import method_class
from .phase_run import PhaseRun
from .processes import Processes, alone

CALIBRATION_BATCHES = 24


class Trainer:
    """Attributes:
    method: the weights being trained.
    average: exponential moving average of `method.network`, which is what is kept.
    step: optimiser steps done.
    batches_done: batches that all processes together have seen.
    """

    def __init__(self, config: TrainConfig, processes: Processes | None = None):
        self.config = config
        self.processes = processes or alone(config.device)
        self.device = self.processes.device
        if config.optimiser.accumulate % self.processes.count:
            raise ConfigError(
                f"optimiser.accumulate is {config.optimiser.accumulate}, which {self.processes.count} processes cannot "
                "share equally; choose a multiple."
            )
        torch.manual_seed(config.seed)
        torch.set_flush_denormal(True)
        self.source = CaseSource(config)
        self.method = method_class(config.architecture)(config.model, config.loss).to(self.device)
        with torch.no_grad():
            self.method.prepare(batch.to(self.device) for batch in self.source.iterate(range(CALIBRATION_BATCHES)))
        self.phases = [PhaseRun(self.method, phase, config.optimiser, self.processes) for phase in self.method.phases]
        self.average = _copies(self.method.network)
        self.step = self.batches_done = 0
        self._batches = None

    @property
    def checkpoint_path(self) -> Path:
        return Path(self.config.output) / "checkpoint.safetensors"

    def train_step(self) -> dict[str, float]:
        """One optimiser step of each phase; the losses' mean values by name, over all processes."""
        self.method.train()
        batches = self._next_batches()
        rate = self._rate()
        values: dict[str, torch.Tensor] = {}
        for run in self.phases:
            with torch.autocast(self.device.type, torch.bfloat16, enabled=uses_bfloat16(self.config, self.device)):
                values |= run.step(batches, self.config.loss, rate)
        self.method.finish_step(self.processes.mean)
        self._update_average()
        self.step += 1
        self.batches_done += self.config.optimiser.accumulate
        means = self.processes.mean(torch.stack(list(values.values())))
        return dict(zip(values, means.tolist(), strict=True))

    def save(self) -> None:
        """Write the checkpoint (the first process does)."""
        if not self.processes.first:
            return
        groups = {"method": self.method.state_dict(), "average": self.average}
        groups |= {f"optimiser.{run.phase.name}": run.optimiser_state() for run in self.phases}
        state = {"step": self.step, "batches_done": self.batches_done, "architecture": self._architecture()}
        save_checkpoint(self.checkpoint_path, groups, state)

    def resume(self) -> None:
        """Go on from the checkpoint of the run's folder."""
        groups, state = load_checkpoint(self.checkpoint_path)
        if state["architecture"] != self._architecture():
            raise CheckpointError(
                f"{self.checkpoint_path} holds another architecture than the configuration; use another output folder."
            )
        self.method.load_state_dict(groups["method"])
        self.average = {name: groups["average"][name].to(self.device) for name in self.average}
        for run in self.phases:
            run.load_optimiser_state(groups[f"optimiser.{run.phase.name}"])
        self.step, self.batches_done = state["step"], state["batches_done"]
        self._batches = None

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
            end = self.batches_done + total * max(1, self.config.steps - self.step)
            self._batches = self.source.iterate(range(first, end, every))
        numbers = range(first, self.batches_done + total, every)
        return [(self.config.seed * 1_000_003 + n, next(self._batches).to(self.device)) for n in numbers]

    def _architecture(self) -> dict:
        configuration = json.loads(json.dumps(self.config.model.to_dict()))
        return {"name": self.config.architecture, "configuration": configuration}

    def _rate(self) -> float:
        """The learning rate of this step relative to the plateau's."""
        settings, steps = self.config.optimiser, self.config.steps
        warm = min(1.0, (self.step + 1) / max(1, settings.warm_up))
        tail = settings.decay_share * steps
        return warm * min(1.0, max(0.0, (steps - self.step) / max(1.0, tail)))

    def _update_average(self) -> None:
        decay = min(self.config.optimiser.ema, (1.0 + self.step) / (10.0 + self.step))
        current = self.method.network.state_dict()
        for name, value in self.average.items():
            if value.is_floating_point():
                value.lerp_(current[name], 1.0 - decay)
            else:
                value.copy_(current[name])


def uses_bfloat16(config: TrainConfig, device: torch.device) -> bool:
    """Whether a run computes in bfloat16: as configured, or where the hardware multiplies it natively."""
    if config.precision != "auto":
        return config.precision == "bfloat16"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return cpu_has_bfloat16()


def _copies(network: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in network.state_dict().items()}
