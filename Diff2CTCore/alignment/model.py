"""The networks of the alignment out of a model's weights, and what was measured of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import torch

from ..errors import ModelError
from ..models import LoadedModel
from .networks import AspectNetwork, RowNetwork


@dataclass(frozen=True, eq=False)
class AlignmentModel:
    """Attributes:
    rows, aspect: the networks, in evaluation mode on the CPU.
    temperature: of the sum over rows; see `matching.fit_line`.
    sure_from: chance that the shift is within `WITHIN_MM` from which an alignment is used without being looked at.
    """

    rows: RowNetwork
    aspect: AspectNetwork
    temperature: float
    sure_from: float


WITHIN_MM = 8.0
"""A shift along the body that is further off joins another part of a vertebra."""


@lru_cache(maxsize=1)
def alignment_model(model: LoadedModel) -> AlignmentModel | None:
    """The alignment's networks of a model; None for a model without.

    Raises:
        ModelError: weights and card do not fit this version.
    """
    card = model.card.alignment
    if not card:
        return None
    networks = {"rows": RowNetwork(), "aspect": AspectNetwork()}
    try:
        for name, network in networks.items():
            network.load_state_dict(_part(model.alignment, name))
            network.eval().requires_grad_(False)
    except RuntimeError:
        raise ModelError(
            f"The weights for the alignment in the model {model.card.name} do not fit this version; install it anew."
        ) from None
    return AlignmentModel(**networks, temperature=float(card["temperature"]), sure_from=float(card["sure_from"]))


def alignment_weights(rows: RowNetwork, aspect: AspectNetwork) -> dict[str, torch.Tensor]:
    """Weights by name, as `add_alignment` of `Diff2CTCore.models` takes them."""
    return {
        f"{name}.{key}": value
        for name, network in (("rows", rows), ("aspect", aspect))
        for key, value in network.state_dict().items()
    }


def _part(weights: Mapping[str, torch.Tensor], name: str) -> dict[str, torch.Tensor]:
    return {key.removeprefix(f"{name}."): value for key, value in weights.items() if key.startswith(f"{name}.")}
