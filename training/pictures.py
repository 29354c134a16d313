"""Pictures of samples beside the truth while a model trains."""

from __future__ import annotations

from pathlib import Path

import torch

from Diff2CTCore.hounsfield import network_to_hu
from Diff2CTCore.reconstruct import network_condition, sample_volume

from .batches import case_inputs, network_volume
from .cases import TrainingCase

STEPS = 8


def sample_picture(trainer, path: Path) -> None:
    """Truth, regression estimate and one sample of some validation cases, three planes each, as PNG."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    folder = Path(trainer.config.data.cache) / "validation"
    cases = [*sorted(folder.glob("real-*.npz")), *sorted(folder.glob("phantom-*.npz"))]
    cases = cases[: trainer.config.validation_cases]
    if not cases:
        return
    model = trainer.averaged_model()
    figure, axes = plt.subplots(len(cases), 9, figsize=(18, 2.1 * len(cases)), squeeze=False)
    for row, file in zip(axes, cases, strict=True):
        case = TrainingCase.load(file)
        condition = network_condition(model, *case_inputs(model, case))
        drawn = sample_volume(model, condition, STEPS, torch.Generator().manual_seed(0))
        volumes = [network_volume(case.volume)[0][0]]
        volumes += [model.transform.inverse(item)[0, 0] for item in (condition.estimate, drawn)]
        for index, volume in enumerate(volumes):
            hu = network_to_hu(volume.detach()).numpy()
            middle = [count // 2 for count in hu.shape]
            planes = (hu[middle[0]], hu[::-1, middle[1]], hu[::-1, :, middle[2]])
            for image, panel in zip(planes, row[3 * index : 3 * index + 3], strict=True):
                panel.imshow(image, cmap="gray", vmin=-400, vmax=800)
                panel.axis("off")
        error = (volumes[2] - volumes[0]).abs().mean() * 1000.0
        row[0].set_title(f"{case.name}: MAE {error:.0f} HU", fontsize=8, loc="left")
    figure.suptitle(f"step {trainer.step}: truth, regression estimate, sample ({STEPS} evaluations)")
    figure.tight_layout()
    figure.savefig(path, dpi=60)
    plt.close(figure)
