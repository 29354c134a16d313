"""One scan: geometry, table, padding, labels, spine, remarks and refusals, against the shapes it was made of."""

from __future__ import annotations

import json
import math
import os

import numpy as np
import pytest
import SimpleITK as sitk
from prepare_ct import (
    BODY_RADII_MM,
    BONE_HU,
    MUSCLE_HU,
    SPINE_MM,
    ct_image,
    vertebra_label,
    write,
    write_dicom,
)

from training.prepare.case import prepare_case, settings_of
from training.prepare.layouts import find_scans
from training.prepare.spine_centreline import spine_centreline

AXIS_LPS = (10.0, -30.0)


def prepare(source, cache, spacing=2.0):
    cache.mkdir(exist_ok=True)
    (scan,) = find_scans(source)
    return prepare_case(scan, "case", cache, settings_of(spacing))


def read(cache, name="case.nii.gz"):
    image = sitk.ReadImage(str(cache / name))
    return image, sitk.GetArrayFromImage(image)


def centre_of_mass_lps(image, mask):
    index = np.argwhere(mask).mean(axis=0)[::-1]
    return np.array(image.TransformContinuousIndexToPhysicalPoint([float(value) for value in index]))


@pytest.fixture(scope="module")
def fine(tmp_path_factory):
    """A scan with the voxels of the method's published example, 0.9765 x 0.9765 x 0.8 mm, prepared at 2 mm."""
    folder = tmp_path_factory.mktemp("fine")
    write(ct_image(spacing=(0.9765, 0.9765, 0.8)), folder / "scans" / "fine.nii.gz")
    outcome = prepare(folder / "scans", folder / "cache")
    assert outcome.message == ""
    return folder / "cache", outcome.card


def test_published_voxel_size_becomes_2_mm_with_shapes_in_place(fine):
    cache, card = fine
    image, hu = read(cache)
    assert image.GetSpacing() == pytest.approx((2.0, 2.0, 2.0))
    assert image.GetDirection() == pytest.approx(np.eye(3).ravel())
    assert hu.dtype == np.int16
    assert card["scan_spacing_mm"] == pytest.approx([0.9765, 0.9765, 0.8], abs=1e-4)
    # 113 planes of 0.8 mm begin half a plane below the first one's centre.
    height = round(90.0 / 0.8) * 0.8
    assert hu.shape[0] == round(height / 2.0)
    assert image.GetOrigin()[2] == pytest.approx(500.0 - 0.4 + 1.0, abs=0.3)
    body = centre_of_mass_lps(image, hu > -475)
    assert body[:2] == pytest.approx(AXIS_LPS, abs=0.4)
    volume_ml = (hu > -475).sum() * 0.008
    assert volume_ml == pytest.approx(math.pi * BODY_RADII_MM[0] * BODY_RADII_MM[1] * height / 1000.0, rel=0.02)


def test_bone_keeps_its_mass_and_its_place(fine):
    cache, _ = fine
    scan = ct_image(spacing=(0.9765, 0.9765, 0.8))
    image, hu = read(cache)
    bone = sitk.GetArrayFromImage(scan) == BONE_HU
    share = np.clip(hu - MUSCLE_HU, 0.0, None) / (BONE_HU - MUSCLE_HU)
    area_mm2 = bone[0].sum() * 0.9765**2
    assert share.sum(axis=(1, 2)).mean() * 2.0**2 == pytest.approx(area_mm2, rel=0.015)
    in_place = centre_of_mass_lps(image, share > 0.5)
    assert in_place[:2] == pytest.approx(centre_of_mass_lps(scan, bone)[:2], abs=0.15)


def test_values_survive_the_change_of_voxel_size(fine):
    cache, _ = fine
    image, hu = read(cache)
    column, row, _ = image.TransformPhysicalPointToIndex((AXIS_LPS[0], AXIS_LPS[1] + SPINE_MM, 540.0))
    assert np.abs(hu[5:-5, row, column] - BONE_HU).max() <= 1
    column, row, _ = image.TransformPhysicalPointToIndex((AXIS_LPS[0] + 50.0, AXIS_LPS[1], 540.0))
    assert np.abs(hu[5:-5, row, column] - MUSCLE_HU).max() <= 1


def test_table_and_padding_become_air(fine):
    cache, _ = fine
    image, hu = read(cache)
    y, x = np.meshgrid(*(np.arange(count) for count in hu.shape[1:]), indexing="ij")
    left = image.GetOrigin()[0] + 2.0 * x - AXIS_LPS[0]
    back = image.GetOrigin()[1] + 2.0 * y - AXIS_LPS[1]
    outside = (left / (BODY_RADII_MM[0] + 9)) ** 2 + (back / (BODY_RADII_MM[1] + 9)) ** 2 > 1.0
    assert (hu[:, outside] == -1000).all()
    assert (hu[:, back > BODY_RADII_MM[1] + 4] == -1000).all()
    assert hu.min() == -1000


def test_dicom_and_volume_of_the_same_scan_agree(tmp_path):
    image = ct_image(padding=-3024.0)
    write(image, tmp_path / "volume" / "a.nrrd")
    write_dicom(sitk.Clamp(image, lowerBound=-1024), tmp_path / "dicom", "LIDC-IDRI-0001")
    first = prepare(tmp_path / "volume", tmp_path / "one")
    second = prepare(tmp_path / "dicom", tmp_path / "two")
    assert (second.message, second.card["patient"]) == ("", "LIDC-IDRI-0001")
    assert second.card["sha256_of_voxels"] == first.card["sha256_of_voxels"]


@pytest.mark.parametrize("orientation", ["PIR", "ASL", "RAI"])
def test_stored_orientation_does_not_matter(tmp_path, orientation):
    image = ct_image()
    write(image, tmp_path / "lps" / "a.nii.gz")
    write(sitk.DICOMOrient(image, orientation), tmp_path / "other" / "a.nii.gz")
    cards = [prepare(tmp_path / name, tmp_path / f"cache-{name}").card for name in ("lps", "other")]
    arrays = [read(tmp_path / f"cache-{name}")[1] for name in ("lps", "other")]
    assert cards[0]["centreline_ras_mm"] == cards[1]["centreline_ras_mm"]
    assert np.abs(arrays[0].astype(int) - arrays[1]).max() <= 1


def test_interleaved_acquisitions_become_two_scans(tmp_path):
    image = ct_image()
    write_dicom(sitk.Clamp(image, lowerBound=-1024), tmp_path / "s", "P", acquisition=1)
    write_dicom(sitk.Clamp(image - 40, lowerBound=-1024), tmp_path / "s", "P", acquisition=2)
    medians = []
    for scan in find_scans(tmp_path / "s"):
        outcome = prepare_case(scan, scan.case_name(), tmp_path, settings_of(3.0))
        assert outcome.message == ""
        _, hu = read(tmp_path, outcome.card["image"])
        medians.append(np.median(hu[hu > -400]))
    assert medians == [MUSCLE_HU, MUSCLE_HU - 40]


def test_a_tilted_gantry_is_refused(tmp_path):
    write_dicom(sitk.Clamp(ct_image(), lowerBound=-1024), tmp_path / "s", "P", tilt_mm=1.0)
    outcome = prepare(tmp_path / "s", tmp_path / "cache")
    assert outcome.card is None
    assert "tilt" in outcome.message


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
