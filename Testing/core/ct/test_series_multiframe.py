"""An enhanced multi-frame CT is the series that its frames are."""

import numpy as np
import pytest
import SimpleITK as sitk
from ct_files import enhanced_ct, save_slices
from gantry import ball_hu, tilted_slices

from Diff2CTCore.ct import read_ct
from Diff2CTCore.errors import VolumeError

GROUPS = "PerFrameFunctionalGroupsSequence"


def groups(data):
    return data.PerFrameFunctionalGroupsSequence


def content(frame):
    return frame.FrameContentSequence[0]


def save(folder, *datasets):
    save_slices(folder, datasets)
    return folder


@pytest.mark.parametrize("tilt_deg", [0.0, 20.0])
@pytest.mark.parametrize("files", [1, 2])
def test_every_voxel_of_a_multi_frame_file_has_the_value_of_its_place(tmp_path, tilt_deg, files):
    slices = tilted_slices(tilt_deg, 4.0, "oblique")
    np.random.default_rng(1).shuffle(slices)
    ct = read_ct(save(tmp_path, *(enhanced_ct(slices[part::files]) for part in range(files))))
    assert ct.provenance["slices"] == 16
    assert ct.provenance["gantry_tilt_deg"] == pytest.approx(tilt_deg, abs=0.01)
    axes = np.array(ct.image.GetDirection()).reshape(3, 3) * ct.image.GetSpacing()
    index = np.stack(np.meshgrid(*(np.arange(n) for n in ct.image.GetSize()), indexing="ij"), axis=-1)
    expected = ball_hu(ct.image.GetOrigin() + index @ axes.T)
    np.testing.assert_allclose(sitk.GetArrayViewFromImage(ct.image), expected.T, atol=2.0)


def test_frames_of_their_own_orientation_and_spacing_are_read_like_shared_ones(tmp_path):
    shared = enhanced_ct(tilted_slices(5.0, 4.0))
    own = enhanced_ct(tilted_slices(5.0, 4.0))
    for frame in groups(own):
        for macro in ("PlaneOrientationSequence", "PixelMeasuresSequence"):
            setattr(frame, macro, getattr(own.SharedFunctionalGroupsSequence[0], macro))
    del own.SharedFunctionalGroupsSequence
    images = [read_ct(save(tmp_path / name, data)).image for name, data in (("shared", shared), ("own", own))]
    assert images[0].GetDirection() == images[1].GetDirection()
    assert images[0].GetSpacing() == images[1].GetSpacing()
    np.testing.assert_array_equal(*map(sitk.GetArrayFromImage, images))


def two_in_one():
    """The frames of one scan, and after each the same plane 100 HU denser."""
    first, second = tilted_slices(0.0, 4.0), tilted_slices(0.0, 4.0)
    for data in second:
        data.RescaleIntercept = -1948
    return enhanced_ct([data for pair in zip(first, second, strict=True) for data in pair])


@pytest.mark.parametrize(("keyword", "values"), [("StackID", "12"), ("TemporalPositionIndex", (1, 2))])
def test_stacks_and_points_in_time_are_never_mixed(tmp_path, keyword, values):
    data = two_in_one()
    for number, frame in enumerate(groups(data)):
        setattr(content(frame), keyword, values[number % 2])
    with pytest.raises(VolumeError, match=r"2 stacks or points in time.*export one of them"):
        read_ct(save(tmp_path, data))
    for number, frame in enumerate(groups(data)):
        content(frame).FrameAcquisitionNumber = 1 + number % 2
    save(tmp_path, data)
    with pytest.raises(VolumeError, match=r"1 \(16 slices\), 2 \(16 slices\); choose one"):
        read_ct(tmp_path)
    first, second = (read_ct(tmp_path, acquisition=number) for number in (1, 2))
    darker, denser = (sitk.GetArrayFromImage(ct.image) for ct in (first, second))
    np.testing.assert_array_equal(denser, darker + 100)


def test_frames_at_the_same_place_are_never_mixed(tmp_path):
    with pytest.raises(VolumeError, match="several slices at the same place"):
        read_ct(save(tmp_path, two_in_one()))


def without(keyword, number=5):
    def change(data):
        frame = groups(data)[number]
        delattr(frame, keyword)

    return change


def no_groups(data):
    del data.PerFrameFunctionalGroupsSequence


def one_frame_fewer(data):
    del groups(data)[3]


def one_gone(data):
    del groups(data)[-1]
    data.NumberOfFrames -= 1


def other_spacing(data):
    data.PixelSpacing = [1.0, 1.0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (without("PlanePositionSequence"), "does not state ImagePositionPatient"),
        (without("PixelValueTransformationSequence"), "states no RescaleSlope and RescaleIntercept"),
        (no_groups, "states 20 frames and describes the places of 0"),
        (one_frame_fewer, "states 20 frames and describes the places of 19"),
        (one_gone, "not what its header announces"),
        (other_spacing, "states one PixelSpacing of its own and another for its frames"),
    ],
)
def test_groups_that_are_missing_or_contradict_the_file_are_told(tmp_path, change, sentence):
    data = enhanced_ct(tilted_slices(0.0, 3.0))
    change(data)
    with pytest.raises(VolumeError, match=sentence):
        read_ct(save(tmp_path, data))
