"""Small CT scans of known content, on disk, for tests."""

import numpy as np
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid

# HU is a linear function of place, so every voxel of any grid has a known value.
GRADIENT_RAS = np.array([3.0, -2.0, 4.0])
OFFSET_HU = 50.0


def ramp_hu(points_ras_mm) -> np.ndarray:
    return OFFSET_HU + np.asarray(points_ras_mm) @ GRADIENT_RAS


def rotation(axis, degrees: float) -> np.ndarray:
    """Rodrigues' rotation matrix."""
    x, y, z = np.asarray(axis, dtype=float) / np.linalg.norm(axis)
    angle = np.deg2rad(degrees)
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * skew + (1 - np.cos(angle)) * skew @ skew


def ramp_image(direction=None, size=(40, 36, 30), spacing=(2.0, 2.5, 3.0), middle_ras=(10.0, -20.0, 30.0), dtype=float):
    """SimpleITK image of `ramp_hu`, whose box has its middle at `middle_ras`."""
    direction = np.eye(3) if direction is None else np.asarray(direction, dtype=float)
    spacing = np.array(spacing)
    middle_lps = np.array(middle_ras) * (-1, -1, 1)
    origin = middle_lps - direction @ ((np.array(size) - 1) / 2 * spacing)
    index = np.stack(np.meshgrid(*(np.arange(n) for n in size[::-1]), indexing="ij")[::-1], axis=-1)
    lps = origin + (index * spacing) @ direction.T
    image = sitk.GetImageFromArray(np.rint(ramp_hu(lps * (-1, -1, 1))).astype(dtype))
    image.SetOrigin(origin.tolist())
    image.SetSpacing(spacing.tolist())
    image.SetDirection(direction.ravel().tolist())
    return image


def block_image():
    """SimpleITK image of a block of tissue with a column of bone, about the origin; small enough for any test."""
    hu = np.full((24, 24, 24), -1000, np.int16)
    hu[:, 4:20, 3:21] = 40
    hu[:, 12:17, 10:14] = 600
    image = sitk.GetImageFromArray(hu)
    image.SetSpacing((4.0, 4.0, 4.0))
    image.SetOrigin((-46.0, -46.0, -46.0))
    return image


def write_series(folder, image, number=1, acquisitions=None, image_type=("ORIGINAL", "PRIMARY", "AXIAL"), shear_mm=0.0):
    """Write an int16 image as CT slices; `acquisitions` holds an AcquisitionNumber for each slice.

    Stored unsigned with intercept -2048, as some scanners do. `shear_mm` moves each slice sideways.
    """
    folder.mkdir(parents=True, exist_ok=True)
    array = sitk.GetArrayFromImage(image)
    direction = np.array(image.GetDirection()).reshape(3, 3)
    series, paths = generate_uid(), []
    for index, plane in enumerate(array):
        data = Dataset()
        data.file_meta = FileMetaDataset()
        data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = CTImageStorage
        data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
        data.Modality = "CT"
        data.ImageType = list(image_type)
        data.SeriesInstanceUID, data.SeriesNumber, data.StudyInstanceUID = series, number, "1.2.3"
        data.FrameOfReferenceUID = "1.2.3.4"
        if acquisitions is not None:
            data.AcquisitionNumber = acquisitions[index]
        position = np.array(image.TransformIndexToPhysicalPoint((0, 0, index))) + direction[:, 1] * shear_mm * index
        data.ImagePositionPatient = [f"{value:.4f}" for value in position]
        data.ImageOrientationPatient = [f"{value:.9f}" for value in (*direction[:, 0], *direction[:, 1])]
        data.PixelSpacing = [image.GetSpacing()[1], image.GetSpacing()[0]]
        data.SliceThickness = image.GetSpacing()[2]
        data.Rows, data.Columns = plane.shape
        data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
        data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 0
        data.RescaleSlope, data.RescaleIntercept = 1, -2048
        data.PixelData = (plane.astype(int) + 2048).astype("<u2").tobytes()
        # Names in an order that has nothing to do with the place.
        path = folder / f"{data.SOPInstanceUID[-12:]}.dcm"
        data.save_as(path, enforce_file_format=True)
        paths.append(path)
    return paths
