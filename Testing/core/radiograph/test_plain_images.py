"""Radiographs from image files without radiographic tags."""

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image
from radiograph_files import pattern

from Diff2CTCore.errors import RadiographError
from Diff2CTCore.radiograph import read_radiograph, view_geometry

SPACED = [".nrrd", ".mha", ".nii", ".nii.gz"]


def write(path, array, spacing=(0.2, 0.3), vector=False):
    """Write (rows, columns[, channels]) by SimpleITK; spacing is (row, column)."""
    image = sitk.GetImageFromArray(array, isVector=vector)
    image.SetSpacing(spacing[::-1])
    sitk.WriteImage(image, str(path), useCompression=path.suffix in (".nrrd", ".mha"))
    return path


@pytest.mark.parametrize("suffix", SPACED)
@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int16, np.float32])
def test_a_medical_image_keeps_its_pixels_and_its_row_and_column_spacing(tmp_path, suffix, kind):
    stored = pattern(bits=8).astype(kind)
    read = read_radiograph(write(tmp_path / f"a{suffix}", stored))
    np.testing.assert_array_equal(read.pixels, stored)
    assert read.pixel_spacing_mm == pytest.approx((0.2, 0.3))
    assert {item.name for item in read.assumptions} == {"invert", "intensity", "pixel_spacing_mm", "rotate"}


@pytest.mark.parametrize("suffix", SPACED)
def test_a_volume_of_one_slice_is_a_radiograph(tmp_path, suffix):
    image = sitk.GetImageFromArray(pattern()[None])
    image.SetSpacing((0.3, 0.2, 1.0))
    sitk.WriteImage(image, str(tmp_path / f"a{suffix}"))
    read = read_radiograph(tmp_path / f"a{suffix}")
    np.testing.assert_array_equal(read.pixels, pattern())
    assert read.pixel_spacing_mm == pytest.approx((0.2, 0.3))


def test_a_spacing_of_exactly_one_is_no_statement(tmp_path):
    read = read_radiograph(write(tmp_path / "a.nrrd", pattern(), spacing=(1.0, 1.0)))
    assert read.pixel_spacing_mm is None
    geometry, assumptions = view_geometry(read, view="AP")
    assert geometry.pixel_spacing_mm[0] == pytest.approx(430 / 96)
    assert "1 x 1 mm" in {item.name: item.why for item in assumptions}["pixel_spacing_mm"]


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("bits", [8, 12, 16])
def test_a_picture_keeps_its_grey_values_and_states_nothing_else(tmp_path, suffix, bits):
    stored = pattern(bits=bits).astype(np.uint8 if bits == 8 else np.uint16)
    Image.fromarray(stored).save(tmp_path / f"a{suffix}", dpi=(96, 96))
    read = read_radiograph(tmp_path / f"a{suffix}")
    np.testing.assert_array_equal(read.pixels, stored)
    assert (read.pixel_spacing_mm, read.view, read.sid_mm, read.patient) == (None, None, None, None)
    assert "invert" in {item.name for item in read.assumptions}


def test_a_picture_is_inverted_within_the_range_of_its_grey_values(tmp_path):
    Image.fromarray(pattern(bits=12)).save(tmp_path / "a.png")
    read = read_radiograph(tmp_path / "a.png", invert=True)
    np.testing.assert_array_equal(read.pixels, 4095.0 - pattern(bits=12))
    assert "invert" not in {item.name for item in read.assumptions}


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P"])
def test_a_grey_picture_in_a_colour_format_is_accepted(tmp_path, mode):
    grey = pattern(bits=8).astype(np.uint8)
    Image.fromarray(grey).convert(mode).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_radiograph(tmp_path / "a.png").pixels, grey)


def test_the_content_counts_and_not_the_name(tmp_path):
    Image.fromarray(pattern()).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / "a.dcm")
    assert read_radiograph(tmp_path / "a.dcm").provenance["format"] == "PNG"


def test_a_nifti_under_another_name_is_read(tmp_path):
    write(tmp_path / "a.nii", pattern()).rename(tmp_path / "a.img")
    np.testing.assert_array_equal(read_radiograph(tmp_path / "a.img").pixels, pattern())


def test_a_nifti_written_by_another_library_is_read_in_index_order(tmp_path):
    stored = pattern().astype(np.int16)
    image = nibabel.Nifti1Image(stored.T[..., None], np.diag([0.3, 0.2, 1.0, 1.0]))
    nibabel.save(image, tmp_path / "a.nii.gz")
    read = read_radiograph(tmp_path / "a.nii.gz")
    np.testing.assert_array_equal(read.pixels, stored)
    assert read.pixel_spacing_mm == pytest.approx((0.2, 0.3))


def test_a_rotated_picture_takes_its_chosen_spacing_along(tmp_path):
    Image.fromarray(pattern()).save(tmp_path / "a.png")
    read = read_radiograph(tmp_path / "a.png", rotate=90, pixel_spacing_mm=(0.2, 0.3), view="LL")
    np.testing.assert_array_equal(read.pixels, np.rot90(pattern(), -1))
    assert (read.pixel_spacing_mm, read.view) == ((0.3, 0.2), "LL")


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_value_that_is_no_number_is_refused(tmp_path, bad):
    stored = pattern().astype(np.float32)
    stored[5, 5] = bad
    with pytest.raises(RadiographError, match="finite"):
        read_radiograph(write(tmp_path / "a.nrrd", stored))
