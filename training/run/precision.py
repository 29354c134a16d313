"""In which numbers a run computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from Diff2CTCore.reconstruction import cpu_has_bfloat16

if TYPE_CHECKING:
    from .config import TrainConfig


def uses_bfloat16(config: TrainConfig, device: torch.device) -> bool:
    """Whether a run computes in bfloat16: as configured, or where the hardware multiplies it natively."""
    if config.precision != "auto":
        return config.precision == "bfloat16"
    return has_bfloat16(device)


def has_bfloat16(device: torch.device) -> bool:
    """Whether a device multiplies bfloat16 natively."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return cpu_has_bfloat16()


def use_fast_arithmetic() -> None:
    """Let CUDA choose the fastest convolution of those it tries, and multiply single precision as TensorFloat-32.

    It tries the four that promise most: of ten, the first step of the large model took half a minute.
    """
    torch.backends.cudnn.benchmark, torch.backends.cudnn.benchmark_limit = True, 4
    torch.set_float32_matmul_precision("high")
