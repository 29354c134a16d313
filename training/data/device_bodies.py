"""Bodies in the device's memory: the scans of a pack, and phantoms that come and go."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch

from ..phantom import SPACING_MM, DrawnPhantom
from .pack import PackedBody


@dataclass(frozen=True, eq=False)
class DeviceBody:
    """Attributes:
    name: of the scan or phantom.
    hu: int16 (S, P, L) on the device.
    spacing_mm, origin_mm: (3,), voxel size and place of the first voxel, (superior, posterior, left).
    centreline_mm: (n, 3), points of the spine's line in the same frame, ascending.
    """

    name: str
    hu: torch.Tensor
    spacing_mm: np.ndarray
    origin_mm: np.ndarray
    centreline_mm: np.ndarray

    @classmethod
    def packed(cls, body: PackedBody, device: torch.device) -> DeviceBody:
        """A body of a pack."""
        hu = torch.from_numpy(body.hu).to(device)
        return cls(body.name, hu, np.full(3, body.spacing_mm), body.origin_mm, body.centreline_mm)

    @classmethod
    def drawn(cls, phantom: DrawnPhantom, device: torch.device) -> DeviceBody:
        """A phantom, whose frame's origin is its middle."""
        origin = -(np.array(phantom.hu.shape) - 1) / 2.0 * SPACING_MM
        hu = torch.from_numpy(phantom.hu).to(device)
        return cls(phantom.name, hu, np.full(3, SPACING_MM), origin, phantom.centreline_mm)

    @property
    def height_mm(self) -> tuple[float, float]:
        """Lower and upper bound along the superior axis."""
        low = float(self.origin_mm[0])
        return low, low + self.hu.shape[0] * float(self.spacing_mm[0])


class BodyPool:
    """What training cases are cut from.

    Args:
        scans: kept for the whole run.
        phantom_limit: phantoms kept at a time.
    """

    def __init__(self, scans: Sequence[DeviceBody], phantom_limit: int):
        self.scans = list(scans)
        self.phantoms: deque[DeviceBody] = deque(maxlen=max(1, phantom_limit))

    def add(self, phantoms: Iterable[DeviceBody]) -> None:
        """New phantoms; where the pool is full the oldest leave it."""
        self.phantoms.extend(phantoms)

    def draw(self, real_share: float, rng: np.random.Generator) -> DeviceBody:
        """A scan with this chance, else a phantom; where there is only one kind, that one."""
        pool = self.scans if rng.random() < real_share else self.phantoms
        pool = pool or self.scans or self.phantoms
        return pool[rng.integers(len(pool))]
