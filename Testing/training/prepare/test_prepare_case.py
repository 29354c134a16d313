"""One scan: geometry, table, padding and series, against the shapes it was made of."""

from __future__ import annotations

import math

import numpy as np
import pytest
import SimpleITK as sitk
from prepare_ct import AXIS_LPS, BODY_RADII_MM, BONE_HU, MUSCLE_HU, SPINE_MM, ct_image, write, write_dicom
from prepared_case import prepare, read

from training.prepare.case import prepare_case, settings_of
from training.prepare.layouts import find_scans


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


def test_a_scan_with_a_tilted_gantry_is_straightened(tmp_path):
    # Upright in its slices, each of which lies 1 mm further to the back than the one 3 mm below.
    write_dicom(sitk.Clamp(ct_image(), lowerBound=-1024), tmp_path / "s", "P", tilt_mm=1.0)
    line = np.array(prepare(tmp_path / "s", tmp_path / "cache").card["centreline_ras_mm"])
    assert np.polyfit(line[:, 2], line[:, 1], 1)[0] == pytest.approx(-1 / 3, abs=0.04)


def test_a_series_whose_headers_cannot_be_read_is_told_and_not_passed_over(tmp_path):
    write_dicom(sitk.Clamp(ct_image(), lowerBound=-1024), tmp_path / "s", "P")
    number = b"\x20\x00\x12\x00IS\x02\x00"
    for path in (tmp_path / "s").iterdir():
        path.write_bytes(path.read_bytes().replace(number + b"1 ", number + b"A1"))
    (scan,) = find_scans(tmp_path / "s")
    outcome = prepare_case(scan, scan.case_name(), tmp_path, settings_of(3.0))
    assert outcome.card is None
    assert "The AcquisitionNumber of" in outcome.message
