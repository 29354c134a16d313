"""Where the tests of a GPU run: on CUDA, or wherever DIFF2CT_TEST_DEVICE says, which shows that they work as code."""

import os
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).resolve().parents[2]
# Nothing needs to be installed but PyTorch, NumPy, SciPy, safetensors and tqdm.
PATHS = [str(ROOT), *(str(ROOT / "Testing" / name) for name in ("core", "training"))]
sys.path[:0] = PATHS


@pytest.fixture(scope="session")
def device() -> torch.device:
    """The device to be compared with the CPU."""
    name = os.environ.get("DIFF2CT_TEST_DEVICE", "cuda")
    if name.startswith("cuda") and not torch.cuda.is_available():
        pytest.skip("PyTorch finds no CUDA GPU on this machine; these tests compare one with the CPU.")
    return torch.device(name)


@pytest.fixture(scope="session")
def environment() -> dict[str, str]:
    """Environment variables of a process that is started from a test."""
    paths = [*PATHS, *filter(None, [os.environ.get("PYTHONPATH")])]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


@pytest.fixture
def true_float32():
    """Convolutions round as on the CPU; by default PyTorch lets a GPU's use TF32."""
    with torch.backends.cudnn.flags(enabled=True, allow_tf32=False):
        yield
