"""Line integrals on the iso-plane to the network's input."""

from __future__ import annotations

import torch

LIMIT = 4.0


def standardise(image: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Network input of views: (..., rows, columns) values and mask to (..., 2, rows, columns).

    Values are shifted and scaled to zero mean and unit standard deviation inside the mask, so that the
    unknown gain and offset of a radiograph do not matter, clipped to +-4, and zero outside.
    """
    count = mask.sum((-2, -1), keepdim=True).clamp(min=1.0)
    mean = (image * mask).sum((-2, -1), keepdim=True) / count
    centred = (image - mean) * mask
    deviation = (centred.square().sum((-2, -1), keepdim=True) / count).sqrt().clamp(min=1e-6)
    return torch.stack([(centred / deviation).clamp(-LIMIT, LIMIT), mask], -3)
