"""Small radiograph files with known content, made by the tests themselves."""

import imagecodecs
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import (
    ComputedRadiographyImageStorage,
    DigitalXRayImageStorageForPresentation,
    ExplicitVRLittleEndian,
    SecondaryCaptureImageStorage,
    XRayAngiographicImageStorage,
    XRayRadiofluoroscopicImageStorage,
    generate_uid,
)

CLASSES = {
    "CR": ComputedRadiographyImageStorage,
    "DX": DigitalXRayImageStorageForPresentation,
    "XA": XRayAngiographicImageStorage,
    "RF": XRayRadiofluoroscopicImageStorage,
    "OT": SecondaryCaptureImageStorage,
}


def pattern(rows=96, columns=80, bits=12):
    """A grey image without any symmetry, uint16, using the whole range of `bits`."""
    row, column = np.mgrid[0:rows, 0:columns]
    ramp = 0.6 * row / (rows - 1) + 0.25 * column / (columns - 1)
    blob = 0.15 * np.exp(-((row - 0.3 * rows) ** 2 + (column - 0.7 * columns) ** 2) / 60.0)
    image = ramp + blob
    image = (image - image.min()) / np.ptp(image)
    return np.round(image * ((1 << bits) - 1)).astype(np.uint16)


def line_integrals(rows=96, columns=80):
    """Known line integrals between 0 and 6, float64, without any symmetry."""
    return pattern(rows, columns, 16) / 65535.0 * 6.0


def dataset(stored, modality="DX", bits=12, **tags):
    """An uncompressed DICOM dataset of one frame (rows, columns) or of several."""
    stored = np.asarray(stored)
    frames = stored if stored.ndim == 3 else stored[None]
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID = CLASSES.get(modality, SecondaryCaptureImageStorage)
    ds.SOPInstanceUID = generate_uid()
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.Modality = modality
    ds.PatientName = "Quux^Zelda"
    ds.PatientID = "ID-4711"
    ds.SamplesPerPixel = 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.Rows, ds.Columns = frames.shape[1:3]
    if stored.ndim == 3:
        ds.NumberOfFrames = len(frames)
    ds.BitsAllocated = 8 if bits == 8 else 16
    ds.BitsStored, ds.HighBit = bits, bits - 1
    ds.PixelRepresentation = 0
    ds.PixelData = frames.astype("<u1" if bits == 8 else "<u2").tobytes()
    ds["PixelData"].VR = "OB" if bits == 8 else "OW"
    for keyword, value in tags.items():
        setattr(ds, keyword, value)
    return ds


def save(ds, path):
    ds.save_as(path, enforce_file_format=True)
    return path


def dicom(path, stored=None, modality="DX", bits=12, **tags):
    """Write an uncompressed DICOM file; by default the pattern of this module."""
    return save(dataset(pattern(bits=bits) if stored is None else stored, modality, bits, **tags), path)


ENCODERS = {
    "1.2.840.10008.1.2.4.50": lambda image: imagecodecs.jpeg8_encode(image, level=98),
    "1.2.840.10008.1.2.4.51": lambda image: imagecodecs.jpeg8_encode(image, level=100, bitspersample=12),
    "1.2.840.10008.1.2.4.57": lambda image: imagecodecs.ljpeg_encode(image, bitspersample=12),
    "1.2.840.10008.1.2.4.70": lambda image: imagecodecs.ljpeg_encode(image, bitspersample=12),
    "1.2.840.10008.1.2.4.80": imagecodecs.jpegls_encode,
    "1.2.840.10008.1.2.4.81": lambda image: imagecodecs.jpegls_encode(image, level=2),
    "1.2.840.10008.1.2.4.90": lambda image: imagecodecs.jpeg2k_encode(
        image, codecformat="j2k", reversible=True, bitspersample=12
    ),
    "1.2.840.10008.1.2.4.91": lambda image: imagecodecs.jpeg2k_encode(
        image, level=80, codecformat="j2k", bitspersample=12
    ),
}


def compressed(path, syntax, stored, modality="DX", bits=12, **tags):
    """Write a DICOM file whose frames an independent encoder has compressed."""
    stored = np.asarray(stored)
    ds = dataset(stored, modality, bits, **tags)
    frames = stored if stored.ndim == 3 else stored[None]
    kind = np.uint8 if bits == 8 else np.uint16
    coded = [ENCODERS[syntax](np.ascontiguousarray(frame.astype(kind))) for frame in frames]
    ds.PixelData = encapsulate(coded)
    ds["PixelData"].VR = "OB"
    ds.file_meta.TransferSyntaxUID = syntax
    return save(ds, path)
