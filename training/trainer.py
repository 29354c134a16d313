"""One training run: losses, optimiser, moving average, checkpoints."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path

import torch

from Diff2CTCore.diffusion import diffuse, projection_loss
from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.isoplane import IsoPlane
from Diff2CTCore.networks.diff2ct import Diff2CT

from .batches import Batch, CaseSource, spine_weight
from .checkpoint import CheckpointError, load_checkpoint, save_checkpoint
from .config import TrainConfig

CALIBRATION_BATCHES = 24
RESIDUAL_MEMORY = 0.99
LOSS_PLANE = IsoPlane(96, 96, 3.0, 3.0)
"""Projections are compared at 3 mm: finer ones cost more and say nothing that the voxel loss does not."""


class NotFiniteError(Diff2CTError):
    """The loss or its gradient is NaN or infinite."""

    kind = "training"


class Trainer:
    """Attributes:
    model: the weights being trained.
    average: their exponential moving average, which is what is kept.
    step: optimiser steps done.
    """

    def __init__(self, config: TrainConfig):
        self.config = config
        torch.manual_seed(config.seed)
        torch.set_flush_denormal(True)
        self.source = CaseSource(config)
        self.model = Diff2CT(config.model)
        self._calibrate_bands()
        self.average = {name: value.clone() for name, value in self.model.state_dict().items()}
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(),
            lr=config.optimiser.learning_rate,
            betas=(0.9, 0.98),
            weight_decay=config.optimiser.weight_decay,
        )
        self.step = 0

    @property
    def checkpoint_path(self) -> Path:
        return Path(self.config.output) / "checkpoint.safetensors"

    def train_step(self) -> dict[str, float]:
        """One optimiser step; the losses' mean values by name."""
        self._set_learning_rate()
        count = self.config.optimiser.accumulate
        sums: dict[str, float] = {}
        for part in range(count):
            number = self.step * count + part
            losses = self._losses(self.source.batch(number), number)
            total = sum(getattr(self.config.loss, name) * value for name, value in losses.items())
            (total / count).backward()
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + value.item() / count
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.optimiser.clip)
        if not torch.isfinite(norm):
            raise NotFiniteError(
                f"The gradient of step {self.step} is not finite; the last checkpoint is intact: "
                "resume, with a lower optimiser.learning_rate if it happens again."
            )
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        self._update_average()
        self.step += 1
        return sums

    def save(self) -> None:
        """Write the checkpoint."""
        optimiser = self.optimiser.state_dict()["state"]
        groups = {
            "model": self.model.state_dict(),
            "average": self.average,
            "optimiser": {f"{index}.{key}": value for index, item in optimiser.items() for key, value in item.items()},
        }
        state = {"step": self.step, "model": self.config.model.to_dict(), "time": time.time()}
        save_checkpoint(self.checkpoint_path, groups, state)

    def resume(self) -> None:
        """Go on from the checkpoint of the run's folder."""
        groups, state = load_checkpoint(self.checkpoint_path)
        if json.dumps(state["model"]) != json.dumps(self.config.model.to_dict()):
            raise CheckpointError(
                f"{self.checkpoint_path} holds another architecture than the configuration; use another output folder."
            )
        self.model.load_state_dict(groups["model"])
        self.average = groups["average"]
        parameters = list(self.model.parameters())
        items: dict[int, dict[str, torch.Tensor]] = {}
        for name, value in groups["optimiser"].items():
            index, key = name.split(".", 1)
            kept = value
            if value.shape == parameters[int(index)].shape:
                # In the parameter's own memory layout, without which the next steps would round differently.
                kept = torch.empty_like(parameters[int(index)], requires_grad=False).copy_(value)
            items.setdefault(int(index), {})[key] = kept
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": items})
        self.step = state["step"]

    def start_from(self, weights: dict[str, torch.Tensor]) -> None:
        """Begin with the weights of a model instead of random ones; the optimiser begins anew."""
        try:
            self.model.load_state_dict(weights)
        except RuntimeError as error:
            raise CheckpointError(
                "The model to start from has another architecture than the configuration; use the configuration that "
                "the model was trained with."
            ) from error
        self.average = {name: value.clone() for name, value in self.model.state_dict().items()}

    def averaged_model(self) -> Diff2CT:
        """A model with the averaged weights, ready to sample."""
        model = Diff2CT(self.config.model)
        model.load_state_dict(self.average)
        return model.eval()

    def _losses(self, batch: Batch, number: int) -> dict[str, torch.Tensor]:
        generator = torch.Generator().manual_seed(self.config.seed * 1_000_003 + number)
        model = self.model
        x0 = model.transform(batch.volume)
        noise = torch.randn(x0.shape, generator=generator)
        t = torch.rand(len(x0), generator=generator).clamp(0.01, 1.0)
        noisy = diffuse(x0, noise, t)
        bf16 = self.config.precision == "bfloat16"
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            condition = model.condition(batch.views, batch.sources, batch.axes)
            estimate = model.denoise(noisy, t, condition)
        weight = self._band_weight() * batch.known * spine_weight(batch.axes, self.config.loss.spine)
        weight = weight / weight.mean().clamp(min=1e-6)
        _, spread = model.denoiser.coefficients(t)
        residual = condition.estimate - x0
        self._measure_residual(residual.detach(), batch.known)
        with torch.autocast("cpu", enabled=False):
            wrong = model.transform.inverse((estimate - x0) * batch.known)
            projection = projection_loss(wrong, batch.axes, batch.sources, LOSS_PLANE)
        return {
            "denoising": (weight * ((estimate - x0) / spread).square()).mean(),
            "regression": (weight * residual.square()).mean(),
            "projection": projection * 10.0,
        }

    def _band_weight(self) -> torch.Tensor:
        scale = self.model.transform.scale
        weight = (scale / scale.max()) ** self.config.loss.band_power
        return (weight / weight.mean()).view(1, -1, 1, 1, 1)

    def _calibrate_bands(self) -> None:
        """Set the block transform's scales to the root mean square of each coefficient."""
        squares, count = torch.zeros(64), 0.0
        for number in range(CALIBRATION_BATCHES):
            batch = self.source.batch(number)
            coefficients = self.model.transform(batch.volume)
            squares += (coefficients.square() * batch.known).sum((0, 2, 3, 4))
            count += float(batch.known.sum())
        self.model.transform.scale.copy_((squares / max(count, 1.0)).sqrt().clamp(min=1e-3))

    def _measure_residual(self, residual: torch.Tensor, known: torch.Tensor) -> None:
        """Track the regression's error per band, on which the denoiser is preconditioned."""
        measured = (residual.square() * known).sum((0, 2, 3, 4)) / known.sum().clamp(min=1.0)
        kept = self.model.denoiser.residual_std
        kept.copy_((RESIDUAL_MEMORY * kept.square() + (1.0 - RESIDUAL_MEMORY) * measured).sqrt().clamp(0.02, 2.0))

    def _set_learning_rate(self) -> None:
        settings, steps = self.config.optimiser, self.config.steps
        factor = min(1.0, (self.step + 1) / max(1, settings.warm_up))
        tail = settings.decay_share * steps
        factor *= min(1.0, max(0.0, (steps - self.step) / max(1.0, tail)))
        for group in self.optimiser.param_groups:
            group["lr"] = settings.learning_rate * factor

    def _update_average(self) -> None:
        decay = min(self.config.optimiser.ema, (1.0 + self.step) / (10.0 + self.step))
        current = self.model.state_dict()
        for name, value in self.average.items():
            value.lerp_(current[name], 1.0 - decay)


def hours_left(seconds_per_step: float, steps: int) -> str:
    """Time left for people, e.g. 1:05 h."""
    minutes = math.ceil(seconds_per_step * steps / 60.0)
    return f"{minutes // 60}:{minutes % 60:02d} h"
