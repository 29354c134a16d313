"""The optimisers of a configuration: AdamW for all weights, or Muon for kernels and matrices and AdamW for the rest."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from .config import OptimiserConfig

MATRIX_DIMENSIONS = 2
"""Parameters with fewer dimensions, gains and biases, have no singular values that Muon could level."""


class KernelMuon(torch.optim.Muon):
    """PyTorch's Muon (Jordan et al., Muon: An optimizer for hidden layers in neural networks, 2024) for kernels.

    It takes matrices only; a kernel (out, in, ...) is shown to it as (out, in * ...), in the same memory. Its step has
    the size of AdamW's (Liu et al., Muon is Scalable for LLM Training, 2025), so that one learning rate serves both.
    """

    def __init__(self, kernels: Sequence[nn.Parameter], lr: float, weight_decay: float):
        self._kernels = list(kernels)
        self._matrices = [nn.Parameter(_rows(kernel.detach(), kernel).view(len(kernel), -1)) for kernel in kernels]
        super().__init__(self._matrices, lr=lr, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw")

    def step(self) -> None:
        """One step with the kernels' gradients."""
        for kernel, matrix in zip(self._kernels, self._matrices, strict=True):
            matrix.grad = None if kernel.grad is None else _rows(kernel.grad, kernel).flatten(1)
        super().step()
        for matrix in self._matrices:
            matrix.grad = None


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


def _rows(values: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    """`values` (out, in, ...) with its dimensions after the first in the order in which `like` lies in memory."""
    order = sorted(range(1, like.dim()), key=like.stride, reverse=True)
    return values.permute(0, *order)
