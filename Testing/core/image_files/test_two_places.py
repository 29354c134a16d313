"""A NIfTI file may state two places, for two frames: the one that nibabel takes is used, and that is told."""

import nibabel
import numpy as np
import pytest
from hand_written_images import body, nifti, nrrd

from Diff2CTCore.ct import read_ct
from Diff2CTCore.errors import VolumeError
from Diff2CTCore.image_files import open_image

HU = body()
SHIFTED = {"qoffset": (50.0, -15.0, 30.0)}
TURNED = {"quatern": (0.0, 0.0, 0.0)}


@pytest.mark.parametrize("qform", [SHIFTED, TURNED], ids=["shifted", "turned"])
@pytest.mark.parametrize("codes", [(2, 1), (4, 1), (1, 2), (3, 1)])
def test_of_two_places_for_two_frames_the_sform_is_used_and_that_is_told(tmp_path, codes, qform):
    path = tmp_path / "a.nii"
    path.write_bytes(nifti(HU, sform_code=codes[:1], qform_code=codes[1:], **qform))
    ct = read_ct(path)
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ nibabel.load(path).affine
    np.testing.assert_allclose(
        ct.image.TransformIndexToPhysicalPoint((5, 6, 7)), (affine @ (5, 6, 7, 1))[:3], atol=1e-4
    )
    (note,) = ct.notes
    assert f"sform (code {codes[0]}) is used and its qform (code {codes[1]}) is not" in note
    assert list(ct.notes) == ct.provenance["notes"]


def test_two_places_for_one_frame_are_a_contradiction(tmp_path):
    (tmp_path / "a.nii").write_bytes(nifti(HU, sform_code=(2,), qform_code=(2,), **SHIFTED))
    with pytest.raises(VolumeError, match=r"sform and qform of .* contradict each other"):
        read_ct(tmp_path / "a.nii")


def test_nothing_is_told_of_two_codes_for_one_place(tmp_path):
    (tmp_path / "a.nii").write_bytes(nifti(HU, sform_code=(2,), qform_code=(1,)))
    assert read_ct(tmp_path / "a.nii").notes == ()


def test_parts_of_a_direction_below_rounding_do_not_count(tmp_path):
    # ITK's inverse of directions with a number that is not even normal is NaN, and the whole scan then looks like air.
    (tmp_path / "a.nrrd").write_bytes(nrrd(HU, **{"space directions": "(2,1e-310,0) (0,2.5,0) (0,0,3)"}))
    np.testing.assert_array_equal(open_image(tmp_path / "a.nrrd", may_be_detached=False).place().direction, np.eye(3))
    middle = read_ct(tmp_path / "a.nrrd").image.TransformPhysicalPointToContinuousIndex((-10.0, 20.0, 33.0))
    assert middle == pytest.approx((5.0, 2.0, 1.0))
