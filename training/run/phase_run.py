"""One phase of a method with its optimisers, on one process or several."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from Diff2CTCore.errors import Diff2CTError

from ..data import Batch
from ..methods import Method, Phase
from .config import OptimiserConfig
from .optimisers import build_optimisers
from .processes import Processes


class NotFiniteError(Diff2CTError):
    """The loss or its gradient is NaN or infinite."""

    kind = "training"


class _Losses(nn.Module):
    """The losses of a phase as the forward pass of a module that owns the phase's parameters, as DDP needs it."""

    def __init__(self, method: Method, phase: Phase):
        super().__init__()
        self.trained = nn.ModuleList(phase.modules)
        self.losses_of = method.losses
        self.phase_name = phase.name

    def forward(self, batch: Batch, generator: torch.Generator) -> dict[str, torch.Tensor]:
        return self.losses_of(batch, generator, self.phase_name)


class PhaseRun:
    """Args:
    method: which the phase belongs to.
    phase: what to train.
    settings: of the optimiser.
    processes: gradients are averaged over them.
    """

    def __init__(self, method: Method, phase: Phase, settings: OptimiserConfig, processes: Processes):
        self.method, self.phase, self.settings, self.processes = method, phase, settings, processes
        losses = _Losses(method, phase)
        self.parameters = list(losses.parameters())
        self.losses = DistributedDataParallel(losses) if processes.count > 1 else losses
        self.optimisers = build_optimisers(self.parameters, settings, phase.betas)
        self._finite: torch.Tensor | None = None

    def step(self, batches: Sequence[tuple[int, Batch]], weights: Any, rate: float) -> dict[str, torch.Tensor]:
        """One optimiser step on the mean loss of some batches.

        Args:
            batches: of this process, each with the seed of its random numbers.
            weights: holds the weight of each loss under its name.
            rate: learning rate relative to the plateau's.

        Returns:
            Mean of each loss over the batches of this process, detached.

        Raises:
            NotFiniteError: the gradient is NaN or infinite; the phase's weights were not changed. On CUDA, where the
                question would halt the computation, `require_finite` asks it later.
        """
        self._train_only_this()
        means: dict[str, torch.Tensor] = {}
        for place, (seed, batch) in enumerate(batches):
            torch.manual_seed(seed)  # for dropout, which takes no generator
            last = place == len(batches) - 1
            with nullcontext() if last or self.processes.count == 1 else self.losses.no_sync():
                losses = self.losses(batch, torch.Generator(batch.volume.device).manual_seed(seed))
                total = sum(getattr(weights, name) * value for name, value in losses.items())
                with torch.autocast(batch.volume.device.type, enabled=False):
                    (total / len(batches)).backward()
            for name, value in losses.items():
                means[name] = means.get(name, 0.0) + value.detach().float() / len(batches)
        self._update(rate)
        return means

    def require_finite(self) -> None:
        """Ask whether all gradients since the last time, and the weights, are finite.

        Raises:
            NotFiniteError: one is not.
        """
        sizes = torch.stack(torch._foreach_norm([parameter.detach() for parameter in self.parameters]))
        finite = torch.isfinite(sizes).all()
        if self._finite is not None:
            finite, self._finite = finite & self._finite, None
        if not finite:
            raise self._not_finite()

    def optimiser_state(self) -> dict[str, torch.Tensor]:
        """The optimisers' tensors under flat names."""
        return {
            f"{name}.{index}.{key}": value
            for name, optimiser in self.optimisers.items()
            for index, item in optimiser.state_dict()["state"].items()
            for key, value in item.items()
        }

    def load_optimiser_state(self, tensors: dict[str, torch.Tensor]) -> None:
        """Inverse of `optimiser_state`."""
        items: dict[str, dict[int, dict[str, torch.Tensor]]] = {owner: {} for owner in self.optimisers}
        for name, value in tensors.items():
            owner, index, key = name.split(".", 2)
            parameter, kept = self.optimisers[owner].param_groups[0]["params"][int(index)], value
            if value.shape == parameter.shape:
                # In the parameter's own memory layout, without which the next steps would round differently.
                kept = torch.empty_like(parameter, requires_grad=False).copy_(value)
            items[owner].setdefault(int(index), {})[key] = kept
        for owner, optimiser in self.optimisers.items():
            optimiser.load_state_dict({**optimiser.state_dict(), "state": items[owner]})

    def _train_only_this(self) -> None:
        """No gradient for what belongs to other phases: it is only looked through."""
        own = {id(parameter) for parameter in self.parameters}
        for parameter in self.method.parameters():
            parameter.requires_grad_(id(parameter) in own)

    def _update(self, rate: float) -> None:
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, self.settings.clip)
        finite = torch.isfinite(norm)
        if norm.is_cuda:
            self._finite = finite if self._finite is None else self._finite & finite
        elif not finite:
            self._forget_gradients()
            raise self._not_finite()
        for optimiser in self.optimisers.values():
            for group in optimiser.param_groups:
                group["lr"] = self.settings.learning_rate * self.phase.rate * rate
            optimiser.step()
        self._forget_gradients()

    def _not_finite(self) -> NotFiniteError:
        return NotFiniteError(
            f"The gradient in the phase {self.phase.name!r} is not finite; the last checkpoint is intact: "
            "resume, with a lower optimiser.learning_rate if it happens again."
        )

    def _forget_gradients(self) -> None:
        for parameter in self.parameters:
            parameter.grad = None
