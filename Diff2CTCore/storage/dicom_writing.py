"""What every DICOM object that Diff2CT writes has in common."""

from __future__ import annotations

import json
import uuid

import numpy as np


def new_dataset(sop_class: str, instance: str):
    """A pydicom dataset with its file meta information, little endian, explicit value representations.

    Args:
        sop_class: SOP Class UID.
        instance: SOP Instance UID.
    """
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian

    data = Dataset()
    data.SOPClassUID = sop_class
    data.SOPInstanceUID = instance
    data.file_meta = FileMetaDataset()
    data.file_meta.MediaStorageSOPClassUID = sop_class
    data.file_meta.MediaStorageSOPInstanceUID = instance
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.file_meta.ImplementationClassUID = _uid_of_name("Diff2CT")
    data.file_meta.ImplementationVersionName = "DIFF2CT"
    return data


def uid_of(*parts) -> str:
    """A UID that depends on nothing but plain values."""
    return _uid_of_name(json.dumps(parts, sort_keys=True))


def _uid_of_name(name: str) -> str:
    return f"2.25.{uuid.uuid5(uuid.NAMESPACE_OID, name).int}"


def code_item(value: str, scheme: str, meaning: str):
    """An item of a code sequence."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.CodeValue = value
    item.CodingSchemeDesignator = scheme
    item.CodeMeaning = meaning
    return item


def decimal_string(value: float) -> str:
    """A number as DICOM's decimal string of at most 16 characters."""
    from pydicom.valuerep import format_number_as_ds

    return format_number_as_ds(float(value))


def store_grey_pixels(data, pixels: np.ndarray, unit: str) -> None:
    """Put a grey image into a dataset, uncompressed.

    Args:
        pixels: int16 or uint16 (rows, columns).
        unit: Rescale Type of the stored values, such as "HU".
    """
    data.SamplesPerPixel = 1
    data.PhotometricInterpretation = "MONOCHROME2"
    data.Rows, data.Columns = pixels.shape
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit = 15
    data.PixelRepresentation = int(pixels.dtype.kind == "i")
    data.RescaleIntercept = "0"
    data.RescaleSlope = "1"
    data.RescaleType = unit
    data.PixelData = pixels.astype(pixels.dtype.newbyteorder("<")).tobytes()
    data["PixelData"].VR = "OW"
