"""All methods by the name of their architecture."""

from __future__ import annotations

import importlib

import torch
from torch import nn

from Diff2CTCore.errors import ModelError
from Diff2CTCore.models import LoadedModel

from .method import Method, Sampling

ARCHITECTURES = {
    "Diff2CT": "training.methods.diff2ct:Diff2CTMethod",
    "PSR": "training.baselines.psr:PSRMethod",
    "3DCNN": "training.baselines.cnn3d:CNN3DMethod",
    "X2CT-GAN": "training.baselines.x2ctgan:X2CTGANMethod",
    "Diff2CT-paper": "training.paper.method:PaperMethod",
    "Diff2CT-noise": "training.ablations.methods:NoiseMethod",
    "Diff2CT-flow": "training.ablations.methods:FlowMethod",
    "Diff2CT-velocity": "training.ablations.methods:VelocityMethod",
    "Diff2CT-clean": "training.ablations.methods:CleanMethod",
    "Diff2CT-voxels": "training.ablations.methods:VoxelMethod",
    "Diff2CT-replicated": "training.ablations.methods:ReplicatingMethod",
}
"""Architecture to "module:class" of its method."""


def method_class(architecture: str) -> type[Method]:
    """The method that trains an architecture; ModelError when the name is not known."""
    if architecture not in ARCHITECTURES:
        raise ModelError(f"The architecture {architecture!r} is not known; known are: {', '.join(ARCHITECTURES)}.")
    module, name = ARCHITECTURES[architecture].split(":")
    return getattr(importlib.import_module(module), name)


def method_of(network: nn.Module) -> type[Method]:
    """The method that a network belongs to."""
    for architecture in ARCHITECTURES:
        method = method_class(architecture)
        if type(network) is method.network_class:
            return method
    raise ModelError(f"{type(network).__name__} is not a network of {', '.join(ARCHITECTURES)}.")


def load_network(model: LoadedModel, device: torch.device | str = "cpu") -> nn.Module:
    """The network of a model folder of any architecture, in evaluation mode; ModelError when it does not fit."""
    architecture = model.card.architecture
    method = method_class(architecture["name"])
    network = method.network_class(method.model_config.from_dict(architecture["configuration"]))
    try:
        network.load_state_dict(model.state_dict)
    except RuntimeError as error:
        raise ModelError(f"The weights of the model {model.card.name} do not fit its card; export it anew.") from error
    return network.to(device).eval()


def reconstruct(
    network: nn.Module,
    views: torch.Tensor,
    sources_mm: torch.Tensor,
    axes_mm: tuple[torch.Tensor, torch.Tensor, torch.Tensor],
    sampling: Sampling,
    generator: torch.Generator,
) -> torch.Tensor:
    """One volume of one case by any architecture.

    Args:
        network: in evaluation mode.
        views: (1, 2, 2, rows, columns), standardised image and mask, frontal then lateral.
        sources_mm: (1, 2, 3), (superior, posterior, left) about the volume's centre.
        axes_mm: voxel positions along S, P, L, each (n,).
        sampling: how it is drawn, where the architecture has a choice.
        generator: of the CPU; fixes the result where it is random.

    Returns:
        (1, 1, S, P, L), the network's range, float32, on the device of `views`.
    """
    with torch.no_grad():
        return method_of(network).reconstruct(network, views, sources_mm, axes_mm, sampling, generator)
