"""The optimisers of a configuration: AdamW for all weights, or Muon for kernels and matrices and AdamW for the rest."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from .config import OptimiserConfig
from .precision import has_bfloat16

MATRIX_DIMENSIONS = 2
"""Parameters with fewer dimensions, gains and biases, have no singular values that Muon could level."""

MOMENTUM = 0.95
ITERATIONS = 5
COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic that brings singular values between 0 and 1 to about 1 in as few iterations."""

SIZE = 0.2
"""Root mean square of a step relative to the learning rate, which is that of AdamW's steps."""


class KernelMuon(torch.optim.Optimizer):
    """Muon (Jordan et al., Muon: An optimizer for hidden layers in neural networks, 2024) for kernels.

    A kernel (out, in, ...) is a matrix (out, in * ...). A step has the size of AdamW's (Liu et al., Muon is Scalable
    for LLM Training, 2025), so that one learning rate serves both. PyTorch's own Muon takes no kernels, takes one
    matrix at a time, and iterates in bfloat16 also where a processor has to emulate it, which took two thirds of a
    training step there.
    """

    def __init__(self, kernels: Sequence[nn.Parameter], lr: float, weight_decay: float):
        super().__init__(kernels, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:
        """One step with the kernels' gradients."""
        for group in self.param_groups:
            by_shape: dict[torch.Size, list[nn.Parameter]] = {}
            for kernel in group["params"]:
                if kernel.grad is not None:
                    by_shape.setdefault(kernel.flatten(1).shape, []).append(kernel)
            for shape, kernels in by_shape.items():
                updates = levelled(torch.stack([self._momentum(kernel).flatten(1) for kernel in kernels]))
                size = group["lr"] * SIZE * max(shape) ** 0.5
                for kernel, update in zip(kernels, updates, strict=True):
                    kernel.mul_(1.0 - group["lr"] * group["weight_decay"])
                    kernel.add_(update.view(kernel.shape), alpha=-size)

    def _momentum(self, kernel: nn.Parameter) -> torch.Tensor:
        """Nesterov's, with this step's gradient in it."""
        state = self.state[kernel]
        if not state:
            state["momentum_buffer"] = torch.zeros_like(kernel)
        state["momentum_buffer"].lerp_(kernel.grad, 1.0 - MOMENTUM)
        return kernel.grad.lerp(state["momentum_buffer"], MOMENTUM)


def levelled(matrices: torch.Tensor) -> torch.Tensor:
    """Matrices (N, rows, columns) with their singular vectors and all singular values near 1, from 0.5 to 1.3.

    By a Newton-Schulz iteration, in bfloat16 where the hardware multiplies it natively.
    """
    a, b, c = COEFFICIENTS
    high = matrices.shape[1] > matrices.shape[2]
    x = matrices.to(torch.bfloat16 if has_bfloat16(matrices.device) else torch.float32)
    x = x.transpose(1, 2) if high else x
    x = x / torch.linalg.matrix_norm(x, keepdim=True).clamp(min=1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.transpose(1, 2)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.transpose(1, 2) if high else x).to(matrices.dtype)


def build_optimisers(
    parameters: Sequence[nn.Parameter], settings: OptimiserConfig, betas: tuple[float, float]
) -> dict[str, torch.optim.Optimizer]:
    """The optimisers of some parameters by name.

    Args:
        parameters: each belongs to one of the optimisers.
        settings: its `kind` says which there are.
        betas: of AdamW.
    """
    common = {"lr": settings.learning_rate, "weight_decay": settings.weight_decay}
    kernels = [each for each in parameters if settings.kind == "muon" and each.dim() >= MATRIX_DIMENSIONS]
    chosen = {id(kernel) for kernel in kernels}
    others = [each for each in parameters if id(each) not in chosen]
    found: dict[str, torch.optim.Optimizer] = {"adamw": torch.optim.AdamW(others, betas=betas, **common)}
    return {**found, "muon": KernelMuon(kernels, **common)} if kernels else found
