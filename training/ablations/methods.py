"""A method for each alternative network, trained as Diff2CT is."""

from __future__ import annotations

from torch import nn

from Diff2CTCore.networks import Diff2CT

from ..methods import Diff2CTMethod
from . import networks


def _exchanged(architecture: str, **parts: type[nn.Module]) -> type[Diff2CTMethod]:
    """Diff2CT with other classes for some of its parts; see `Diff2CT`."""
    network = type(f"{architecture} network", (Diff2CT,), parts)
    return type(architecture, (Diff2CTMethod,), {"architecture": architecture, "network_class": network})


NoiseMethod = _exchanged("Diff2CT-noise", denoiser_class=networks.NoiseDenoiser)
FlowMethod = _exchanged("Diff2CT-flow", denoiser_class=networks.FlowDenoiser)
VelocityMethod = _exchanged("Diff2CT-velocity", denoiser_class=networks.VelocityDenoiser)
CleanMethod = _exchanged("Diff2CT-clean", denoiser_class=networks.CleanDenoiser)
VoxelMethod = _exchanged("Diff2CT-voxels", transform_class=networks.VoxelTransform)
ReplicatingMethod = _exchanged("Diff2CT-replicated", x2noisenet_class=networks.ReplicatingX2NoiseNet)
