"""A volume file holds what was computed, whatever its name and the process's surroundings, or is not written."""

import hashlib
import os

import numpy as np
import pytest
import SimpleITK as sitk

from Diff2CTCore.errors import OutputError, VolumeError
from Diff2CTCore.geometry import VolumeGrid
from Diff2CTCore.storage import VOLUME_EXTENSIONS, check_output_path, hu_to_int16, sha256_of_voxels, write_volume

GRID = VolumeGrid((3, 4, 5), 1.25)
VOLUME = np.arange(60, dtype=np.int16).reshape(GRID.shape) - 7


@pytest.mark.parametrize("ending", [".NRRD", ".Nrrd", ".NII.GZ", ".nii.Gz", ".Nii", ".MHA", ".Mha"])
def test_an_ending_in_capitals_is_the_same_format_under_the_name_that_was_asked_for(tmp_path, ending):
    write_volume(tmp_path / f"CT{ending}", VOLUME, GRID, (1.0, 2.0, 3.0))
    assert os.listdir(tmp_path) == [f"CT{ending}"]
    # The reader, in its turn, goes by the ending.
    (tmp_path / f"CT{ending}").rename(tmp_path / f"ct{ending.lower()}")
    image = sitk.ReadImage(str(tmp_path / f"ct{ending.lower()}"))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), VOLUME)
    assert image.GetSpacing() == pytest.approx((1.25,) * 3)
    assert image.GetOrigin() == pytest.approx((-1.0 - 2.5, -2.0 - 1.875, 3.0 - 1.25))
    assert image.GetDirection() == pytest.approx((1, 0, 0, 0, 1, 0, 0, 0, 1))


def test_both_places_of_a_nifti_file_say_the_same(tmp_path):
    image = sitk.ReadImage(str(write_volume(tmp_path / "ct.nii", VOLUME, GRID, metadata={"Diff2CT": "research"})))
    assert image.GetMetaData("qform_code") == image.GetMetaData("sform_code") == "1"
    assert image.GetMetaData("descrip") == "Diff2CT: research"
    content = (tmp_path / "ct.nii").read_bytes()
    header = np.frombuffer(content[256:328], "<f4")
    # A half turn about the third axis, the offsets, and the same as rows of a matrix.
    assert header[:6].tolist() == [0.0, 0.0, 1.0, 2.5, 1.875, -1.25]
    rows = [[-1.25, 0.0, 0.0, 2.5], [0.0, -1.25, 0.0, 1.875], [0.0, 0.0, 1.25, -1.25]]
    assert header[6:].reshape(3, 4).tolist() == rows
    assert len(content) == 352 + 2 * 60


@pytest.mark.parametrize("ending", VOLUME_EXTENSIONS)
def test_the_same_volume_gives_the_same_bytes(tmp_path, ending):
    first, second = (write_volume(tmp_path / f"{name}{ending}", VOLUME, GRID) for name in "ab")
    assert first.read_bytes() == second.read_bytes()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 32768.0, -32769.0, 1e30])
def test_what_is_no_hu_is_not_turned_into_one(value):
    with pytest.raises(VolumeError, match="-32768 to 32767"):
        hu_to_int16(np.array([0.0, value]))


@pytest.mark.parametrize(
    "volume",
    [
        VOLUME.astype(np.int32) + 40_000,
        np.full(GRID.shape, np.nan, np.float32),
        np.full(GRID.shape, 1e300),
        np.full(GRID.shape, 65_535, np.uint16),
    ],
)
def test_a_volume_that_its_file_cannot_hold_is_refused_and_the_older_one_stays(tmp_path, volume):
    path = write_volume(tmp_path / "ct.nrrd", VOLUME, GRID)
    older = path.read_bytes()
    with pytest.raises(VolumeError, match="not written"):
        write_volume(path, volume, GRID)
    assert path.read_bytes() == older
    assert os.listdir(tmp_path) == ["ct.nrrd"]


def test_the_voxels_checksum_is_that_of_little_endian_int16():
    expected = hashlib.sha256(VOLUME.astype("<i2").tobytes()).hexdigest()
    for same in (VOLUME, VOLUME.astype(">i2"), VOLUME.astype(np.float64), np.asfortranarray(VOLUME)):
        assert sha256_of_voxels(same) == expected
    assert sha256_of_voxels(VOLUME + 1) != expected


@pytest.mark.parametrize("name", ["n" * 251 + ".nrrd", "a\0b.nrrd"])
def test_a_name_that_no_file_can_have_is_refused_before_any_work(tmp_path, name):
    with pytest.raises(OutputError, match="Cannot write"):
        check_output_path(tmp_path / name)


def test_a_name_of_the_greatest_length_is_written(tmp_path):
    name = "n" * 250 + ".nrrd"
    write_volume(check_output_path(tmp_path / name), VOLUME, GRID)
    assert os.listdir(tmp_path) == [name]


def test_bytes_that_are_no_utf8_in_a_name_are_kept(tmp_path):
    name = os.fsdecode(b"caf\xe9.nii.gz")
    write_volume(tmp_path / name, VOLUME, GRID)
    assert os.listdir(os.fsencode(tmp_path)) == [b"caf\xe9.nii.gz"]
