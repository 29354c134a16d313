"""An untrained model that runs in a blink, for tests of everything around the network."""

from dataclasses import replace

import torch

from Diff2CTCore.models import ModelCard, save_model
from Diff2CTCore.networks import Diff2CT, Diff2CTConfig

CONFIG = Diff2CTConfig(
    shape=(32, 32, 32),
    spacing_mm=8.0,
    plane_size=64,
    plane_spacing_mm=5.0,
    view_widths=(8, 8, 8, 8),
    fine=1,
    coarse=4,
    lift_widths=(8, 8),
    lift_blocks=(1, 1),
    widths=(8, 8),
    blocks=(1, 1),
    embedding=16,
)

HALF_BLOCKS = replace(CONFIG, half_blocks=True, mid=3, lift_widths=(8, 8, 8), lift_blocks=(1, 1, 1))


def save_small_model(folder, seed=0):
    """Write it and return its folder; each seed is another model."""
    torch.manual_seed(seed)
    network = Diff2CT(CONFIG)
    # Layers that start at zero would make the untrained denoiser deaf to its noise.
    with torch.no_grad():
        for weights in network.parameters():
            if not weights.any():
                weights.normal_(0.0, 0.05)
    card = ModelCard(
        name="small",
        version="1.0",
        architecture={"name": "Diff2CT", "configuration": CONFIG.to_dict()},
        sha256="0" * 64,
        grid={"shape": list(CONFIG.shape), "spacing_mm": CONFIG.spacing_mm},
        hu_range=[-1000, 3000],
        geometry_range={},
        training_data=[{"name": "none", "licence": "none", "citation": "none"}],
        metrics=[],
        date="2026-01-01",
    )
    save_model(folder, network.state_dict(), card)
    return folder
