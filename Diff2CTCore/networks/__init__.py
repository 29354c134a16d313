"""The networks of Diff2CT: X2NoiseNet lifts two radiographs into a 3D condition, the denoiser uses it."""

from .blocks import BLOCK, NORM_EPSILON, BlockTransform, ResidualBlock, full_precision
from .conditioning import LIMIT, standardise
from .configuration import NetworkConfig
from .denoiser import Denoiser
from .diff2ct import Diff2CT, Diff2CTConfig
from .x2noisenet import Condition, X2NoiseNet

__all__ = [
    "BLOCK",
    "LIMIT",
    "NORM_EPSILON",
    "BlockTransform",
    "Condition",
    "Denoiser",
    "Diff2CT",
    "Diff2CTConfig",
    "NetworkConfig",
    "ResidualBlock",
    "X2NoiseNet",
    "full_precision",
    "standardise",
]
