"""What a method has to tell the trainer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import torch
from torch import nn

from Diff2CTCore.reconstruction import DEFAULT_STEPS, START_TIME

if TYPE_CHECKING:
    from ..data import Batch


@dataclass(frozen=True)
class Phase:
    """A part of each training step with an optimiser of its own.

    Attributes:
        name: given to `Method.losses`.
        modules: whose parameters it changes.
        betas: of its AdamW.
        rate: its learning rate relative to the configuration's.
    """

    name: str
    modules: tuple[nn.Module, ...]
    betas: tuple[float, float] = (0.9, 0.98)
    rate: float = 1.0


@dataclass(frozen=True)
class Sampling:
    """How a volume is drawn, where a method has a choice.

    Attributes:
        steps: network evaluations.
        consistency: let the volume be pulled towards the radiographs.
        start: time at which sampling begins, in (0, 1]; see `Diff2CTCore.diffusion.sample`.
    """

    steps: int = DEFAULT_STEPS
    consistency: bool = True
    start: float = START_TIME


class Method(nn.Module):
    """A network, how it is trained and how it reconstructs.

    Most methods are their losses only. All parameters and buffers, also of networks that are needed
    for training alone (a discriminator), are submodules, so that a checkpoint holds them.

    Attributes:
        architecture: name in configurations and on model cards.
        network_class: built from a configuration; takes (views, sources_mm, axes_mm) to (B, 1, S, P, L) in the
            network's range, unless `reconstruct` is overridden. Its `config` is the configuration.
        model_config: frozen dataclass with `to_dict`, `from_dict`, `shape`, `spacing_mm`, `grid` (VolumeGrid) and
            `plane` (IsoPlane, the views' image). A dataclass of its own, for it is what names the architecture.
        loss_config: frozen dataclass; holds the weight of each loss under its name, and whatever else the losses
            need.
        crops: whether it can be trained on crops of the volume.
        network: what is averaged, exported and sampled.
    """

    architecture: ClassVar[str]
    network_class: ClassVar[type[nn.Module]]
    model_config: ClassVar[type]
    loss_config: ClassVar[type]
    crops: ClassVar[bool] = False

    def __init__(self, model: Any, loss: Any):
        super().__init__()
        self.network = self.network_class(model)
        self.loss = loss

    @property
    def phases(self) -> tuple[Phase, ...]:
        """In the order in which they follow each other in a step; all see the same batches."""
        return (Phase("train", (self.network,)),)

    def prepare(self, batches: Iterable[Batch]) -> None:
        """Calibrate what depends on the data, before the first step."""

    @abstractmethod
    def losses(self, batch: Batch, generator: torch.Generator, phase: str) -> dict[str, torch.Tensor]:
        """Unweighted scalar losses of a phase by name, each with a weight of that name in `loss_config`.

        Called under the autocast of the configuration's precision; see `full_precision`. Random
        numbers come from `generator`, on whose device they are drawn.
        """

    def finish_step(self, mean: Callable[[torch.Tensor], torch.Tensor]) -> None:
        """After each step; `mean` averages a tensor over all processes. For statistics that the training keeps."""

    @staticmethod
    def reconstruct(network, views, sources_mm, axes_mm, sampling: Sampling, generator) -> torch.Tensor:
        """See `training.methods.reconstruct`."""
        return network(views, sources_mm, axes_mm).float()
