"""The network of a model, and what it is shown: both radiographs on the iso-plane."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np
import torch

from ..errors import ModelError
from ..geometry import BiplanarGeometry, source_spl_mm, warp_to_iso_plane
from ..models import LoadedModel
from ..networks import Condition, Diff2CT, Diff2CTConfig, standardise
from .device import autocast

ARCHITECTURE = "Diff2CT"
_IMPOSSIBLE_CONFIGURATION = (TypeError, ValueError, RuntimeError, OverflowError, IndexError, ArithmeticError)
"""What building a network from numbers of the wrong kind, count or size raises."""


def build_network(model: LoadedModel, device: torch.device) -> Diff2CT:
    """The network of a loaded model, in evaluation mode; ModelError when card and weights disagree."""
    architecture = model.card.architecture
    if architecture.get("name") != ARCHITECTURE:
        raise ModelError(
            f"The model {model.card.name} has the architecture {architecture.get('name')!r}, which this version of "
            f"Diff2CT does not know; install the version that the model was made for."
        )
    config = Diff2CTConfig.from_dict(architecture["configuration"])
    try:
        # Without memory: a card may ask for more of it than there is, and what is loaded need not be drawn first.
        with torch.device("meta"):
            network = Diff2CT(config)
        fits = _shapes_and_kinds(network.state_dict()) == _shapes_and_kinds(model.state_dict)
        fits = fits and model.card.grid == {"shape": list(config.shape), "spacing_mm": config.spacing_mm}
    except _IMPOSSIBLE_CONFIGURATION:
        fits = False
    if not fits:
        raise ModelError(f"The weights of the model {model.card.name} do not fit its card; install it anew.")
    weights = {name: value.float() if value.is_floating_point() else value for name, value in model.state_dict.items()}
    network.load_state_dict(weights, assign=True)
    network.lay_out()
    return network.to(device).eval()


def _shapes_and_kinds(weights: Mapping[str, torch.Tensor]) -> dict:
    # Eight-bit weights that have lost their scales are whole numbers, 127 times too large.
    return {name: (value.shape, value.is_floating_point()) for name, value in weights.items()}


@lru_cache(maxsize=1)
def kept_network(model: LoadedModel, device: torch.device) -> Diff2CT:
    """The network of the last reconstruction where model and device are the same."""
    return build_network(model, device)


def network_views(radiographs, geometry: BiplanarGeometry, config: Diff2CTConfig) -> torch.Tensor:
    """(1, 2, 2, rows, columns): standardised image and mask of both views on the iso-plane."""
    views = []
    for radiograph, view in zip(radiographs, geometry.views, strict=True):
        image, mask = warp_to_iso_plane(_of_unit_range(radiograph.pixels), view, config.plane)
        if radiograph.mask is not None:
            exposed = torch.from_numpy(radiograph.mask.astype(np.float32))[None, None]
            mask = mask * (warp_to_iso_plane(exposed, view, config.plane)[0] > 0.99)
        views.append(standardise(image[0, 0], mask[0, 0]))
    return torch.stack(views)[None]


def _of_unit_range(pixels: np.ndarray) -> torch.Tensor:
    """(1, 1, rows, columns), 0 to 1: a file's own unit may be so small or so large that its square is not held."""
    values = pixels.astype(np.float64)
    lowest, highest = values.min(), values.max()
    return torch.from_numpy(((values - lowest) / ((highest - lowest) or 1.0)).astype(np.float32))[None, None]


def network_sources(geometry: BiplanarGeometry) -> torch.Tensor:
    """float32 (1, 2, 3), the sources of both views in mm along (superior, posterior, left)."""
    return torch.as_tensor(np.stack([source_spl_mm(view) for view in geometry.views]), dtype=torch.float32)[None]


def network_condition(network: Diff2CT, views: torch.Tensor, sources_mm: torch.Tensor, axes_mm) -> Condition:
    """`Diff2CT.condition` without gradient, in the precision of the device."""
    with torch.no_grad(), autocast(views.device):
        return network.condition(views, sources_mm, axes_mm)
