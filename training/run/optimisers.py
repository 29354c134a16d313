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
            kernels = [kernel for kernel in group["params"] if kernel.grad is not None]
            if not kernels:
                continue
            updates = self._updates(kernels)
            # All kernels in one call each, since a GPU waits for the many small ones otherwise.
            torch._foreach_mul_(updates, [group["lr"] * SIZE * max(k.flatten(1).shape) ** 0.5 for k in kernels])
            torch._foreach_mul_(kernels, 1.0 - group["lr"] * group["weight_decay"])
            torch._foreach_sub_(kernels, updates)

    def _updates(self, kernels: list[nn.Parameter]) -> list[torch.Tensor]:
        """The levelled momentum of each kernel, in its shape."""
        momenta = self._momenta(kernels)
        matrices = [momentum.flatten(1) for momentum in momenta]
        by_size: dict[tuple[int, int], list[int]] = {}
        for place, matrix in enumerate(matrices):
            by_size.setdefault(_room(matrix), []).append(place)
        for size, places in by_size.items():
            room = matrices[places[0]].new_zeros(len(places), *size)
            found = levelled(_filled(room, [matrices[place] for place in places]))
            for place, update in zip(places, _parts(found, [matrices[place] for place in places]), strict=True):
                momenta[place].copy_(update.view(kernels[place].shape))  # in the kernel's own layout
        return momenta

    def _momenta(self, kernels: list[nn.Parameter]) -> list[torch.Tensor]:
        """Nesterov's, with this step's gradients in it."""
        for kernel in kernels:
            if not self.state[kernel]:
                self.state[kernel]["momentum_buffer"] = torch.zeros_like(kernel)
        kept = [self.state[kernel]["momentum_buffer"] for kernel in kernels]
        gradients = [kernel.grad for kernel in kernels]
        torch._foreach_lerp_(kept, gradients, 1.0 - MOMENTUM)
        return list(torch._foreach_lerp(gradients, kept, MOMENTUM))


def _room(matrix: torch.Tensor) -> tuple[int, int]:
    """Rows and columns, of the broad form, that a matrix is levelled in.

    A GPU waits for many small products, so matrices of about one size share them there; rows and columns of zeros
    change nothing. A processor would only have more to do.
    """
    broad = sorted(matrix.shape)
    if matrix.device.type == "cuda":
        broad = [max(32, 1 << (length - 1).bit_length()) for length in broad]
    return tuple(broad)


def _filled(room: torch.Tensor, matrices: list[torch.Tensor]) -> torch.Tensor:
    torch._foreach_copy_(_parts(room, matrices), matrices)
    return room


def _parts(room: torch.Tensor, matrices: list[torch.Tensor]) -> list[torch.Tensor]:
    """Where each matrix lies in its part of `room`, in its own form."""
    places = []
    for part, matrix in zip(room, matrices, strict=True):
        high = matrix.shape[0] > matrix.shape[1]
        places.append((part.t() if high else part)[: matrix.shape[0], : matrix.shape[1]])
    return places


def levelled(matrices: torch.Tensor) -> torch.Tensor:
    """Matrices (N, rows, columns), broad or square, with their singular vectors and singular values from 0.5 to 1.3.

    By a Newton-Schulz iteration, in bfloat16 where the hardware multiplies it natively.
    """
    a, b, c = COEFFICIENTS
    x = matrices.to(torch.bfloat16 if has_bfloat16(matrices.device) else torch.float32)
    x = x / torch.linalg.matrix_norm(x, keepdim=True).clamp(min=1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.transpose(1, 2)
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.to(matrices.dtype)


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
