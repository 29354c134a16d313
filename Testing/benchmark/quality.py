"""Whether speed costs quality: the demo's metrics against the same reconstruction without what makes it fast."""

from __future__ import annotations

from contextlib import ExitStack, nullcontext
from unittest.mock import patch

import dense_projector
import numpy as np
import SimpleITK as sitk
import torch
from rows import SHARE_OF_THEIRS, Goal, Row, row
from scale import Scale

from Diff2CTCore.ct import evaluate
from Diff2CTCore.reconstruction import RadiographInput, Settings, cpu_has_bfloat16, run_job
from Diff2CTCore.storage import hu_to_int16, resource_path

METRICS = {
    "ssim_body": "SSIM inside the body",
    "psnr_body_db": "PSNR inside the body",
    "bone_dice": "bone Dice",
    "level_profile": "level profile",
}


def measure(scale: Scale) -> list[Row]:
    """Single precision and whole interpolation matrices are the reference."""
    inputs = [RadiographInput(resource_path("SampleData", name)) for name in ("ap.dcm", "lateral.dcm")]
    settings = Settings(scale.steps, device="cpu")

    def quality() -> dict[str, float]:
        # The bundled pair lies about the truth's centre already.
        made = run_job(*inputs, settings, scale.model, align="off").reconstruction
        image = sitk.GetImageFromArray(hu_to_int16(made.hu))
        image.SetSpacing((made.grid.spacing_mm,) * 3)
        return body_quality(image)

    fast = quality()

    def iso_plane_projector(_shape, *geometry):
        return lambda volume: dense_projector.project_to_iso_plane(volume, *geometry)

    with ExitStack() as replaced:
        for place, function in (
            ("Diff2CTCore.diffusion.consistency", iso_plane_projector),
            ("Diff2CTCore.reconstruction.pipeline", dense_projector.project_to_iso_plane),
            ("Diff2CTCore.networks.x2noisenet", dense_projector.lift_from_iso_plane),
            ("Diff2CTCore.networks.fine", dense_projector.lift_from_iso_plane),
        ):
            replaced.enter_context(patch(f"{place}.{function.__name__}", function))
        for module in ("network", "samples"):
            place = f"Diff2CTCore.reconstruction.{module}.autocast"
            replaced.enter_context(patch(place, lambda _device: nullcontext()))
        plain = quality()
    precision = "bfloat16" if cpu_has_bfloat16() else "single precision, as this CPU has no bfloat16"
    name = f"single precision, projection and lift by whole matrices (ours: {precision})"
    return quality_rows(fast, plain, name)


def body_quality(reconstruction: sitk.Image) -> dict[str, float]:
    """Metrics against the bundled pair's true CT, which is brought to the size of `reconstruction` and its grid."""
    truth = sitk.GetArrayFromImage(sitk.ReadImage(str(resource_path("SampleData", "truth.nrrd")))).astype(np.float32)
    hu = torch.from_numpy(sitk.GetArrayFromImage(reconstruction).astype(np.float32))
    if hu.shape != truth.shape:
        hu = torch.nn.functional.interpolate(hu[None, None], truth.shape, mode="trilinear")[0, 0]
    spacing = reconstruction.GetSpacing()[0] * reconstruction.GetSize()[0] / truth.shape[0]
    values = evaluate(hu.numpy(), truth, spacing)
    return {name: values[name] for name in METRICS}


def quality_rows(ours: dict[str, float], theirs: dict[str, float], against: str, limit: float = 0.99) -> list[Row]:
    """One row a metric: it must not fall by more than `limit` says."""
    goal = Goal(SHARE_OF_THEIRS, limit)
    return [
        row(f"{title}, demo", against, goal, [ours[name]], [theirs[name]], "dB" if name.endswith("db") else "")
        for name, title in METRICS.items()
    ]
