"""A training step of the default configuration against MONAI's diffusion U-Net on voxels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from rows import TIMES_FASTER, Goal, Row, row
from scale import Scale
from timing import alternate

CONFIGURATION = Path(__file__).resolve().parents[2] / "training" / "configs" / "default.toml"
VOXEL_CHANNELS = 3
"""What MONAI's network is given: the noisy volume and both radiographs, copied along their rays."""


def measure(scale: Scale) -> list[Row]:
    """Both train on the same crop with as many weights, the same optimiser and the same precision."""
    from training.run import load_config

    config = load_config(CONFIGURATION)
    blocks = config.data.crop_blocks if scale.published else 4
    config = replace(config, data=replace(config.data, crops=1, crop_blocks=blocks))
    if not scale.published:
        # In bfloat16 the CPU's convolutions give gradients that are not numbers on grids as small as these.
        config = replace(config, precision="float32")
    batch = random_batch(config)
    ours, method, bfloat16 = own_step(config, batch, "cpu")
    weights = sum(item.numel() for item in method.parameters())
    network, width = voxel_network(weights)
    optimiser = torch.optim.AdamW(network.parameters(), lr=config.optimiser.learning_rate)

    def theirs():
        noise = torch.randn_like(batch.volume)
        inputs = torch.cat([batch.volume + noise, noise, noise], 1)
        with torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
            predicted = network(inputs, timesteps=torch.tensor([500]))
        (predicted.float() - noise).square().mean().backward()
        optimiser.step()
        optimiser.zero_grad()

    seconds = alternate(ours, theirs, scale.slow_rounds)
    size = "x".join(str(n) for n in batch.volume.shape[2:])
    millions = weights / 1e6
    name = f"MONAI's DiffusionModelUNet on voxels, {width} channels, {_millions(network):.1f} million weights"
    work = f"training step of default on a crop of {size}, {millions:.1f} million weights"
    return [row(work, name, Goal(TIMES_FASTER, 5.0), *seconds)]


def random_batch(config):
    """A batch of noise of the configuration's crops."""
    from training.data import blank_batch

    generator = torch.Generator().manual_seed(0)
    batch = blank_batch(config, whole=False)
    volume, views = (torch.rand(item.shape, generator=generator) for item in (batch.volume, batch.views))
    return replace(batch, volume=volume, views=views)


def own_step(config, batch, device: str):
    """A step on a batch that is on the device, the method that it trains, and whether it computes in bfloat16."""
    from training.methods import method_class
    from training.run import alone
    from training.run.phase_run import PhaseRun
    from training.run.trainer import uses_bfloat16

    torch.manual_seed(0)
    processes = alone(device)
    method = method_class(config.architecture)(config.model, config.loss).to(processes.device)
    (phase,) = (PhaseRun(method, item, config.optimiser, processes) for item in method.phases)
    bfloat16 = uses_bfloat16(config, processes.device)

    def step():
        method.train()
        with torch.autocast(processes.device.type, torch.bfloat16, enabled=bfloat16):
            phase.step([(0, batch)], config.loss, 1.0)
        method.finish_step(processes.mean)

    return step, method, bfloat16


def voxel_network(weights: int):
    """MONAI's U-Net of three levels with the width whose number of weights is nearest, and that width."""
    from monai.networks.nets import DiffusionModelUNet

    def build(width: int):
        return DiffusionModelUNet(
            spatial_dims=3,
            in_channels=VOXEL_CHANNELS,
            out_channels=1,
            channels=(width, 2 * width, 3 * width),
            attention_levels=(False, False, False),
            num_res_blocks=1,
            norm_num_groups=8,
            num_head_channels=8,
        )

    width = min(range(8, 129, 8), key=lambda width: abs(_millions(build(width)) * 1e6 - weights))
    return build(width), width


def _millions(network: torch.nn.Module) -> float:
    return sum(item.numel() for item in network.parameters()) / 1e6
