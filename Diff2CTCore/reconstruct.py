"""The one entry: two radiographs, their geometry, a model and settings to a reconstruction."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import lru_cache

import numpy as np
import torch

from . import familiarity
from .conditioning import standardise
from .consistency import DataConsistency
from .diffusion import sample
from .errors import DeviceError, GeometryError, ModelError
from .geometry import BiplanarGeometry
from .grid import VolumeGrid
from .hounsfield import hu_to_attenuation, hu_to_network, network_to_hu
from .isoplane import source_spl_mm, warp_to_detector, warp_to_iso_plane
from .model_card import INTENDED_USE
from .models import LoadedModel
from .networks.diff2ct import Diff2CT, Diff2CTConfig
from .networks.x2noisenet import Condition
from .projector import grid_axes_mm, project_to_iso_plane
from .radiograph import Radiograph
from .settings import Settings
from .uncertainty import uncertainty_summary

ARCHITECTURE = "Diff2CT"
START_TIME = 0.02
"""Sampling begins at this noise level around the regression estimate: what X2NoiseNet knows need not be found again.
On validation cases SSIM, PSNR, bone Dice and Frechet distance worsen the earlier it begins."""

SPREAD_START = 1.0
"""Samples whose spread tells the uncertainty begin at pure noise. Near the estimate they differ by that noise alone,
which is the same everywhere; from pure noise they differ most where the error is large."""

_IMPOSSIBLE_CONFIGURATION = (TypeError, ValueError, RuntimeError, OverflowError, IndexError, ArithmeticError)
"""What building a network from numbers of the wrong kind, count or size raises."""

LEAST_SEEN = 0.05
"""A view that shows less than this share of the volume's shadow cannot guide a reconstruction."""

_DEVICE_IS_FULL = (
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
    "unable to find an engine to execute this computation",
)
"""What is said of memory that PyTorch itself does not hand out; the last where no way to convolve finds enough."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class Reconstruction:
    """Attributes:
    hu: float32 (S, P, L), HU.
    std_hu: float32 (S, P, L), voxel-wise standard deviation in HU of samples from pure noise, or None for one sample.
    grid: the volume's grid; its centre is the origin of the geometry.
    reprojections: view to float32 line integrals on the radiograph's own pixels.
    reprojection_error: view to the part of the radiograph that the volume does not explain, 0 to 1.
    uncertainty: the calibrated interval in one number, see `uncertainty.uncertainty_summary`; None for one sample or
        a model that was not calibrated.
    strangeness: view to how little the radiograph looks like those of training, 0 to 2; see `familiarity`.
    warnings: sentences for the user about this result.
    provenance: what it was made from and with; plain values.
    seconds: time by stage.
    """

    hu: np.ndarray
    std_hu: np.ndarray | None
    grid: VolumeGrid
    reprojections: dict[str, np.ndarray]
    reprojection_error: dict[str, float]
    uncertainty: dict | None
    strangeness: dict[str, float]
    warnings: list[str]
    provenance: dict
    seconds: dict[str, float]


def reconstruct(
    frontal: Radiograph,
    lateral: Radiograph,
    geometry: BiplanarGeometry,
    model: LoadedModel,
    settings: Settings,
    progress: Progress | None = None,
) -> Reconstruction:
    """Reconstruct the volume about the centre that both views share.

    Args:
        frontal, lateral: as read by `Diff2CTCore.radiograph`.
        geometry: of the two radiographs, in this order.
        model: as loaded by `Diff2CTCore.models`.
        settings: steps, samples, seed, consistency, device.
        progress: called with (stage, step, of); stages are "prepare", "condition", "sample", "project".

    Raises:
        DeviceError: the device is missing or its memory does not suffice.
        GeometryError, RadiographError, ModelError: an input does not fit.
    """
    tell = progress or (lambda *_: None)
    clock = _Clock()
    device = choose_device(settings.device)
    tell("prepare", 0, 1)
    with clock("prepare"), _memory_errors(device):
        network = _kept_network(model, device)
        views = _network_views((frontal, lateral), geometry, network.config).to(device)
        sources = np.stack([source_spl_mm(view) for view in geometry.views])
        sources = torch.as_tensor(sources, dtype=torch.float32, device=device)[None]
        axes = grid_axes_mm(network.config.grid, device)
        consistency = DataConsistency(network, views, sources, axes)
        _require_overlap(consistency, geometry)
    tell("condition", 0, 1)
    with clock("condition"), _memory_errors(device):
        condition = network_condition(network, views, sources, axes)
        strange = consistency.strangeness(network.transform.inverse(condition.estimate))
    with clock("sample"), _memory_errors(device):
        volume, std = _samples(network, condition, consistency, settings, tell)
        if not torch.isfinite(volume).all():
            raise ModelError(f"The model {model.card.name} gave values that are not numbers; use another model.")
    tell("project", 0, 1)
    with clock("project"), _memory_errors(device):
        errors = consistency.error(hu_to_network(volume))
        reprojections = _reproject(volume, network.config, geometry, sources, axes)
    names = [view.view for view in geometry.views]
    strange = dict(zip(names, strange, strict=True))
    hu, std_hu = (None if found is None else found[0, 0].cpu().numpy() for found in (volume, std))
    grid, calibration = network.config.grid, model.card.uncertainty_calibration
    return Reconstruction(
        hu=hu,
        std_hu=std_hu,
        grid=grid,
        reprojections=dict(zip(names, reprojections, strict=True)),
        reprojection_error=dict(zip(names, errors, strict=True)),
        uncertainty=uncertainty_summary(hu, std_hu, grid.spacing_mm, settings.samples, calibration),
        strangeness=strange,
        warnings=familiarity.warnings(strange, model.card.familiarity),
        provenance=_provenance((frontal, lateral), geometry, model, settings, device),
        seconds=clock.seconds,
    )


def choose_device(name: str) -> torch.device:
    """The device of a name; "auto" is CUDA where there is one, else the CPU."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise DeviceError(f"The device {name!r} is not known; use auto, cpu or cuda.") from error
    if device.type not in ("cpu", "cuda"):
        raise DeviceError(f"The device {name!r} is not supported; use auto, cpu or cuda.")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise DeviceError(f"The device {name!r} is not on this machine; use --device cpu.")
    return device


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
        # First without memory: a card may ask for more of it than there is.
        with torch.device("meta"):
            wanted = {name: value.shape for name, value in Diff2CT(config).state_dict().items()}
        fits = wanted == {name: value.shape for name, value in model.state_dict.items()}
        fits = fits and model.card.grid == {"shape": list(config.shape), "spacing_mm": config.spacing_mm}
    except _IMPOSSIBLE_CONFIGURATION:
        fits = False
    if not fits:
        raise ModelError(f"The weights of the model {model.card.name} do not fit its card; install it anew.")
    network = Diff2CT(config)
    network.load_state_dict(model.state_dict)
    return network.to(device).eval()


@lru_cache(maxsize=1)
def _kept_network(model: LoadedModel, device: torch.device) -> Diff2CT:
    """The network of the last reconstruction where model and device are the same."""
    return build_network(model, device)


def _network_views(radiographs, geometry: BiplanarGeometry, config: Diff2CTConfig) -> torch.Tensor:
    """(1, 2, 2, rows, columns): standardised image and mask of both views on the iso-plane."""
    views = []
    for radiograph, view in zip(radiographs, geometry.views, strict=True):
        image = torch.from_numpy(np.ascontiguousarray(radiograph.pixels, dtype=np.float32))[None, None]
        image, mask = warp_to_iso_plane(image, view, config.plane)
        if radiograph.mask is not None:
            exposed = torch.from_numpy(radiograph.mask.astype(np.float32))[None, None]
            mask = mask * (warp_to_iso_plane(exposed, view, config.plane)[0] > 0.99)
        views.append(standardise(image[0, 0], mask[0, 0]))
    return torch.stack(views)[None]


def _require_overlap(consistency: DataConsistency, geometry: BiplanarGeometry) -> None:
    for seen, view in zip(consistency.mask, geometry.views, strict=True):
        if seen.mean() < LEAST_SEEN:
            raise GeometryError(
                f"The {view.view} radiograph shows almost nothing of the volume to be reconstructed; "
                "check its pixel spacing, SID, SOD and centre."
            )


def network_condition(network: Diff2CT, views: torch.Tensor, sources_mm: torch.Tensor, axes_mm) -> Condition:
    """`Diff2CT.condition` without gradient, in the precision of the device."""
    with torch.no_grad(), autocast(views.device):
        return network.condition(views, sources_mm, axes_mm)


def sample_volume(
    network: Diff2CT,
    condition: Condition,
    steps: int,
    generator: torch.Generator,
    consistency: DataConsistency | None = None,
    on_step: Callable[[int, int], None] | None = None,
    start: float = START_TIME,
) -> torch.Tensor:
    """One sample as block coefficients (1, 64, S/4, P/4, L/4), in the end consistent with the radiographs if wanted."""
    refine = None
    if consistency is not None:

        def refine(x0, following):
            # Earlier it brings re-projections nearer still, at the price of SSIM.
            return consistency(x0) if following == 0.0 else x0

    with autocast(condition.estimate.device):
        return sample(network, condition, steps, generator, start, refine, on_step)


def _samples(network, condition, consistency, settings, tell) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The volume, and the standard deviation of further ones from pure noise, HU, (1, 1, S, P, L)."""
    generator = torch.Generator().manual_seed(settings.seed)
    runs = 1 if settings.samples == 1 else 1 + settings.samples
    tell("sample", 0, runs * settings.steps)

    def draw(number: int, start: float) -> torch.Tensor:
        x0 = sample_volume(
            network,
            condition,
            settings.steps,
            generator,
            consistency if settings.consistency else None,
            lambda step, _: tell("sample", number * settings.steps + step, runs * settings.steps),
            start,
        )
        return network_to_hu(network.transform.inverse(x0))

    volume = draw(0, START_TIME)
    if settings.samples == 1:
        return volume, None
    # Welford's update: stable, and only three volumes are held at a time.
    mean = square = torch.zeros_like(volume)
    for number in range(1, runs):
        hu = draw(number, SPREAD_START)
        delta = hu - mean
        mean = mean + delta / number
        square = square + delta * (hu - mean)
    return volume, (square / (settings.samples - 1)).sqrt()


def _reproject(hu, config, geometry, sources, axes) -> list[np.ndarray]:
    """Line integrals of the reconstruction on each radiograph's pixels."""
    plane = config.plane
    rows, columns = (
        torch.as_tensor(axis, dtype=torch.float32, device=hu.device) for axis in (plane.rows_mm(), plane.columns_mm())
    )
    images = []
    for index, view in enumerate(geometry.views):
        attenuation = hu_to_attenuation(hu)
        image = project_to_iso_plane(attenuation, axes, sources[:, index], view.frontal, rows, columns)
        images.append(warp_to_detector(image, plane, view)[0, 0].cpu().numpy())
    return images


def autocast(device: torch.device):
    """A context of half precision where the hardware has it; emulated, it would be slower than single precision."""
    if device.type == "cuda":
        dtype = torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float16
        return torch.autocast("cuda", dtype)
    return torch.autocast("cpu", torch.bfloat16, enabled=cpu_has_bfloat16())


def cpu_has_bfloat16() -> bool:
    """Whether the CPU multiplies bfloat16 natively (AVX-512 BF16 or AMX)."""
    tests = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return any(test() for test in tests if test is not None)


@contextmanager
def _memory_errors(device: torch.device):
    """Turns out-of-memory errors into a sentence that names the way out."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, torch.OutOfMemoryError) or any(sign in str(error) for sign in _DEVICE_IS_FULL):
            raise DeviceError(f"The memory of {device} does not suffice; use --device cpu.") from error
        if isinstance(error, MemoryError) or "DefaultCPUAllocator" in str(error):
            raise DeviceError("The computer's memory does not suffice; close other programs and try again.") from error
        raise


class _Clock:
    """Wall-clock seconds by stage."""

    def __init__(self):
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str):
        start = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - start, 3)


def _provenance(radiographs, geometry, model: LoadedModel, settings: Settings, device: torch.device) -> dict:
    return {
        "intended_use": INTENDED_USE,
        "model": {"name": model.card.name, "version": model.card.version, "sha256": model.card.sha256},
        "settings": asdict(settings),
        "geometry": {view.view: view.to_dict() for view in geometry.views},
        "radiographs": {
            view.view: radiograph.provenance for view, radiograph in zip(geometry.views, radiographs, strict=True)
        },
        "device": str(device),
        "precision": "bfloat16" if device.type == "cpu" and cpu_has_bfloat16() else "mixed",
        "threads": torch.get_num_threads(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__, "numpy": np.__version__},
    }
