"""Small CT scans of known content, on disk, for tests."""

import numpy as np
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian, generate_uid

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
    """Write an int16 image as CT slices; see `series_datasets`. Gives their paths."""
    return save_slices(folder, series_datasets(image, number, acquisitions, image_type, shear_mm))


def save_slices(folder, datasets):
    """Write each as a file of its own, named in an order that has nothing to do with the place; gives the paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{data.SOPInstanceUID[-12:]}.dcm" for data in datasets]
    for path, data in zip(paths, datasets, strict=True):
        data.save_as(path, enforce_file_format=True)
    return paths


def series_datasets(image, number=1, acquisitions=None, image_type=("ORIGINAL", "PRIMARY", "AXIAL"), shear_mm=0.0):
    """An int16 image as CT slices; `acquisitions` holds an AcquisitionNumber for each of them.

    Stored unsigned with intercept -2048, as some scanners do. `shear_mm` moves each slice sideways.
    """
    array = sitk.GetArrayFromImage(image)
    direction = np.array(image.GetDirection()).reshape(3, 3)
    series, slices = generate_uid(), []
    for index, plane in enumerate(array):
        position = np.array(image.TransformIndexToPhysicalPoint((0, 0, index))) + direction[:, 1] * shear_mm * index
        data = ct_slice(plane, position, direction[:, :2].T, image.GetSpacing()[1::-1])
        data.ImageType = list(image_type)
        data.SeriesInstanceUID, data.SeriesNumber = series, number
        data.SliceThickness = image.GetSpacing()[2]
        if acquisitions is not None:
            data.AcquisitionNumber = acquisitions[index]
        slices.append(data)
    return slices


def ct_slice(hu, position, axes, spacing):
    """One CT slice: HU (rows, columns), LPS mm of its first pixel, directions along a row and down a column, mm."""
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = CTImageStorage
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    data.Modality, data.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = "1.2.3", "1.2.3.5", "1.2.3.4"
    data.SeriesNumber = 1
    data.ImagePositionPatient = [f"{value:.4f}" for value in position]
    data.ImageOrientationPatient = [f"{value:.9f}" for value in np.ravel(axes)]
    data.PixelSpacing = list(spacing)
    data.Rows, data.Columns = hu.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 0
    data.RescaleSlope, data.RescaleIntercept = 1, -2048
    data.PixelData = (np.asarray(hu).astype(int) + 2048).astype("<u2").tobytes()
    return data


def enhanced_ct(slices):
    """CT slices as the frames of one enhanced multi-frame file, in the order given."""
    whole = ("Modality", "ImageType", "StudyInstanceUID", "SeriesInstanceUID", "SeriesNumber", "FrameOfReferenceUID")
    pixels = ("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation", "BitsAllocated", "BitsStored")
    data = _with(slices[0], *whole, *pixels, "HighBit", "PixelRepresentation")
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.SOPClassUID = data.file_meta.MediaStorageSOPClassUID = EnhancedCTImageStorage
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    data.NumberOfFrames = len(slices)
    shared = Dataset()
    shared.PixelMeasuresSequence = [_with(slices[0], "PixelSpacing")]
    shared.PlaneOrientationSequence = [_with(slices[0], "ImageOrientationPatient")]
    data.SharedFunctionalGroupsSequence = [shared]
    data.PerFrameFunctionalGroupsSequence = [_frame_groups(item) for item in slices]
    data.PixelData = b"".join(item.PixelData for item in slices)
    data["PixelData"].VR = "OW"
    return data


def _frame_groups(item):
    groups, content = Dataset(), Dataset()
    content.FrameAcquisitionNumber, content.StackID, content.TemporalPositionIndex = 1, "1", 1
    groups.FrameContentSequence = [content]
    groups.PlanePositionSequence = [_with(item, "ImagePositionPatient")]
    groups.PixelValueTransformationSequence = [_with(item, "RescaleSlope", "RescaleIntercept")]
    return groups


def _with(source, *keywords):
    data = Dataset()
    for keyword in keywords:
        setattr(data, keyword, getattr(source, keyword))
    return data
