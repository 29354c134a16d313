"""Numbers of an unlikely size: grey levels that single precision would lose, and spacings in another unit."""

import numpy as np
import pytest
from hand_written_images import nrrd
from radiograph_files import dicom, pattern
from refusal import refuse, write

from Diff2CTCore.errors import GeometryError
from Diff2CTCore.radiograph import read_radiograph, view_geometry

PLAIN = {"kinds": None, "space": None, "space directions": None, "space origin": None}


@pytest.mark.parametrize("rescale", [(1, 1e9), (-0.001, 30_000_000)])
def test_a_rescale_in_which_grey_levels_would_be_lost_is_refused(tmp_path, rescale):
    slope, intercept = rescale
    path = dicom(tmp_path / "a.dcm", modality="CR", RescaleSlope=slope, RescaleIntercept=intercept)
    refuse(path, "would be lost.*RescaleIntercept")


@pytest.mark.parametrize(("slope", "intercept"), [(1e-9, 0), (1e20, 0), (0.1, -1024), (1, 20_000)])
def test_any_other_rescale_gives_the_values_of_the_file(tmp_path, slope, intercept):
    path = dicom(tmp_path / "a.dcm", modality="CR", RescaleSlope=slope, RescaleIntercept=intercept)
    read = read_radiograph(path)
    truth = pattern().astype(float) * slope + intercept
    np.testing.assert_allclose(np.diff(read.pixels, axis=0), np.diff(truth, axis=0), atol=2e-6 * np.abs(truth).max())


@pytest.mark.parametrize("filler", [False, True])
def test_values_far_from_zero_in_a_plain_image_are_refused_with_a_filler_and_without(tmp_path, filler):
    values = pattern().astype(np.float64) + 1e12
    if filler:
        values[:2] = 0.0
    path = write(tmp_path / "a.nrrd", nrrd(values.astype(np.float32), data=values.tobytes(), type="double", **PLAIN))
    refuse(path, "would be lost")


def test_whole_numbers_of_many_bits_that_use_their_range_are_read(tmp_path):
    values = pattern(bits=16).astype(np.uint32) << 16
    path = write(tmp_path / "a.nrrd", nrrd(values.astype(np.float32), data=values.tobytes(), type="uint32", **PLAIN))
    np.testing.assert_array_equal(read_radiograph(path).pixels, values)


@pytest.mark.parametrize("intercept", [-1024, 0, 1000])
def test_an_intercept_does_not_bend_what_is_linear_in_the_intensity(tmp_path, intercept):
    path = dicom(
        tmp_path / "a.dcm",
        PhotometricInterpretation="MONOCHROME1",
        PixelIntensityRelationship="LIN",
        PixelIntensityRelationshipSign=1,
        RescaleSlope=1,
        RescaleIntercept=intercept,
    )
    truth = np.log(4095.0 / np.maximum(pattern(), 0.5))
    np.testing.assert_allclose(read_radiograph(path).pixels, truth, atol=1e-5)


@pytest.mark.parametrize("spacing", [194.0, 0.000194])
def test_a_spacing_in_another_unit_is_refused_from_file_and_user_alike(tmp_path, spacing):
    stated = read_radiograph(dicom(tmp_path / "a.dcm", ImagerPixelSpacing=[spacing, spacing]))
    silent = read_radiograph(dicom(tmp_path / "b.dcm"))
    for read, chosen in ((stated, {}), (silent, {"pixel_spacing_mm": spacing})):
        with pytest.raises(GeometryError, match="mm large; a side has 1 to 5000 mm"):
            view_geometry(read, view="AP", **chosen)


@pytest.mark.parametrize(("aspect", "told"), [([2, 1], True), ([1, 1], False), ([4, 3], False), ([0, 0], False)])
def test_an_aspect_that_contradicts_the_spacing_is_told(tmp_path, aspect, told):
    spacing = [0.4, 0.3] if aspect == [4, 3] else [0.2, 0.2]
    read = read_radiograph(dicom(tmp_path / "a.dcm", ImagerPixelSpacing=spacing, PixelAspectRatio=aspect))
    assert read.pixel_spacing_mm == tuple(spacing)
    assert any("PixelAspectRatio contradicts" in item.why for item in read.assumptions) is told
