"""A CT of a ball of bone, and the radiographs that it gives."""

import numpy as np
import SimpleITK as sitk

from Diff2CTCore.ct.reading import ct_from_image
from Diff2CTCore.geometry import BiplanarGeometry, ViewGeometry, hu_to_attenuation

BONE_HU = 300.0
MU = float(hu_to_attenuation(np.float64(BONE_HU)))
SPACING = 2.0
DETECTOR = (91, 81, (4.0, 4.0))
GEOMETRY = BiplanarGeometry(
    ViewGeometry("AP", *DETECTOR, sid_mm=1150.0, sod_mm=950.0),
    ViewGeometry("LL", *DETECTOR, sid_mm=1800.0, sod_mm=1500.0),
)


def sphere_ct(centre_ras=(0.0, 0.0, 0.0), radius=60.0, size=(90, 80, 120), table=False):
    """A ball of bone in air; the scanned box has its middle at the origin."""
    left, back, up = np.meshgrid(*((np.arange(n) - (n - 1) / 2) * SPACING for n in size), indexing="ij")
    fine = np.sqrt((left + centre_ras[0]) ** 2 + (back + centre_ras[1]) ** 2 + (up - centre_ras[2]) ** 2)
    # The share of each voxel inside the ball, so that its mass is right.
    share = np.clip((radius - fine) / SPACING + 0.5, 0.0, 1.0)
    hu = -1000.0 + (BONE_HU + 1000.0) * share
    if table:
        hu[(np.abs(back - 72.0) < 3.0) & (np.abs(left) < 80)] = 200.0
    image = sitk.GetImageFromArray(hu.transpose(2, 1, 0).astype(np.float32))
    image.SetSpacing((SPACING,) * 3)
    image.SetOrigin([-(n - 1) / 2 * SPACING for n in size])
    return ct_from_image(image, "sphere")


def chords(view, centre_ras, radius):
    """Length in mm of every pixel's ray inside a ball."""
    ray, column_axis, row_axis = view.frame()
    row, column = np.mgrid[0 : view.rows, 0 : view.columns].astype(float)
    across = (column - view.principal_point_px[0])[..., None] * view.pixel_spacing_mm[1] * column_axis
    down = (row - view.principal_point_px[1])[..., None] * view.pixel_spacing_mm[0] * row_axis
    rays = view.sid_mm * ray + across + down
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    to_ball = np.array(centre_ras) - view.source_mm()
    along = rays @ to_ball
    return 2.0 * np.sqrt(np.maximum(radius**2 - (to_ball @ to_ball - along**2), 0.0))
