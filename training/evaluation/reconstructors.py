"""Methods under evaluation, behind one call: an observation to a volume in HU."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np
import torch

from Diff2CTCore.ct import METRIC_LABELS
from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.geometry import IsoPlane, VolumeGrid, grid_axes_mm, network_to_hu
from Diff2CTCore.models import find_model, load_card, load_model
from Diff2CTCore.networks import standardise
from Diff2CTCore.reconstruction import DEFAULT_STEPS, SPREAD_STEPS

from ..baselines import sart
from ..data import CACHE_GRID, CACHE_PLANE
from ..methods import Sampling, load_network, reconstruct
from .observation import Observation

SART = "SART"


@dataclass(frozen=True)
class MethodSpec:
    """A method by its name in tables, and where it comes from.

    Attributes:
        name: in tables and files.
        model: a model's folder, or None for SART, which has no weights.
        sampling: where the method has a choice.
    """

    name: str
    model: Path | None
    sampling: Sampling = field(default_factory=Sampling)

    @classmethod
    def parse(cls, text: str, steps: int = DEFAULT_STEPS) -> MethodSpec:
        """From "SART", FOLDER, a model's name, or NAME=FOLDER."""
        if text.upper() == SART:
            return cls(SART, None, Sampling(steps))
        name, _, place = text.rpartition("=")
        folder = find_model(place)
        return cls(name or folder.name, folder, Sampling(steps))

    @property
    def weights_sha256(self) -> str:
        """Checksum of the weights; empty for SART."""
        return "" if self.model is None else load_card(self.model).sha256

    def grid_and_plane(self) -> tuple[VolumeGrid, IsoPlane] | None:
        """What the model wants; None for SART, which takes any."""
        if self.model is None:
            return None
        config = load_network(load_model(self.model)).config
        return config.grid, config.plane


class Reconstructor(Protocol):
    """A method that is ready to be used.

    Attributes:
        evaluations: of its network in the last reconstruction; 0 when it has none.
    """

    evaluations: int

    def __call__(self, observation: Observation, seed: int, start: float | None = None) -> np.ndarray:
        """float32 HU (S, P, L); with `start`, one of the samples whose spread counts, where a method has such."""


class NetworkReconstructor:
    """A trained model of any architecture.

    An evaluation is a pass of the network that yields a volume: of the denoiser where there is one (what
    runs once per case before it is not counted), else of the whole network.
    """

    def __init__(self, spec: MethodSpec):
        self.network = load_network(load_model(spec.model))
        self.sampling = spec.sampling
        self.evaluations = 0
        counted = getattr(self.network, "denoiser", self.network)
        counted.register_forward_hook(self._count)

    def _count(self, *_) -> None:
        self.evaluations += 1

    def __call__(self, observation: Observation, seed: int, start: float | None = None) -> np.ndarray:
        self.evaluations = 0
        sampling = self.sampling
        if start is not None:
            sampling = replace(sampling, start=start, steps=SPREAD_STEPS)
        views = standardise(observation.images, observation.masks)[None]
        axes = grid_axes_mm(self.network.config.grid)
        generator = torch.Generator().manual_seed(seed)
        volume = reconstruct(self.network, views, observation.sources_mm[None], axes, sampling, generator)
        return network_to_hu(volume)[0, 0].float().numpy()


class SartReconstructor:
    """The classical method; it alone is given calibrated line integrals."""

    evaluations = 0

    def __init__(self, grid: VolumeGrid):
        self.grid = grid

    def __call__(self, observation: Observation, seed: int, start: float | None = None) -> np.ndarray:
        volume = sart(observation.images, observation.masks, observation.sources_mm, observation.plane, self.grid)
        return network_to_hu(volume).float().numpy()


def load_reconstructor(spec: MethodSpec, grid: VolumeGrid) -> Reconstructor:
    """The method of a spec; `grid` is the one that all methods share."""
    return SartReconstructor(grid) if spec.model is None else NetworkReconstructor(spec)


def common_grid(specs: list[MethodSpec]) -> tuple[VolumeGrid, dict[str, IsoPlane]]:
    """The grid that all methods share, and each method's plane; a method without one takes the finest.

    Raises:
        Diff2CTError: two methods share a name, or two models have different grids.
    """
    names = [spec.name for spec in specs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise Diff2CTError(f"Two methods are called {twice}; name one of them with NAME=FOLDER.")
    wanted = {spec.name: spec.grid_and_plane() for spec in specs}
    known = [pair for pair in wanted.values() if pair] or [(CACHE_GRID, CACHE_PLANE)]
    grids = {pair[0] for pair in known}
    if len(grids) > 1:
        shown = ", ".join(f"{name}: {pair[0].shape[0]} voxels" for name, pair in wanted.items() if pair)
        raise Diff2CTError(f"The models have different grids ({shown}); evaluate those of one grid at a time.")
    finest = min((pair[1] for pair in known), key=lambda plane: plane.row_spacing_mm)
    return grids.pop(), {name: pair[1] if pair else finest for name, pair in wanted.items()}


def is_better_when_higher(metric: str) -> bool:
    """Whether a metric's larger values are the better ones."""
    return metric in METRIC_LABELS and METRIC_LABELS[metric].better == "higher"


def best_baseline(means: dict[str, float], candidate: str, metric: str) -> str | None:
    """The name of the best method on a metric beside the candidate; None when there is no other with a value."""
    others = {name: value for name, value in means.items() if name != candidate and math.isfinite(value)}
    if not others:
        return None
    return (max if is_better_when_higher(metric) else min)(others, key=others.get)
