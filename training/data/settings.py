"""What the data need of a run's configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from .appearance import AppearanceRange
from .randomisation import AugmentationRange, GeometryRange


@dataclass(frozen=True)
class DataConfig:
    """Attributes:
    cache: folder with `training` and `validation` cases (see `training.make_cases`).
    pack: pack of whole bodies (`training.pack`; of several parts, the first) that cases are made from on the device,
        anew at every step, instead of a cache; "" for none. Phantoms are drawn beside the training.
    real_share: chance that a training sample is cut from a real scan rather than from a phantom.
    real_share_end: the same at the end of the run, reached evenly; negative where it does not change.
    crop_blocks: side length of a crop in blocks of 4 voxels.
    crops: crops in a batch of crops, each from a case of its own; 0 for as many as the GPU's memory holds, and for one
        on the CPU.
    volumes: whole volumes in a batch of whole volumes; 0 likewise.
    batch_limit: most crops or volumes that a 0 stands for.
    whole_share: chance that a batch holds whole volumes rather than crops.
    spine_share: chance that a crop is centred on the spine.
    workers: processes that prepare batches; with 0 the training process does it.
    phantom_workers: processes that draw phantoms beside a training from a pack, one at least, and no more than the
        machine has cores beyond two; with 0 one draws the first phantoms and there are no others.
    phantom_pool: phantoms that are kept at a time; a new one takes the oldest one's place.
    phantoms_first: phantoms that must be there before the first step.
    """

    cache: str = "cache"
    pack: str = ""
    real_share: float = 0.5
    real_share_end: float = -1.0
    crop_blocks: int = 16
    crops: int = 4
    volumes: int = 1
    batch_limit: int = 32
    whole_share: float = 0.3
    spine_share: float = 0.7
    workers: int = 0
    phantom_workers: int = 1
    phantom_pool: int = 256
    phantoms_first: int = 2


class DataRun(Protocol):
    """A run's configuration, as far as its data are concerned; `training.run.TrainConfig` is one.

    Attributes:
        seed: of all random numbers.
        data: where batches come from and what they hold.
        model: with its `grid` and its `plane`.
        appearance, geometry, augmentation: ranges of the randomisation.
    """

    seed: int
    data: DataConfig
    model: Any
    appearance: AppearanceRange
    geometry: GeometryRange
    augmentation: AugmentationRange
