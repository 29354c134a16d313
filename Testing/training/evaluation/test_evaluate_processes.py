"""An evaluation in several processes."""

import json
import shutil

import pytest
from small_model import save_small_model

from training import evaluate


def test_processes_give_the_same_numbers_as_one(made_cases, tmp_path):
    shutil.copytree(made_cases, tmp_path / "cases", ignore=shutil.ignore_patterns("real-*"))
    model = save_small_model(tmp_path / "small")
    command = ["--cases", str(tmp_path / "cases"), "--models", str(model), "--steps", "3"]
    found = []
    for workers in ("1", "2"):
        out = tmp_path / workers
        given = ["--workers", workers, "--cache", str(tmp_path / f"cache-{workers}"), "-o", str(out)]
        assert evaluate.main([*command, *given]) == 0
        found.append(json.loads((out / "evaluation.json").read_text())["phantom"]["small"])
    alone, together = found
    compared = set(alone) - {"seconds", "peak_memory_mib", "level_profile", "spine_dice", "block_pattern"}
    assert compared >= {"ssim_body", "mae_hu", "bone_dice", "reprojection_error", "frechet", "network_evaluations"}
    for name in compared:
        assert together[name]["mean"] == pytest.approx(alone[name]["mean"], rel=1e-4), name
