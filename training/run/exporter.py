"""The model that a run by the clock leaves behind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from Diff2CTCore.models import save_model
from Diff2CTCore.storage import private_folder

from .card import build_card

if TYPE_CHECKING:
    import torch

    from .config import TrainConfig

VERSION = "0"
FOLDER = "model"


class Exporter:
    """Writes `OUTPUT/model`.

    Args:
        config: of the run, with its numbers of examples.
        sources: training data for the card.

    Raises:
        ModelError: the name or the sources cannot stand on a card.
    """

    def __init__(self, config: TrainConfig, sources: list[dict]):
        self.config, self.sources = config, sources
        self.folder = Path(config.output) / FOLDER
        self._card(1, None)

    def write(self, weights: dict[str, torch.Tensor], steps: int, flop_per_step: float | None) -> Path:
        """Write the model and return its folder; ModelError or OutputError when that fails."""
        save_model(self.folder, weights, self._card(steps, flop_per_step), self.config.eight_bit)
        return self.folder

    def rehearse(self, weights: dict[str, torch.Tensor]) -> None:
        """Write the model and throw it away, to learn how long that takes."""
        with private_folder(self.folder.parent) as folder:
            save_model(folder / FOLDER, weights, self._card(1, None), self.config.eight_bit)

    def _card(self, steps: int, flop_per_step: float | None):
        name = self.config.name or self.folder.parent.resolve().name
        return build_card(self.config, name, VERSION, steps, self.sources, [], flop_per_step or 0.0)
