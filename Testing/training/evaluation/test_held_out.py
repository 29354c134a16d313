"""Held-out cases: which scans are cut and how, and the phantoms that no training sees."""

import json
import math

import numpy as np
import SimpleITK as sitk
from prepare_ct import BONE_HU, ct_image

from training.data import CACHE_GRID, TrainingCase
from training.evaluation import held_out


def test_held_out_scans_are_cut_along_their_spines_and_others_are_left_alone(tmp_path):
    image = ct_image(spacing=(4.0, 4.0, 4.0), height_mm=400.0, padding=-1000.0)
    sitk.WriteImage(image, str(tmp_path / "scan.nii.gz"))
    line = [[-10.0, 30.0, float(height)] for height in range(320, 700, 20)]  # RAS, on the body's axis
    (tmp_path / "scan.json").write_text(json.dumps({"centreline_ras_mm": line}))
    sections = {"training": [{"image": "gone.nii.gz", "patient": "a"}], "validation": [], "test": ["scan.nii.gz"]}
    (tmp_path / "datalist.json").write_text(json.dumps(sections))
    found = held_out.find_cases(tmp_path, tmp_path / "cut", crops=1)
    assert [path.name for path in found["real"]] == ["real-scan-0.npz"]
    volume = TrainingCase.load(found["real"][0]).volume
    bone = np.argwhere(volume == round(BONE_HU))
    # The vertebral bodies are in the middle of the volume, unturned: the same in each slice, but for rounding.
    assert np.abs(np.median(bone, axis=0)[1:] - 63.5).max() < 12.0
    assert np.abs(volume[volume.shape[0] // 2] - volume[volume.shape[0] // 2 + 3]).max() <= 1


def test_a_held_out_phantom_is_drawn_whole_and_its_seed_is_never_a_training_seed(tmp_path):
    (path,) = held_out.held_out_phantoms(1, tmp_path)
    case = TrainingCase.load(path)
    assert case.name == f"phantom-{held_out.TEST_SEED}"
    assert case.volume.shape == CACHE_GRID.shape
    assert case.images.shape[:2] == (1, 2)
    assert 0.01 < (case.volume > 200).mean() < 0.3
    written = path.stat().st_mtime_ns
    assert held_out.held_out_phantoms(1, tmp_path) == [path]
    assert path.stat().st_mtime_ns == written
    assert math.isfinite(float(case.images.max()))
