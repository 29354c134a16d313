"""How the cost grows with the volume, the samples and the radiographs."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import SimpleITK as sitk
import torch
from rows import SECONDS_MORE, TIMES_AS_LONG, Goal, Row, row
from scale import Scale
from timing import alternate

from Diff2CTCore.geometry import BiplanarGeometry
from Diff2CTCore.models import LoadedModel, ModelCard, load_model
from Diff2CTCore.networks import Diff2CT, Diff2CTConfig
from Diff2CTCore.radiograph import read_radiograph, view_geometry
from Diff2CTCore.reconstruction import RadiographInput, Settings, reconstruct, run_job
from Diff2CTCore.storage import resource_path


def measure(scale: Scale) -> list[Row]:
    """Three rows of growth."""
    return [_volumes(scale), _samples(scale), _radiographs(scale)]


def _volumes(scale: Scale) -> Row:
    """The model's architecture with half its voxels along each side and the same field of view, untrained."""
    large = load_model(scale.model)
    config = Diff2CTConfig.from_dict(large.card.architecture["configuration"])
    half = replace(config, shape=tuple(n // 2 for n in config.shape), spacing_mm=config.spacing_mm * 2.0)
    models = [large, _untrained(half, large.card)]
    pair = [read_radiograph(resource_path("SampleData", name)) for name in ("ap.dcm", "lateral.dcm")]
    geometry = BiplanarGeometry(*(view_geometry(item)[0] for item in pair))
    settings = Settings(scale.steps, device="cpu")
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(scale.slow_rounds + 1):
        for spent, model in zip(seconds, models, strict=True):
            stages = reconstruct(*pair, geometry, model, settings).seconds
            # The first round warms up, and preparing builds the network, once for each change of model.
            if number:
                spent.append(sum(time for stage, time in stages.items() if stage != "prepare"))
    sizes = [f"{item.shape[0]}^3" for item in (config, half)]
    return row(f"reconstruction of {sizes[0]}", sizes[1], Goal(TIMES_AS_LONG, 8.0), *seconds)


def _samples(scale: Scale) -> Row:
    inputs = [RadiographInput(resource_path("SampleData", name)) for name in ("ap.dcm", "lateral.dcm")]
    many, one = (Settings(scale.steps, samples, device="cpu") for samples in (scale.samples, 1))
    runs = [lambda settings=settings: run_job(*inputs, settings, scale.model) for settings in (many, one)]
    seconds = alternate(*runs, scale.slow_rounds)
    return row(f"{scale.samples} samples", "1 sample", Goal(TIMES_AS_LONG, 3.0), *seconds)


def _radiographs(scale: Scale) -> Row:
    small, large = scale.radiographs
    settings = Settings(scale.steps, device="cpu")
    with tempfile.TemporaryDirectory() as folder:
        runs = []
        for side in (large, small):
            inputs = _resized_pair(Path(folder), side)
            runs.append(lambda inputs=inputs: run_job(*inputs, settings, scale.model))
        seconds = alternate(*runs, scale.slow_rounds)
    return row(f"radiographs of {large}^2 pixels", f"{small}^2", Goal(SECONDS_MORE, 0.5), *seconds)


def _resized_pair(folder: Path, side: int) -> list[RadiographInput]:
    """The bundled radiographs with another number of pixels, as NRRD files without tags."""
    inputs = []
    for name, view in (("ap", "AP"), ("lateral", "LL")):
        radiograph = read_radiograph(resource_path("SampleData", f"{name}.dcm"))
        pixels = torch.from_numpy(np.array(radiograph.pixels, dtype=np.float32))[None, None]
        resized = torch.nn.functional.interpolate(pixels, (side, side), mode="bilinear")[0, 0]
        spacing = 352.0 / side
        low, high = float(resized.min()), float(resized.max())
        stored = ((resized - low) / (high - low) * 65535.0).numpy().astype(np.uint16)
        image = sitk.GetImageFromArray(stored)
        image.SetSpacing((spacing, spacing))
        path = folder / f"{name}-{side}.nrrd"
        sitk.WriteImage(image, str(path))
        reading = {"invert": False}
        inputs.append(RadiographInput(path, reading, {"view": view, "pixel_spacing_mm": (spacing, spacing)}))
    return inputs


def _untrained(config: Diff2CTConfig, card: ModelCard) -> LoadedModel:
    torch.manual_seed(0)
    architecture = {"name": "Diff2CT", "configuration": config.to_dict()}
    grid = {"shape": list(config.shape), "spacing_mm": config.spacing_mm}
    return LoadedModel(replace(card, architecture=architecture, grid=grid), Diff2CT(config).state_dict())
