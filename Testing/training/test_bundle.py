"""A model as a MONAI bundle: MONAI itself verifies and runs it."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from ready_python import PROGRAM, ready_python
from small_model import save_small_model

from training import bundle

ROOT = Path(__file__).parents[2]
TENSOR = ["type", "format", "num_channels", "spatial_shape", "dtype", "value_range"]
SCHEMA = {
    # What MONAI's bundle specification requires, without its descriptions.
    "required": [
        "schema", "version", "monai_version", "pytorch_version", "numpy_version", "required_packages_version",
        "optional_packages_version", "task", "description", "authors", "copyright", "network_data_format",
    ],
    "properties": {
        "version": {"type": "string"},
        "eval_metrics": {"type": "object"},
        "references": {"type": "array"},
        "network_data_format": {
            "required": ["inputs", "outputs"],
            "additionalProperties": {
                "type": "object",
                "additionalProperties": {
                    "required": TENSOR,
                    "properties": {
                        "num_channels": {"type": "integer"},
                        "spatial_shape": {"type": "array", "items": {"type": ["string", "integer"]}},
                        "value_range": {"type": "array", "items": {"type": "number"}},
                    },
                },
            },
        },
    },
}  # fmt: skip


def monai_bundle(*arguments) -> subprocess.CompletedProcess:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [*ready_python((*PROGRAM, "monai.bundle")), "-m", "monai.bundle", *map(str, arguments)]
    return subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    place = tmp_path_factory.mktemp("bundle")
    save_small_model(place / "small")
    assert bundle.main([str(place / "small"), str(place / "bundle")]) == 0
    return place / "bundle"


def test_monai_verifies_the_metadata(folder, tmp_path):
    schema = tmp_path / "schema.json"  # MONAI would download it if it were not there
    schema.write_text(json.dumps(SCHEMA))
    found = monai_bundle("verify_metadata", "--meta_file", folder / "configs" / "metadata.json", "--filepath", schema)
    assert found.returncode == 0, found.stderr
    assert "verified with no error" in found.stdout + found.stderr


def test_monai_runs_the_bundle(folder, tmp_path):
    sample = ROOT / "Resources" / "SampleData"
    ap, lateral = sorted(sample.glob("*.dcm"))
    found = monai_bundle(
        "run", "--config_file", folder / "configs" / "inference.json", "--meta_file",
        folder / "configs" / "metadata.json", "--bundle_root", folder, "--ap", ap, "--lateral", lateral,
        "--output", tmp_path / "ct.nrrd", "--steps", 2, "--device", "cpu",
    )  # fmt: skip
    assert found.returncode == 0, found.stderr
    volume = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "ct.nrrd")))
    assert volume.shape == (32, 32, 32)
    assert np.ptp(volume) > 0


def test_a_failing_run_of_the_bundle_fails(folder, tmp_path):
    found = monai_bundle(
        "run", "--config_file", folder / "configs" / "inference.json", "--meta_file",
        folder / "configs" / "metadata.json", "--bundle_root", folder, "--ap", tmp_path / "none.dcm",
        "--lateral", tmp_path / "none.dcm", "--output", tmp_path / "ct.nrrd",
    )  # fmt: skip
    assert found.returncode == 2
    assert not (tmp_path / "ct.nrrd").exists()


def test_a_folder_that_holds_something_is_refused(folder, capsys):
    assert bundle.main([str(folder / "models"), str(folder)]) == 2
    assert "already holds something" in capsys.readouterr().err
