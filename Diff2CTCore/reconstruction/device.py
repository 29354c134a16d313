"""Which device computes, in which precision, and what is said when its memory does not suffice."""

from __future__ import annotations

from contextlib import contextmanager

import torch

from ..errors import DeviceError

_DEVICE_IS_FULL = (
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "unable to find an engine to execute this computation",
)
"""What is said of memory that PyTorch itself does not hand out; the last where no way to convolve finds enough."""


def choose_device(name: str) -> torch.device:
    """The device of a name; "auto" is CUDA where there is one, else the CPU."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(f"The device {name!r} is not known; use auto, cpu or cuda.") from error
    if device.type not in ("cpu", "cuda"):
        raise DeviceError(f"The device {name!r} is not supported; use auto, cpu or cuda.")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise DeviceError(f"The device {name!r} is not on this machine; use --device cpu.")
    return device


def autocast(device: torch.device):
    """A context of half precision where the hardware has it; emulated, it would be slower than single precision."""
    if device.type == "cuda":
        dtype = torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
        return torch.autocast("cuda", dtype)
    return torch.autocast("cpu", torch.bfloat16, enabled=cpu_has_bfloat16())


def cpu_has_bfloat16() -> bool:
    """Whether the CPU multiplies bfloat16 natively (AVX-512 BF16 or AMX)."""
    tests = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(test() for test in tests if test is not None)


@contextmanager
def memory_errors(device: torch.device):
    """Turns out-of-memory errors into a sentence that names the way out."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, torch.OutOfMemoryError) or any(sign in str(error) for sign in _DEVICE_IS_FULL):
            raise DeviceError(f"The memory of {device} does not suffice; use --device cpu.") from error
        if isinstance(error, MemoryError) or "DefaultCPUAllocator" in str(error):
            raise DeviceError("The computer's memory does not suffice; close other programs and try again.") from error
        raise
