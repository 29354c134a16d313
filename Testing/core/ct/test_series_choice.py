"""A folder with several volumes in it needs a choice, and what was chosen is what is read."""

import numpy as np
import pytest
import SimpleITK as sitk
from ct_files import block_image, enhanced_ct, ramp_image, save_slices, series_datasets, write_series
from pydicom.dataset import Dataset

from Diff2CTCore.ct import read_ct, resample_ct
from Diff2CTCore.errors import VolumeError
from Diff2CTCore.geometry import VolumeGrid

MIDDLE = (10.0, -20.0, 30.0)


def two_acquisitions(folder, numbers):
    """Slices of the ramp, of which those of acquisition 2 hold the ramp 200 HU lower."""
    image = ramp_image(size=(20, 20, 40), dtype=np.int16)
    array = sitk.GetArrayFromImage(image)
    array[np.array(numbers) == 2] -= 200
    darker = sitk.GetImageFromArray(array)
    darker.CopyInformation(image)
    write_series(folder, darker, acquisitions=numbers)
    return image


def test_interleaved_acquisitions_are_never_mixed(tmp_path):
    two_acquisitions(tmp_path, [1 + index % 2 for index in range(40)])
    with pytest.raises(VolumeError, match=r"interleaves several acquisitions: 1 \(20 slices\), 2 \(20 slices\)"):
        read_ct(tmp_path)
    first, second = (read_ct(tmp_path, acquisition=number) for number in (1, 2))
    # Each acquisition has every other slice, so its slices are twice as far apart.
    assert first.image.GetSpacing()[2] == pytest.approx(6.0)
    here = VolumeGrid((4, 4, 4), 2.0)
    difference = resample_ct(second, here, MIDDLE) - resample_ct(first, here, MIDDLE)
    np.testing.assert_allclose(difference, -200.0, atol=1.5)
    with pytest.raises(VolumeError, match="no acquisition 7"):
        read_ct(tmp_path, acquisition=7)


def test_acquisitions_one_after_the_other_make_one_volume(tmp_path):
    image = ramp_image(size=(20, 20, 40), dtype=np.int16)
    write_series(tmp_path, image, acquisitions=[1] * 20 + [2] * 20)
    assert read_ct(tmp_path).image.GetSize() == (20, 20, 40)


def test_several_series_need_a_choice_and_scouts_do_not_count(tmp_path):
    image = ramp_image(dtype=np.int16)
    write_series(tmp_path / "a", image, number=3)
    write_series(tmp_path / "scout", image, number=1, image_type=("ORIGINAL", "PRIMARY", "LOCALIZER"))
    assert_same(read_ct(tmp_path), image)
    write_series(tmp_path / "b", image - 100, number=4)
    with pytest.raises(VolumeError, match=r"number 3 with 30 slices.*number 4 with 30 slices"):
        read_ct(tmp_path)
    assert_same(read_ct(tmp_path, series="3"), image)
    assert_same(read_ct(tmp_path, series="4"), image - 100)
    with pytest.raises(VolumeError, match="no CT series 9"):
        read_ct(tmp_path, series="9")


def assert_same(ct, image):
    np.testing.assert_array_equal(*map(sitk.GetArrayFromImage, (ct.image, image)))
    np.testing.assert_allclose(ct.image.GetOrigin(), image.GetOrigin(), atol=1e-4)


def test_a_single_file_has_no_series_to_choose(tmp_path):
    sitk.WriteImage(block_image(), str(tmp_path / "ct.nrrd"))
    with pytest.raises(VolumeError, match="one file, so there is no series"):
        read_ct(tmp_path / "ct.nrrd", series="3")


KINDS = [
    ("TemporalPositionIdentifier", (1, 2)),
    ("NominalPercentageOfCardiacPhase", (25, 75)),
    ("KVP", (80, 140)),
    ("ConvolutionKernel", ("B30f", "B70f")),
    ("ReconstructionDiameter", (250, 350)),
    ("ImageType", (["DERIVED", "PRIMARY", "AXIAL", "MONO_40"], ["DERIVED", "PRIMARY", "AXIAL", "MONO_70"])),
]


def taking_turns(keyword, values, period=1):
    slices = series_datasets(ramp_image(size=(40, 36, 20), dtype=np.int16))
    for number, data in enumerate(slices):
        setattr(data, keyword, values[number // period % len(values)])
    return slices


@pytest.mark.parametrize(("keyword", "values"), KINDS)
@pytest.mark.parametrize("period", [1, 3])
def test_phases_and_kernels_that_take_turns_are_never_one_volume(tmp_path, keyword, values, period):
    save_slices(tmp_path, taking_turns(keyword, values, period))
    with pytest.raises(VolumeError, match=f"several volumes, which take turns in {keyword}; export one of them"):
        read_ct(tmp_path)


def test_phases_of_an_enhanced_file_that_take_turns_are_never_one_volume(tmp_path):
    data = enhanced_ct(series_datasets(ramp_image(size=(40, 36, 20), dtype=np.int16)))
    for number, frame in enumerate(data.PerFrameFunctionalGroupsSequence):
        time = Dataset()
        time.TemporalPositionTimeOffset = float(number % 2)
        frame.TemporalPositionSequence = [time]
    save_slices(tmp_path, [data])
    with pytest.raises(VolumeError, match="take turns in TemporalPositionTimeOffset"):
        read_ct(tmp_path)


@pytest.mark.parametrize(
    ("keyword", "values", "period"),
    [
        ("KVP", ("120", "120.0"), 1),
        ("KVP", (80, 140), 10),
        ("TriggerTime", (10, 20), 1),
        ("XRayTubeCurrent", (200, 210), 1),
        ("ContentTime", ("101500", "101501"), 1),
        ("TemporalPositionIdentifier", range(1, 21), 1),
        ("ImageType", (["ORIGINAL", "PRIMARY", "AXIAL"], ["DERIVED", "SECONDARY", "AXIAL"]), 1),
    ],
)
def test_what_is_measured_anew_for_each_slice_or_is_the_same_is_no_obstacle(tmp_path, keyword, values, period):
    save_slices(tmp_path, taking_turns(keyword, values, period))
    assert read_ct(tmp_path).provenance["slices"] == 20
