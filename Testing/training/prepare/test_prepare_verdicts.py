"""What is said of a scan: remarks, refusals, and whether an earlier result still holds."""

from __future__ import annotations

import json
import os

import numpy as np
import pytest
import SimpleITK as sitk
from prepare_ct import ct_image, write, write_dicom
from prepared_case import prepare


def test_a_plain_scan_has_no_remarks(tmp_path):
    write(ct_image(), tmp_path / "a.nii.gz")
    assert prepare(tmp_path, tmp_path / "cache").card["flags"] == []


def test_a_bright_vessel_is_remarked_as_contrast_agent(tmp_path):
    write(ct_image(vessel_hu=300.0), tmp_path / "a.nii.gz")
    assert prepare(tmp_path, tmp_path / "cache").card["flags"] == ["contrast agent"]


def test_contrast_agent_named_in_the_file_is_remarked(tmp_path):
    image = sitk.Clamp(ct_image(), lowerBound=-1024)
    write_dicom(image, tmp_path / "s", "P", ContrastBolusAgent="Iomeprol")
    assert prepare(tmp_path / "s", tmp_path / "cache").card["flags"] == ["contrast agent"]


def test_saturation_and_thick_slices_are_remarked(tmp_path):
    image = ct_image(spacing=(3.0, 3.0, 5.5))
    image[35:37, 41:43, :] = 1023.0
    write(image, tmp_path / "a.nii.gz")
    assert prepare(tmp_path, tmp_path / "cache").card["flags"] == ["saturated at 1023 HU", "slices of 5.5 mm"]


def test_a_body_cut_off_at_the_side_is_remarked(tmp_path):
    write(ct_image()[20:, :, :], tmp_path / "a.nii.gz")
    assert "body cut off at the side" in prepare(tmp_path, tmp_path / "cache").card["flags"]


def test_a_tight_crop_without_any_air_is_prepared_whole(tmp_path):
    image = ct_image(spacing=(2.0, 2.0, 2.0))[30:76, 28:78, :]
    image[:, :4, :] = -100.0
    write(image, tmp_path / "a.nii.gz")
    outcome = prepare(tmp_path, tmp_path / "cache")
    assert outcome.card["size"] == [46, 50, 45]
    assert outcome.card["flags"] == ["body cut off at the side"]


@pytest.mark.parametrize(
    "values",
    [
        lambda hu: hu + 1024.0,  # rescale intercept forgotten, padding clipped
        lambda hu: (hu + 1000.0) / 2000.0 * 255.0,  # a windowed picture
        lambda hu: np.where(hu < -1000.0, -2000.0, hu + 1024.0),  # intercept forgotten, padding kept
        lambda hu: np.full_like(hu, -1000.0),  # nothing
    ],
)
def test_values_that_are_not_hounsfield_units_are_refused(tmp_path, values):
    image = ct_image()
    hu = sitk.GetArrayFromImage(image)
    changed = sitk.GetImageFromArray(np.maximum(values(hu), -2000.0).astype(np.float32))
    changed.CopyInformation(image)
    if changed[0, 0, 0] > -1024.0:
        changed = sitk.Clamp(changed, lowerBound=0.0)
    write(changed, tmp_path / "a.nii.gz")
    outcome = prepare(tmp_path, tmp_path / "cache")
    assert outcome.card is None
    assert outcome.message.endswith(".")
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("extension", [".nii.gz", ".nii", ".nrrd", ".mha"])
def test_a_file_that_is_cut_short_is_refused(tmp_path, extension):
    path = write(ct_image(), tmp_path / f"a{extension}")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 5])
    assert "cannot be read" in prepare(tmp_path, tmp_path / "cache").message


def test_an_unchanged_case_is_reused_and_a_changed_one_made_anew(tmp_path):
    path = write(ct_image(), tmp_path / "in" / "a.nii.gz")
    cache = tmp_path / "cache"
    assert not prepare(tmp_path / "in", cache).reused
    made = (cache / "case.nii.gz").stat().st_mtime_ns
    assert prepare(tmp_path / "in", cache).reused
    assert (cache / "case.nii.gz").stat().st_mtime_ns == made
    assert not prepare(tmp_path / "in", cache, spacing=3.0).reused
    (cache / "case.nii.gz").unlink()
    assert not prepare(tmp_path / "in", cache, spacing=3.0).reused
    os.utime(path, ns=(made, made + 10**9))
    assert not prepare(tmp_path / "in", cache, spacing=3.0).reused


def test_a_scan_that_became_bad_leaves_no_card_behind(tmp_path):
    path = write(ct_image(), tmp_path / "in" / "a.nii.gz")
    assert prepare(tmp_path / "in", tmp_path / "cache").card
    path.write_bytes(b"no volume")
    assert prepare(tmp_path / "in", tmp_path / "cache").card is None
    assert not (tmp_path / "cache" / "case.json").exists()


def test_card_is_plain_json_without_names(tmp_path):
    write_dicom(sitk.Clamp(ct_image(), lowerBound=-1024), tmp_path / "s", "MRN-4711", identity_removed=False)
    prepare(tmp_path / "s", tmp_path / "cache")
    text = (tmp_path / "cache" / "case.json").read_text()
    assert json.loads(text)["patient"].startswith("patient-")
    assert "4711" not in text
    assert "Somebody" not in text
