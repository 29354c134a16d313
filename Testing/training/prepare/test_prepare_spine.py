"""The spine of a scan: labels of its vertebrae, and the line through their bodies."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk
from prepare_ct import AXIS_LPS, BONE_HU, MUSCLE_HU, SPINE_MM, ct_image, vertebra_label, write
from prepared_case import prepare, read

from training.prepare.spine_centreline import spine_centreline


def test_vertebra_labels_stay_on_the_bone(tmp_path):
    image = ct_image(spacing=(1.5, 1.5, 2.5))
    write(image, tmp_path / "rawdata" / "sub-verse004" / "sub-verse004_ct.nii.gz")
    mask = sitk.DICOMOrient(vertebra_label(image, 22), "PIR")
    write(mask, tmp_path / "derivatives" / "sub-verse004" / "sub-verse004_seg-vert_msk.nii.gz")
    outcome = prepare(tmp_path, tmp_path / "cache")
    _, hu = read(tmp_path / "cache")
    _, label = read(tmp_path / "cache", outcome.card["label"])
    assert outcome.card["levels"] == [22]
    bone = hu > (BONE_HU + MUSCLE_HU) / 2
    dice = 2 * (bone & (label == 22)).sum() / (bone.sum() + (label == 22).sum())
    assert dice > 0.95


def test_totalsegmentator_masks_become_one_map_with_verse_numbers(tmp_path):
    image = ct_image()
    mask = vertebra_label(image, 1)
    lower, upper = mask * 1, mask * 1
    lower[:, :, 15:] = 0
    upper[:, :, :15] = 0
    write(image, tmp_path / "s0011" / "ct.nii.gz")
    for name, part in {"vertebrae_L5": lower, "vertebrae_L4": upper, "aorta": mask, "vertebrae_C1": mask * 0}.items():
        write(part, tmp_path / "s0011" / "segmentations" / f"{name}.nii.gz")
    outcome = prepare(tmp_path, tmp_path / "cache")
    _, label = read(tmp_path / "cache", outcome.card["label"])
    assert outcome.card["levels"] == [23, 24]
    assert np.argwhere(label == 24)[:, 0].mean() < np.argwhere(label == 23)[:, 0].mean()


def test_a_label_of_another_scan_is_refused(tmp_path):
    write(ct_image(), tmp_path / "a.nii.gz")
    write(vertebra_label(ct_image(origin=(10.0, -30.0, 900.0))), tmp_path / "a_seg.nii.gz")
    assert "marks nothing within the scan" in prepare(tmp_path, tmp_path / "cache").message


@pytest.mark.parametrize("bend_mm", [0.0, 25.0])
def test_centreline_follows_the_vertebral_bodies(tmp_path, bend_mm):
    write(ct_image(spacing=(2.0, 2.0, 2.0), height_mm=200.0, bend_mm=bend_mm), tmp_path / "a.nii.gz")
    card = prepare(tmp_path, tmp_path / "cache").card
    line = np.array(card["centreline_ras_mm"])
    assert len(line) >= 19
    assert np.diff(line[:, 2]) == pytest.approx(10.0, abs=0.8)
    middle = 500.0 - 1.0 + 100.0
    left = AXIS_LPS[0] + bend_mm * np.cos(np.pi * (line[:, 2] - middle) / 200.0)
    assert np.abs(-line[:, 0] - left).max() < 4.0
    assert np.abs(-line[:, 1] - (AXIS_LPS[1] + SPINE_MM)).max() < 4.0


def test_no_centreline_where_there_is_no_spine():
    hu = np.full((40, 60, 80), -1000, np.int16)
    assert spine_centreline(hu, 3.0, (0.0, 0.0, 0.0)) is None
    hu[:, 10:50, 10:70] = 50
    assert spine_centreline(hu, 3.0, (0.0, 0.0, 0.0)) is None


def test_a_scan_without_spine_is_kept_with_a_remark(tmp_path):
    image = sitk.Clamp(ct_image(), upperBound=60.0)
    image[35, 20, 10] = 200.0
    write(image, tmp_path / "a.nii.gz")
    card = prepare(tmp_path, tmp_path / "cache").card
    assert card["centreline_ras_mm"] is None
    assert "no spine found" in card["flags"]
