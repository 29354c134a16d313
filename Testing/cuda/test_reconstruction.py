"""A reconstruction on the device: the CPU's volume, the same bytes for a seed, a sentence where memory is short."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from synthetic_pair import radiograph_pair

from Diff2CTCore.geometry import grid_axes_mm, source_spl_mm
from Diff2CTCore.models import LoadedModel, load_model
from Diff2CTCore.reconstruction import Settings, build_network, network_condition, reconstruct
from Diff2CTCore.reconstruction.network import network_views

pytestmark = pytest.mark.cuda

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="module")
def model() -> LoadedModel:
    return load_model()


def condition_inputs(device: torch.device):
    """Views, sources and axes of the synthetic pair on a device."""
    *radiographs, geometry = radiograph_pair()
    config = build_network(load_model(), torch.device("cpu")).config
    views = network_views(radiographs, geometry, config).to(device)
    sources = np.stack([source_spl_mm(view) for view in geometry.views])
    return views, torch.as_tensor(sources, dtype=torch.float32, device=device)[None], grid_axes_mm(config.grid, device)


def relative_error(found: torch.Tensor, expected: torch.Tensor) -> float:
    found, expected = found.float().cpu(), expected.float().cpu()
    return float((found - expected).norm() / expected.norm())


def test_condition_and_estimate_are_the_cpu_s(device, model, true_float32):
    found = []
    for place in (device, torch.device("cpu")):
        network = build_network(model, place)
        with torch.no_grad():
            found.append(network.condition(*condition_inputs(place)))
    assert relative_error(found[0].estimate, found[1].estimate) < 1e-4
    assert relative_error(found[0].features, found[1].features) < 1e-4


def test_condition_and_estimate_in_mixed_precision_are_nearly_so(device, model):
    network = build_network(model, device)
    mixed = network_condition(network, *condition_inputs(device))
    assert mixed.estimate.dtype == torch.float32
    cpu = torch.device("cpu")
    with torch.no_grad():
        plain = build_network(model, cpu).condition(*condition_inputs(cpu))
    assert relative_error(mixed.estimate, plain.estimate) < 0.05


def test_the_volume_is_the_cpu_s(device, model):
    found = [reconstruct(*radiograph_pair(), model, Settings(steps=4, device=place)) for place in (str(device), "cpu")]
    assert psnr_db(found[0].hu, found[1].hu) > 45.0
    for view in ("AP", "LL"):
        assert found[0].reprojection_error[view] == pytest.approx(found[1].reprojection_error[view], abs=0.02)
        assert found[0].strangeness[view] == pytest.approx(found[1].strangeness[view], abs=0.02)
        difference = found[0].reprojections[view] - found[1].reprojections[view]
        assert np.sqrt(np.mean(difference**2)) < 0.01 * np.ptp(found[1].reprojections[view])
    assert found[0].provenance["device"] == str(device)


def psnr_db(found: np.ndarray, expected: np.ndarray) -> float:
    """Over a range of 2500 HU."""
    error = np.mean((found.clip(-1000.0, 1500.0) - expected.clip(-1000.0, 1500.0)).astype(np.float64) ** 2)
    return float(10.0 * np.log10(2500.0**2 / max(error, 1e-12)))


def test_the_same_seed_gives_the_same_bytes(device, model):
    seeds = (5, 5, 6)
    volumes = [reconstruct(*radiograph_pair(), model, Settings(steps=3, seed=s, device=str(device))).hu for s in seeds]
    assert np.array_equal(volumes[0], volumes[1])
    assert not np.array_equal(volumes[0], volumes[2])


@pytest.mark.parametrize("mebibytes", [20, 60])
def test_too_little_memory_is_told_in_one_sentence(device, tmp_path, environment, mebibytes):
    if device.type != "cuda":
        pytest.skip(f"The memory of {device.type} cannot be made short.")
    command = [sys.executable, HERE / "short_of_memory.py", device, mebibytes, tmp_path / "ct.nrrd"]
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 3, done.stderr
    assert (
        done.stderr.strip().splitlines()[-1] == f"diff2ct: The memory of {device} does not suffice; use --device cpu."
    )
    assert not list(tmp_path.iterdir())
