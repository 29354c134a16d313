"""Pictures of samples beside the truth while a model trains."""

from __future__ import annotations

from pathlib import Path

import torch

from Diff2CTCore.files import replaced_when_complete
from Diff2CTCore.hounsfield import network_to_hu
from Diff2CTCore.picture import middle_planes

from .batches import case_inputs, network_volume
from .cases import TrainingCase
from .methods import Sampling, reconstruct
from .trainer import Trainer

WINDOW_HU = (-400, 800)


def sample_picture(trainer: Trainer, path: Path):
    """Truth and one reconstruction of some validation cases, three planes each, as PNG.

    Returns:
        The matplotlib figure, or None when there are no validation cases.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    config = trainer.config
    folder = Path(config.data.cache) / "validation"
    files = [*sorted(folder.glob("real-*.npz")), *sorted(folder.glob("phantom-*.npz"))][: config.validation_cases]
    if not files:
        return None
    network = trainer.averaged_network()
    figure = Figure(figsize=(12, 2.2 * len(files) + 0.4))
    FigureCanvasAgg(figure)
    panels = figure.subplots(len(files), 6, squeeze=False)
    for row, file in zip(panels, files, strict=True):
        case = TrainingCase.load(file).on(config.model.grid, config.model.plane)
        inputs = case_inputs(network, case, device=trainer.device)
        drawn = reconstruct(network, *inputs, Sampling(config.picture_steps), torch.Generator().manual_seed(0))
        truth = network_volume(case.volume)[0][0]
        found = drawn[0, 0].cpu()
        for volume, part in ((truth, row[:3]), (found, row[3:])):
            for (_, image, _), panel in zip(middle_planes(network_to_hu(volume).numpy()), part, strict=True):
                panel.imshow(image, cmap="gray", vmin=WINDOW_HU[0], vmax=WINDOW_HU[1])
                panel.axis("off")
        error = (found - truth).abs().mean() * 1000.0
        row[0].set_title(f"{case.name}: MAE {error:.0f} HU", fontsize=8, loc="left")
    figure.suptitle(f"{config.architecture}, step {trainer.step}: truth, reconstruction", fontsize=10)
    figure.tight_layout()
    with replaced_when_complete(path) as staged:
        figure.savefig(staged, format="png", dpi=70)
    return figure
