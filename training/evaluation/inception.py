"""InceptionV3 as the FID uses it (Szegedy et al., 2016; Heusel et al., 2017), for weights that a user has.

The FID's network differs from the published one in three blocks: their average pooling leaves the
padding out, and the last block pools by the maximum. Layers are named as in the files in circulation.
"""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import nn

from Diff2CTCore.errors import ModelError

KEPT = ("Conv2d_", "Mixed_")
"""Other entries of a weights file (the classifier, training-only branches) are not needed."""


class _Unit(nn.Module):
    """Convolution, batch normalisation, ReLU; "same" padding unless strided or said otherwise."""

    def __init__(self, channels: int, width: int, kernel, stride: int = 1, same: bool = True):
        super().__init__()
        kernel = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = tuple(side // 2 for side in kernel) if same and stride == 1 else 0
        self.conv = nn.Conv2d(channels, width, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(width, eps=0.001)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.relu(self.bn(self.conv(x)))


def _mean_pool(x: torch.Tensor) -> torch.Tensor:
    return F.avg_pool2d(x, 3, 1, 1, count_include_pad=False)


def _max_pool(x: torch.Tensor) -> torch.Tensor:
    return F.max_pool2d(x, 3, 1, 1)


def _halve(x: torch.Tensor) -> torch.Tensor:
    return F.max_pool2d(x, 3, 2)


class _Mixed(nn.Module):
    """Parallel branches whose outputs are joined.

    Args:
        channels: of the input.
        branches: each a list of (name, width, kernel[, stride]) that follow each other; where a list ends
            in a tuple of two such units, both see its last output.
        pool: of the branch without convolution before it; with `pool_width` a unit follows it.
    """

    def __init__(self, channels: int, branches: list, pool, pool_width: int = 0):
        super().__init__()
        self.pool, self.branches = pool, []
        for branch in branches:
            width, names = channels, []
            for item in branch:
                forked = isinstance(item[0], tuple)
                units = item if forked else (item,)
                for name, out, kernel, *stride in units:
                    self.add_module(name, _Unit(width, out, kernel, *stride))
                names.append([unit[0] for unit in units])
                width = units[0][1]
            self.branches.append(names)
        if pool_width:
            self.branch_pool = _Unit(channels, pool_width, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        outputs = []
        for names in self.branches:
            y = x
            for step in names:
                parts = [self.get_submodule(name)(y) for name in step]
                y = parts[0] if len(parts) == 1 else torch.cat(parts, 1)
            outputs.append(y)
        pooled = self.pool(x)
        outputs.append(self.branch_pool(pooled) if hasattr(self, "branch_pool") else pooled)
        return torch.cat(outputs, 1)


def _block_a(channels: int, pool_width: int) -> _Mixed:
    branches = [
        [("branch1x1", 64, 1)],
        [("branch5x5_1", 48, 1), ("branch5x5_2", 64, 5)],
        [("branch3x3dbl_1", 64, 1), ("branch3x3dbl_2", 96, 3), ("branch3x3dbl_3", 96, 3)],
    ]
    return _Mixed(channels, branches, _mean_pool, pool_width)


def _block_c(width: int) -> _Mixed:
    row, column = (1, 7), (7, 1)
    branches = [
        [("branch1x1", 192, 1)],
        [("branch7x7_1", width, 1), ("branch7x7_2", width, row), ("branch7x7_3", 192, column)],
        [
            ("branch7x7dbl_1", width, 1),
            ("branch7x7dbl_2", width, column),
            ("branch7x7dbl_3", width, row),
            ("branch7x7dbl_4", width, column),
            ("branch7x7dbl_5", 192, row),
        ],
    ]
    return _Mixed(768, branches, _mean_pool, 192)


def _block_e(channels: int, pool) -> _Mixed:
    row, column = (1, 3), (3, 1)
    branches = [
        [("branch1x1", 320, 1)],
        [("branch3x3_1", 384, 1), (("branch3x3_2a", 384, row), ("branch3x3_2b", 384, column))],
        [
            ("branch3x3dbl_1", 448, 1),
            ("branch3x3dbl_2", 384, 3),
            (("branch3x3dbl_3a", 384, row), ("branch3x3dbl_3b", 384, column)),
        ],
    ]
    return _Mixed(channels, branches, pool, 192)


class InceptionV3(nn.Module):
    """Images (N, 3, 299, 299) in about [-1, 1] to features (N, 2048)."""

    def __init__(self):
        super().__init__()
        self.Conv2d_1a_3x3 = _Unit(3, 32, 3, 2)
        self.Conv2d_2a_3x3 = _Unit(32, 32, 3, same=False)
        self.Conv2d_2b_3x3 = _Unit(32, 64, 3)
        self.Conv2d_3b_1x1 = _Unit(64, 80, 1)
        self.Conv2d_4a_3x3 = _Unit(80, 192, 3, same=False)
        self.Mixed_5b, self.Mixed_5c, self.Mixed_5d = _block_a(192, 32), _block_a(256, 64), _block_a(288, 64)
        doubled = [("branch3x3dbl_1", 64, 1), ("branch3x3dbl_2", 96, 3), ("branch3x3dbl_3", 96, 3, 2)]
        self.Mixed_6a = _Mixed(288, [[("branch3x3", 384, 3, 2)], doubled], _halve)
        self.Mixed_6b, self.Mixed_6c = _block_c(128), _block_c(160)
        self.Mixed_6d, self.Mixed_6e = _block_c(160), _block_c(192)
        crossed = [("branch7x7x3_1", 192, 1), ("branch7x7x3_2", 192, (1, 7)), ("branch7x7x3_3", 192, (7, 1))]
        branches = [[("branch3x3_1", 192, 1), ("branch3x3_2", 320, 3, 2)], [*crossed, ("branch7x7x3_4", 192, 3, 2)]]
        self.Mixed_7a = _Mixed(768, branches, _halve)
        self.Mixed_7b, self.Mixed_7c = _block_e(1280, _mean_pool), _block_e(2048, _max_pool)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        x = _halve(self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(images))))
        x = _halve(self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(x)))
        for name in ("5b", "5c", "5d", "6a", "6b", "6c", "6d", "6e", "7a", "7b", "7c"):
            x = self.get_submodule(f"Mixed_{name}")(x)
        return x.mean((2, 3))

    @classmethod
    def from_file(cls, path: Path) -> InceptionV3:
        """The network with the weights of a .pth or .safetensors file; ModelError when they do not fit."""
        network = cls()
        expected = network.state_dict()
        stored = _read(Path(path))
        kept = {name: value for name, value in stored.items() if name.startswith(KEPT)}
        # Files made before PyTorch 0.4.1 lack the counters, which do nothing in evaluation mode.
        kept = {**{name: expected[name] for name in expected if name.endswith("num_batches_tracked")}, **kept}
        try:
            network.load_state_dict(kept)
        except RuntimeError as error:
            raise ModelError(
                f"{path} does not hold the weights of InceptionV3 as the FID uses it (pt_inception-2015-12-05)."
            ) from error
        return network


def _read(path: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ModelError(f"The weights {path} cannot be read; check the path.") from error
    except Exception as error:  # the readers raise errors of many kinds for files of other formats
        raise ModelError(f"{path} is not a file of weights alone (.pth, .safetensors); it was not loaded.") from error
    if not isinstance(stored, dict) or not all(torch.is_tensor(value) for value in stored.values()):
        raise ModelError(f"{path} is not a file of weights alone; it was not used.")
    return stored
