"""A scan whose axes are not orthogonal is where its file says, in every step that takes places from it."""

import numpy as np
import pytest
import SimpleITK as sitk

from Diff2CTCore.commands.evaluate import grid_of
from Diff2CTCore.ct import read_ct, resample_ct
from Diff2CTCore.ct.patient import Patient
from Diff2CTCore.geometry import VolumeGrid

SIZE, SPACING = (60, 50, 40), (2.0, 2.5, 3.0)
TILT_DEG = 20.0
BALL_LPS, BALL_MM = np.array([12.0, -18.0, 25.0]), 9.0
ORIGIN = np.array([-60.0, -55.0, -60.0])
COLUMNS = np.array(
    [[1.0, 0.0, 0.0], [0.0, 1.0, np.sin(np.deg2rad(TILT_DEG))], [0.0, 0.0, np.cos(np.deg2rad(TILT_DEG))]]
)


def sheared_image():
    """A block of muscle in air with a ball of bone at `BALL_LPS`, made from the place of each voxel by hand."""
    index = np.stack(np.meshgrid(*(np.arange(n) for n in SIZE[::-1]), indexing="ij")[::-1], axis=-1)
    lps = ORIGIN + (index * SPACING) @ COLUMNS.T
    hu = np.where((np.abs(lps - (0.0, 0.0, 0.0)) < (45.0, 40.0, 60.0)).all(axis=-1), 40.0, -1000.0)
    hu[np.linalg.norm(lps - BALL_LPS, axis=-1) < BALL_MM] = 900.0
    image = sitk.GetImageFromArray(hu.astype(np.int16))
    image.SetSpacing(SPACING)
    image.SetOrigin(ORIGIN.tolist())
    image.SetDirection(COLUMNS.ravel().tolist())
    return image


@pytest.fixture(params=[".nrrd", ".mha", ".nii.gz"])
def scan(request, tmp_path):
    """The scan read back; SimpleITK does not write a sheared NIfTI rightly, so its affine is set by hand."""
    path = tmp_path / f"a{request.param}"
    if request.param == ".nii.gz":
        import nibabel

        affine = np.eye(4)
        affine[:3, :3], affine[:3, 3] = COLUMNS * SPACING, ORIGIN
        to_ras = np.diag([-1.0, -1.0, 1.0, 1.0])
        voxels = sitk.GetArrayFromImage(sheared_image()).T
        nibabel.save(nibabel.Nifti1Image(voxels, to_ras @ affine), path)
    else:
        sitk.WriteImage(sheared_image(), str(path))
    return read_ct(path)


def centre_of_bone(hu, grid, centre_ras):
    return (grid.index_to_ras_mm(np.argwhere(hu > 450.0)) + centre_ras).mean(axis=0)


def test_a_ball_is_seen_where_it_is(scan):
    expected = BALL_LPS * (-1.0, -1.0, 1.0)
    grid, centre = VolumeGrid((60, 60, 60), 1.5), np.add(expected, (3.0, -4.0, 5.0))
    np.testing.assert_allclose(centre_of_bone(resample_ct(scan, grid, centre), grid, centre), expected, atol=0.5)
    patient = Patient(scan, centre, keep_table=False)
    grid = patient.bounding_grid(2.0)
    np.testing.assert_allclose(centre_of_bone(patient.on_grid(grid), grid, centre), expected, atol=0.7)


def test_corners_and_the_grid_about_them_hold_the_whole_scan(scan):
    corners = np.array(
        [ORIGIN + COLUMNS @ ((np.multiply(SIZE, part) - 0.5) * SPACING) for part in np.ndindex(2, 2, 2)]
    ) * (-1.0, -1.0, 1.0)
    np.testing.assert_allclose(scan.corners_ras_mm(), corners, atol=1e-3)
    grid, centre = grid_of(scan)
    np.testing.assert_allclose(centre, corners.mean(axis=0), atol=1e-3)
    extent = np.multiply(grid.shape[::-1], grid.spacing_mm)
    np.testing.assert_allclose(extent, np.ptp(corners, axis=0), atol=grid.spacing_mm)
    hu = resample_ct(scan, grid, centre)
    np.testing.assert_allclose(centre_of_bone(hu, grid, centre), BALL_LPS * (-1.0, -1.0, 1.0), atol=0.5)
