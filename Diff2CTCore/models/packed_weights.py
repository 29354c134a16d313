"""Weights in eight bits: half the size of half precision, at an error of at most 1/254 of a filter's largest weight.

Each filter (first index) of a tensor has a scale of its own, the largest magnitude over 127. Tensors with a single
index, such as biases and norms, are few and stay in half precision.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch

SCALE = ".scale"
"""Ends the name under which the scales of a packed tensor are stored."""


def packed(weights: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Floating-point tensors with several indices as int8 (N, ...) with scales (N, 1, ...); others as they are."""
    stored = {}
    for name, tensor in weights.items():
        if not tensor.is_floating_point() or tensor.dim() < 2:
            stored[name] = tensor
            continue
        scale = tensor.float().abs().amax(tuple(range(1, tensor.dim())), keepdim=True) / 127.0
        stored[name] = (tensor.float() / scale.clamp(min=torch.finfo(torch.float32).tiny)).round().to(torch.int8)
        stored[name + SCALE] = scale
    return stored


def unpacked(stored: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Inverse of `packed`, float32; other tensors as they are. ValueError when a scale does not fit its tensor."""
    scales = {name: stored[name + SCALE] for name in stored if name + SCALE in stored}
    weights = {}
    for name, tensor in stored.items():
        if name in scales:
            scale = scales[name]
            fits = tensor.dtype == torch.int8 and tensor.dim() > 1 and scale.is_floating_point()
            if not fits or scale.shape != (len(tensor), *(1,) * (tensor.dim() - 1)) or not (scale >= 0.0).all():
                raise ValueError(f"the scales of {name} do not fit it")
            weights[name] = tensor.float() * scale
        elif name.removesuffix(SCALE) not in scales:
            weights[name] = tensor
    return weights
