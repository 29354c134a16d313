"""Batches drawn from a cache of cases, a pure function of (seed, number): a resumed run sees the same data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch

from Diff2CTCore.networks import standardise

from .batch import Batch, crop_start, example_shape, network_volume
from .bodies import PHANTOM_SOURCE
from .cases import CaseError, TrainingCase
from .held_out import HeldOut
from .settings import DataRun


class CaseSource(torch.utils.data.Dataset):
    """The cases of a cache's `training` folder and how batches are drawn from them; item n is batch n."""

    def __init__(self, config: DataRun):
        self.config = config
        folder = Path(config.data.cache) / "training"
        self.real = sorted(folder.glob("real-*.npz"))
        self.phantoms = sorted(folder.glob("phantom-*.npz"))
        if not self.real and not self.phantoms:
            raise CaseError(f"{folder} holds no training cases; fill it with python -m training.make_cases.")

    def __getitem__(self, number: int) -> Batch:
        """The batch of a number; the same for the same configuration and cache."""
        data = self.config.data
        rng = np.random.default_rng([self.config.seed, number])
        whole = rng.random() < data.whole_share
        count = data.volumes if whole else data.crops
        parts = [self._example(rng, whole) for _ in range(count)]
        stack = [torch.stack(column) for column in zip(*parts, strict=True)]
        return Batch(stack[0], stack[1], tuple(stack[2:5]), stack[5], stack[6])

    def iterate(self, numbers: Iterable[int]) -> Iterator[Batch]:
        """These batches in this order, prepared ahead by `data.workers` processes."""
        loader = torch.utils.data.DataLoader(
            self,
            batch_size=None,
            sampler=numbers,
            num_workers=self.config.data.workers,
            pin_memory=torch.cuda.is_available(),
        )
        return iter(loader)

    def _example(self, rng: np.random.Generator, whole: bool) -> tuple[torch.Tensor, ...]:
        pool = self.real if rng.random() < self.config.data.real_share else self.phantoms
        pool = pool or self.real or self.phantoms
        model = self.config.model
        case = TrainingCase.load(pool[rng.integers(len(pool))]).on(model.grid, model.plane)
        size = example_shape(self.config, whole)
        start = [0, 0, 0] if whole else crop_start(self.config, size, rng)
        window = tuple(slice(first, first + length) for first, length in zip(start, size, strict=True))
        axes = [torch.as_tensor(model.grid.axis_mm(a)[window[a]], dtype=torch.float32) for a in range(3)]
        volume, known = network_volume(case.volume[window])
        pair = int(rng.integers(len(case.sources)))
        views = self._views(case.images[pair], case.masks[pair], rng)
        return views, torch.from_numpy(case.sources[pair]), *axes, volume, known

    def _views(self, images: np.ndarray, masks: np.ndarray, rng: np.random.Generator) -> torch.Tensor:
        views = []
        for image, mask in zip(images, masks, strict=True):
            changed = self.config.appearance.apply(
                torch.from_numpy(image.astype(np.float32)),
                torch.from_numpy(mask.astype(np.float32)),
                self.config.model.plane.row_spacing_mm,
                rng,
            )
            views.append(standardise(*changed))
        return torch.stack(views)

    def held_out(self, count: int) -> list[HeldOut]:
        """At most `count` of the cache's validation cases, real ones first; their spines' lines are not known."""
        from .held_out import HeldOut

        model, folder = self.config.model, Path(self.config.data.cache) / "validation"
        files = [*sorted(folder.glob("real-*.npz")), *sorted(folder.glob("phantom-*.npz"))][:count]
        cases = [TrainingCase.load(file).on(model.grid, model.plane) for file in files]
        return [
            HeldOut(case, file.name.split("-")[0], case.name, None) for file, case in zip(files, cases, strict=True)
        ]

    def share(self, done: float) -> None:
        """The share of real cases of a cache does not change with the part of the run that is done."""

    def sources(self) -> list[dict[str, str]] | None:
        """What is trained on, for the model's card: phantoms; None where the cache holds scans, of unknown origin."""
        return None if self.real else [dict(PHANTOM_SOURCE)]

    def patients(self) -> tuple[set[str], set[str]]:
        """A cache does not know its patients."""
        return set(), set()

    def close(self) -> None:
        """Nothing to end."""
