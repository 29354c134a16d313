"""A CT comes in from any format and orientation, lands where the patient is, and is refused when it is none."""

import numpy as np
import pytest
import SimpleITK as sitk
from ct_files import ramp_hu, ramp_image, rotation, write_series

from Diff2CTCore.ct import read_ct, resample_ct
from Diff2CTCore.ct.reading import ct_from_image
from Diff2CTCore.errors import VolumeError
from Diff2CTCore.geometry import VolumeGrid

MIDDLE = (10.0, -20.0, 30.0)
DIRECTIONS = {
    "LPS": np.eye(3),
    "RAS": np.diag([-1.0, -1.0, 1.0]),
    "mirrored": np.diag([1.0, -1.0, 1.0]),
    "sagittal": np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]),
    "oblique": rotation((1.0, 2.0, 3.0), 25.0),
}
# Unequal axes, so that a swap of two of them shows.
GRID = VolumeGrid((12, 10, 8), 2.0)


def assert_ramp(ct, tolerance_hu):
    """The ramp is where the patient's frame has it, on a grid well inside the scan."""
    centre = np.add(MIDDLE, (1.3, -2.1, 0.7))
    index = np.stack(np.meshgrid(*(np.arange(n) for n in GRID.shape), indexing="ij"), axis=-1)
    expected = ramp_hu(GRID.index_to_ras_mm(index) + centre)
    np.testing.assert_allclose(resample_ct(ct, GRID, centre), expected, atol=tolerance_hu)


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
@pytest.mark.parametrize("extension", [".nrrd", ".nii.gz", ".mha"])
def test_every_voxel_lands_where_the_patient_is(tmp_path, direction, extension):
    path = tmp_path / f"ct{extension}"
    sitk.WriteImage(ramp_image(direction, dtype=np.int16), str(path))
    assert_ramp(read_ct(path), tolerance_hu=0.6)


@pytest.mark.parametrize("name", ["LPS", "sagittal", "oblique"])
def test_a_folder_of_dicom_slices_is_read_in_place_and_in_hu(tmp_path, name):
    write_series(tmp_path / "a" / "series", ramp_image(DIRECTIONS[name], dtype=np.int16))
    (tmp_path / "a" / "notes.txt").write_text("no slice")
    ct = read_ct(tmp_path)
    assert_ramp(ct, tolerance_hu=0.6)
    assert ct.provenance["slices"] == 30


def test_outside_of_the_scan_there_is_air():
    ct = ct_from_image(ramp_image(), "ramp")
    far = resample_ct(ct, GRID, (500.0, 0.0, 0.0))
    assert (far == -1000.0).all()
    # The scan reaches 40 mm to the patient's right of its middle: a grid about that face is half air.
    face = resample_ct(ct, VolumeGrid((4, 4, 8), 2.0), np.add(MIDDLE, (40.0, 0.0, 0.0)))
    assert (face[:, :, :4] == -1000.0).all()
    assert (face[:, :, 4:] > -999.0).all()


def test_padding_below_air_becomes_air_before_anything_is_interpolated():
    image = ramp_image(dtype=np.int16)
    image[:, :, :4] = -3024
    ct = ct_from_image(image, "padded")
    assert sitk.GetArrayViewFromImage(ct.image).min() == -1000
    assert ct.provenance["range_before_clipping"][0] == -3024
    assert resample_ct(ct, VolumeGrid((64, 8, 8), 2.0), MIDDLE).min() == -1000.0


def test_fine_detail_is_averaged_and_not_aliased_on_a_coarse_grid():
    stripes = np.where(np.arange(96) % 2, 290.0, -90.0)[:, None, None] * np.ones((96, 32, 32))
    stripes[:, :4] = -1000.0
    image = sitk.GetImageFromArray(stripes)
    image.SetSpacing((1.0, 1.0, 1.0))
    ct = ct_from_image(image, "stripes")
    coarse = resample_ct(ct, VolumeGrid((16, 4, 4), 4.0), ct.middle_ras_mm())
    np.testing.assert_allclose(coarse, 100.0, atol=5.0)


def test_the_middle_and_the_corners_are_those_of_the_scanned_box():
    ct = ct_from_image(ramp_image(DIRECTIONS["RAS"]), "ramp")
    np.testing.assert_allclose(ct.middle_ras_mm(), MIDDLE)
    np.testing.assert_allclose(np.ptp(ct.corners_ras_mm(), axis=0), (80.0, 90.0, 90.0))


def test_integers_stay_integers_and_a_volume_in_a_list_of_one_is_taken():
    single = sitk.JoinSeries([ramp_image(dtype=np.int16)])
    ct = ct_from_image(single, "4D with one volume")
    assert ct.image.GetDimension() == 3
    assert ct.image.GetPixelID() == sitk.sitkInt16


def changed(change):
    array = sitk.GetArrayFromImage(ramp_image())
    return sitk.GetImageFromArray(change(array))


def with_nan(array):
    array[3, 3, 3] = np.nan
    return array


def spaced(first_mm):
    """The ramp with another spacing along its first axis."""
    image = ramp_image()
    image.SetSpacing((first_mm, *image.GetSpacing()[1:]))
    return image


@pytest.mark.parametrize(
    ("image", "sentence"),
    [
        (changed(with_nan), "not finite"),
        (changed(np.zeros_like), "same value"),
        (changed(lambda a: (a > 0).astype(float)), "not a CT in Hounsfield units"),
        (changed(lambda a: np.clip(a + 1024, 0, 4095)), "not a CT in Hounsfield units"),
        (changed(lambda a: a[:4]), "at least 16"),
        (changed(lambda a: a[0]), "2 dimensions"),
        (spaced(5.9e-39), "voxel spacing of 5.9e-39 x "),
        (spaced(30.0), "voxel spacing of 30 x "),
        (sitk.Compose(ramp_image(), ramp_image()), "2 values per voxel"),
        (sitk.JoinSeries([ramp_image(), ramp_image()]), "4 dimensions"),
    ],
)
def test_what_is_no_ct_in_hu_is_refused_in_one_sentence(image, sentence):
    with pytest.raises(VolumeError, match=sentence):
        ct_from_image(image, "scan")


@pytest.mark.parametrize("extension", [".nrrd", ".nii.gz", ".nii", ".mha"])
def test_a_file_that_was_cut_short_is_refused(tmp_path, extension):
    path = tmp_path / f"cut{extension}"
    sitk.WriteImage(ramp_image(dtype=np.int16), str(path))
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(VolumeError, match="cut short"):
        read_ct(path)


def test_files_that_cannot_be_read_are_refused(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"x")
    (tmp_path / "text.nrrd").write_text("not an image")
    (tmp_path / "text.nii.gz").write_text("not an image")
    (tmp_path / "empty").mkdir()
    for name, sentence in (
        ("picture.png", "not a CT volume"),
        ("text.nrrd", "cannot be read"),
        ("text.nii.gz", "cannot be read"),
        ("missing.nrrd", "does not exist"),
        ("empty", "holds no CT slices"),
    ):
        with pytest.raises(VolumeError, match=sentence):
            read_ct(tmp_path / name)
