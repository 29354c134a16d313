"""A network's norms and activations as single passes on a GPU, where they can be."""

from __future__ import annotations

import torch
from torch import nn
from tqdm import tqdm

from Diff2CTCore.networks import ResidualBlock


def fuse(network: nn.Module, device: torch.device) -> None:
    """Let a network's residual blocks use `fused_norm` from now on, where the device can.

    It needs CUDA, Triton, and the compiler that Triton needs. Without them the network stays as it is.
    """
    if device.type != "cuda":
        return
    try:
        from .fused_norm import norm_scale_shift_silu

        _try(norm_scale_shift_silu, device)
    except Exception as error:  # whatever Triton, a compiler or a driver may raise: it is only slower without
        tqdm.write(f"Norms are computed in several passes, for Triton does not run here ({error}).")
        return
    for module in network.modules():
        if isinstance(module, ResidualBlock):
            module.fused = norm_scale_shift_silu


def _try(function, device: torch.device) -> None:
    x = torch.ones(1, 8, 2, 2, device=device, requires_grad=True)
    scale, shift = torch.ones(1, 8, device=device), torch.zeros(1, 8, device=device)
    function(x, scale, shift).sum().backward()
    torch.cuda.synchronize(device)
