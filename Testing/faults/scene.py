"""The sound CT of the campaign: a trunk whose HU at every place is known, as files, and the comparison with it."""

from functools import cache
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

SIZE = np.array((24, 26, 20))
SPACING_MM = np.array((4.0, 3.5, 3.75))
MIDDLE_LPS_MM = np.array((4.0, -8.0, 10.0))
HALF_MM = (SIZE - 1) / 2 * SPACING_MM
ORIGIN_LPS_MM = MIDDLE_LPS_MM - HALF_MM
SOUND_BOX = MIDDLE_LPS_MM - HALF_MM, MIDDLE_LPS_MM + HALF_MM
"""The least and the greatest corner of the voxel centres in LPS mm."""

MARGIN_MM = 0.3
STORED_AIR = 1024
"""What is added to HU in DICOM files, so that stored values are unsigned."""


def scene_hu(lps) -> np.ndarray:
    """HU at places (..., 3) in LPS mm: a column of bone and a dense ball in tissue, all of them off the middle."""
    left, back, head = np.moveaxis(np.asarray(lps, dtype=float), -1, 0)
    hu = np.where(((left - 7.0) / 33.0) ** 2 + ((back + 11.0) / 35.0) ** 2 < 1.0, 40.0, -1000.0)
    hu = np.where((left - 4.0) ** 2 + (back - 6.0) ** 2 < 11.0**2, 400.0, hu)
    return np.where((left - 20.0) ** 2 + (back + 24.0) ** 2 + (head - 24.0) ** 2 < 11.0**2, 900.0, hu)


def places(origin, axes, size) -> np.ndarray:
    """LPS mm (slices, rows, columns, 3) of the voxels of a grid; column i of `axes` is the step along its axis i."""
    index = np.stack(np.meshgrid(*(np.arange(count) for count in size[::-1]), indexing="ij")[::-1], axis=-1)
    return np.asarray(origin) + index @ np.asarray(axes).T


def sound_image():
    """The scene as a SimpleITK image, int16."""
    image = sitk.GetImageFromArray(scene_hu(places(ORIGIN_LPS_MM, np.diag(SPACING_MM), SIZE)).astype(np.int16))
    image.SetSpacing(SPACING_MM.tolist())
    image.SetOrigin(ORIGIN_LPS_MM.tolist())
    return image


def slices(steps=None, spacing=SPACING_MM, directions=None, count=int(SIZE[2])) -> list[Dataset]:
    """The scene as CT slices about its middle.

    Args:
        steps: (3,) mm from slice to slice; along the normal if None.
        spacing: of columns, rows and slices in mm.
        directions: (3, 3), its columns are the directions of columns, rows and slices in LPS.
        count: of slices.
    """
    directions = np.eye(3) if directions is None else np.asarray(directions)
    axes = directions * spacing
    if steps is not None:
        axes = np.column_stack([*axes.T[:2], steps])
    size = (*SIZE[:2], count)
    origin = MIDDLE_LPS_MM - axes @ ((np.array(size) - 1) / 2)
    stored = (scene_hu(places(origin, axes, size)) + STORED_AIR).astype("<u2")
    return [_slice(plane, origin + number * axes[:, 2], axes, number) for number, plane in enumerate(stored)]


def _slice(plane, position, axes, number: int) -> Dataset:
    data = Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.MediaStorageSOPClassUID = data.SOPClassUID = CTImageStorage
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID = f"1.2.3.4.{number + 1}"
    data.SpecificCharacterSet, data.Modality, data.ImageType = "ISO_IR 100", "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    data.PatientName, data.PatientID, data.PatientPosition = "Nobody", "0", "HFS"
    data.StudyInstanceUID, data.SeriesInstanceUID, data.FrameOfReferenceUID = "1.2.3.1", "1.2.3.2", "1.2.3.3"
    data.SeriesNumber, data.AcquisitionNumber, data.InstanceNumber = 2, 1, number + 1
    spacing = np.linalg.norm(axes, axis=0)
    data.ImagePositionPatient = [f"{value:.4f}" for value in position]
    data.ImageOrientationPatient = [f"{value:.9f}" for value in (axes[:, :2] / spacing[:2]).T.ravel()]
    data.PixelSpacing = [f"{spacing[1]:g}", f"{spacing[0]:g}"]
    data.SliceThickness, data.SpacingBetweenSlices = f"{spacing[2]:.4f}", f"{spacing[2]:.4f}"
    data.GantryDetectorTilt = "0"
    data.Rows, data.Columns = plane.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 12, 11, 0
    data.RescaleIntercept, data.RescaleSlope, data.RescaleType = f"-{STORED_AIR}", "1", "HU"
    data.PixelData = plane.tobytes()
    data["PixelData"].VR = "OW"
    return data


def write_slices(folder: Path, datasets, names=None) -> list[Path]:
    """Save each as a file of its own."""
    folder.mkdir(exist_ok=True)
    paths = [folder / (names[number] if names else f"I{number:04d}.dcm") for number in range(len(datasets))]
    for path, data in zip(paths, datasets, strict=True):
        data.save_as(path, enforce_file_format=True)
    return paths


@cache
def _near_an_edge(origin: tuple, axes: tuple, size: tuple, margin: float) -> np.ndarray:
    at = places(origin, np.reshape(axes, (3, 3)), size)
    hu = scene_hu(at)
    moves = margin * np.concatenate([np.eye(3), -np.eye(3)])
    return np.any([scene_hu(at + move) != hu for move in moves], axis=0)


def wrong_scene(image, seen=None, grey=None, hidden=None, margin=MARGIN_MM, box=SOUND_BOX) -> str | None:
    """What of a volume is not the scene, or None.

    Args:
        image: a SimpleITK image.
        seen: (4, 4) from LPS mm of the scene to those of the volume; the identity if None.
        grey: from the scene's HU to those that the volume must hold; None where they are the same.
        hidden: LPS mm (..., 3) to bool: places whose values are spoilt beyond notice.
        margin: mm about the edges within which values are not compared.
        box: what the voxel centres must span, as `SOUND_BOX`; not compared if None.
    """
    axes = np.array(image.GetDirection()).reshape(3, 3) * image.GetSpacing()
    back = np.linalg.inv(np.eye(4) if seen is None else seen)
    origin = back[:3, :3] @ image.GetOrigin() + back[:3, 3]
    axes, size = back[:3, :3] @ axes, image.GetSize()
    at = places(origin, axes, size)
    ends = np.stack([at.reshape(-1, 3).min(axis=0), at.reshape(-1, 3).max(axis=0)])
    if box is not None and np.abs(ends - box).max() > 2 * MARGIN_MM:
        shown = [" to ".join(str(corner.round(1).tolist()) for corner in span) for span in (ends, np.asarray(box))]
        return f"the voxels reach from {shown[0]} instead of {shown[1]} in LPS mm"
    expected = scene_hu(at)
    expected = expected if grey is None else np.clip(grey(expected), -1000.0, 3000.0)
    key = tuple(origin.tolist()), tuple(axes.ravel().tolist()), tuple(size), margin
    compared = ~_near_an_edge(*key)
    if hidden is not None:
        compared &= ~hidden(at)
    off = np.abs(sitk.GetArrayViewFromImage(image) - expected)[compared]
    if off.size and off.max() <= 1.0:
        return None
    return f"{np.mean(off > 1.0):.1%} of the voxels have wrong values, by up to {off.max(initial=0.0):.0f} HU"
