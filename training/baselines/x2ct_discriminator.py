"""X2CT-GAN's discriminator: a 3D PatchGAN that sees a volume together with the two radiographs."""

from __future__ import annotations

import torch
from torch import nn

from .images import InputImages, to_density
from .x2ct import FRONTAL_TO_PATIENT, LATERAL_TO_PATIENT, X2CTConfig, initialise, instance_norm

SLOPE = 0.2


class X2CTDiscriminator(nn.Module):
    """Tells scans from generated volumes, patch by patch.

    Args:
        config: of the generator, for the images.
        width: channels of the first convolution; 64 in the paper, doubled by each of the next three.
    """

    def __init__(self, config: X2CTConfig, width: int):
        super().__init__()
        self.images = InputImages(config, config.side)
        layers = [nn.Conv3d(3, width, 4, stride=2, padding=2), nn.LeakyReLU(SLOPE)]
        for stride in (2, 2, 1):
            convolution = nn.Conv3d(width, 2 * width, 4, stride=stride, padding=2, bias=False)
            layers += [convolution, instance_norm(2 * width), nn.LeakyReLU(SLOPE)]
            width *= 2
        self.layers = nn.Sequential(*layers, nn.Conv3d(width, 1, 4, padding=2))
        self.apply(initialise)
        self.layers.to(memory_format=torch.channels_last_3d)

    def forward(self, views: torch.Tensor, volume: torch.Tensor) -> torch.Tensor:
        """Scores of patches (B, 1, s, p, l), about 1 for scans and 0 for generated volumes.

        `views` are as for the generator; `volume` (B, 1, S, P, L) is in the network's range.
        """
        frontal, lateral = (image[:, :1].unsqueeze(2) for image in self.images(views))
        depth = volume.shape[2]
        conditions = [
            frontal.expand(-1, -1, depth, -1, -1).permute(FRONTAL_TO_PATIENT),
            lateral.expand(-1, -1, depth, -1, -1).permute(LATERAL_TO_PATIENT),
        ]
        x = torch.cat([*conditions, to_density(volume)], 1)
        return self.layers(x.contiguous(memory_format=torch.channels_last_3d))
