"""Published methods that Diff2CT is compared with, written from their papers.

`psr`, `cnn3d` and `x2ct` are networks that take the two radiographs as plain 2D images and re-arrange
channels to depth, as published; they know nothing of the rays. `sart` is classical and needs no training.
"""

from training.baselines.cnn3d import CNN3DConfig, CNN3DNet
from training.baselines.psr import PSRConfig, PSRNet
from training.baselines.sart import sart
from training.baselines.x2ct import X2CTConfig, X2CTGenerator
from training.baselines.x2ct_discriminator import X2CTDiscriminator

__all__ = [
    "CNN3DConfig",
    "CNN3DNet",
    "PSRConfig",
    "PSRNet",
    "X2CTConfig",
    "X2CTDiscriminator",
    "X2CTGenerator",
    "sart",
]
