"""Small synthetic CTs of known shape, and the published folder layouts around them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import SimpleITK as sitk
from ct_files import write_series

AXIS_LPS = (10.0, -30.0)  # of the body
BODY_RADII_MM = (85.0, 60.0)  # left, posterior
SPINE_MM = 0.0  # of the vertebral bodies behind the body's axis
MUSCLE_HU, BONE_HU, TABLE_HU = 50.0, 260.0, 150.0


def ct_image(
    spacing=(3.0, 3.0, 3.0), height_mm=90.0, padding=-2000.0, vessel_hu=None, origin=(*AXIS_LPS, 500.0), bend_mm=0.0
):
    """An elliptical body of muscle with a spine, tied to a table by straps; the scanned circle is padded outside.

    The vertebral bodies lie `SPINE_MM` behind the body's axis, shifted to the left by `bend_mm` times a half sine over
    the height.
    """
    size = [round(extent / step) for extent, step in zip((210.0, 210.0, height_mm), spacing, strict=True)]
    image = sitk.Image(size, sitk.sitkFloat32)
    image.SetSpacing(spacing)
    middle = [(count - 1) / 2 * step for count, step in zip(size, spacing, strict=True)]
    image.SetOrigin([origin[0] - middle[0], origin[1] - middle[1], origin[2]])
    z, y, x = (
        ((np.arange(size[axis]) - (size[axis] - 1) / 2) * spacing[axis]).reshape(
            [-1 if axis == 2 - other else 1 for other in range(3)]
        )
        for axis in (2, 1, 0)
    )
    hu = np.full(size[::-1], -1000.0, np.float32)
    body = (x / BODY_RADII_MM[0]) ** 2 + (y / BODY_RADII_MM[1]) ** 2 <= 1.0
    hu[np.broadcast_to(body, hu.shape)] = MUSCLE_HU
    spine_x = x - bend_mm * np.cos(np.pi * z / height_mm)
    spine_y = y - SPINE_MM
    vertebra = (spine_x / 19) ** 2 + (spine_y / 14) ** 2 <= 1.0
    arch = ((spine_x / 20) ** 2 + ((spine_y - 27) / 12) ** 2 <= 1.0) & ~(
        (spine_x / 11) ** 2 + ((spine_y - 23) / 8) ** 2 <= 1.0
    )
    spinous = (np.abs(spine_x) < 5) & (spine_y > 36) & (spine_y < 50)
    hu[np.broadcast_to(vertebra | arch | spinous, hu.shape)] = BONE_HU
    if vessel_hu is not None:
        hu[np.broadcast_to((spine_x - 10) ** 2 + (spine_y + 36) ** 2 <= 12.0**2, hu.shape)] = vessel_hu
    mattress = (y > 30.0) & (y < 70.0) & (np.abs(x) < 90.0)
    hu[np.broadcast_to(mattress & ~body, hu.shape)] = -850.0
    table = (np.abs(y - 72.0) <= 2.5) & (np.abs(x) < 90.0)
    strap = (np.abs(np.abs(x) - 70.0) <= 2.5) & (y > 20.0) & (y < 72.0)
    hu[np.broadcast_to((table | strap) & ~body, hu.shape)] = TABLE_HU
    hu[np.broadcast_to(x**2 + y**2 > 105.0**2, hu.shape)] = padding
    filled = sitk.GetImageFromArray(hu)
    filled.CopyInformation(image)
    return filled


def vertebra_label(image, value=20):
    """Label map of the voxels that hold bone."""
    label = sitk.Cast(sitk.BinaryThreshold(image, BONE_HU - 1, BONE_HU + 1, value, 0), sitk.sitkUInt8)
    label.CopyInformation(image)
    return label


def write(image, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixel_type = image.GetPixelID() if image.GetPixelID() == sitk.sitkUInt8 else sitk.sitkInt16
    sitk.WriteImage(sitk.Cast(image, pixel_type), str(path), useCompression=True)
    return path


def write_dicom(
    image,
    folder: Path,
    patient: str,
    series: str = "1.2.3.1",
    acquisition: int | None = 1,
    identity_removed: bool = True,
    tilt_mm: float = 0.0,
    **tags,
):
    """Write an image as axial CT slices; `tilt_mm` moves each slice that much further to the back."""
    values = {
        "PatientID": patient,
        "PatientName": "Somebody",
        "PatientIdentityRemoved": "YES" if identity_removed else "NO",
        "SeriesInstanceUID": series,
        "AcquisitionNumber": acquisition,
        **tags,
    }
    for number, path in enumerate(write_series(folder, image, shear_mm=tilt_mm), start=1):
        data = pydicom.dcmread(path)
        data.InstanceNumber = number
        for keyword, value in values.items():
            setattr(data, keyword, value)
        data.save_as(path)
