"""Small arrays on their way to the device that computes with them."""

from __future__ import annotations

import numpy as np
import torch


def sent(values: np.ndarray | list, device: torch.device) -> torch.Tensor:
    """Numbers as float32 on a device.

    A GPU takes them from locked memory in the order of its work, so that nobody waits; from other memory PyTorch waits
    until all that it was given before is done.
    """
    found = torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))
    return found.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else found.to(device)
