"""Samples of a compressed frame, as its codestream holds them."""

from __future__ import annotations

import os

import numpy as np

from ..storage import hidden_library_messages, library_path, output_errors, private_folder
from .codestream import BrokenCodestream, Coded
from .layout import SECONDARY_CAPTURE, PixelLayout

_FILLED_UP = (b"premature end", b"bad huffman code", b"found marker")
"""What libjpeg says, and only says, when it makes up samples that a damaged frame does not hold."""

_CHROMA_TOLERANCE = 0.02
_COLOURED_FRACTION = 0.001


def decode(frame: bytes, layout: PixelLayout, coded: Coded) -> np.ndarray:
    """Samples (rows, columns[, samples]) of a checked JPEG, JPEG-LS or JPEG 2000 codestream.

    The GDCM inside SimpleITK knows every syntax of this room. It reads files, cuts samples to what the file says,
    and would apply rescale, polarity and a change of colours on its own. So it is given the frame in a small file
    of its own which says nothing but what the codestream says itself.

    Raises:
        BrokenCodestream: part of the samples is missing.
        RuntimeError: the codestream cannot be decoded.
    """
    import SimpleITK as sitk
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.encaps import encapsulate
    from pydicom.uid import UID, generate_uid

    single = Dataset()
    single.file_meta = FileMetaDataset()
    single.file_meta.TransferSyntaxUID = UID(layout.syntax)
    single.file_meta.MediaStorageSOPClassUID = single.SOPClassUID = UID(SECONDARY_CAPTURE)
    single.file_meta.MediaStorageSOPInstanceUID = single.SOPInstanceUID = generate_uid()
    single.Modality = "OT"
    single.Rows, single.Columns = layout.rows, layout.columns
    single.BitsAllocated = 8 if coded.precision <= 8 else 16
    single.BitsStored, single.HighBit = coded.precision, coded.precision - 1
    single.PixelRepresentation = int(coded.signed)
    single.SamplesPerPixel = layout.samples
    single.PhotometricInterpretation = "RGB" if layout.samples > 1 else "MONOCHROME2"
    if layout.samples > 1:
        single.PlanarConfiguration = 0
    single.PixelData = encapsulate([frame])
    single["PixelData"].VR = "OB"
    with output_errors("the temporary folder"), private_folder() as folder:
        path, messages = folder / "frame.dcm", folder / "messages.txt"
        with open(path, "wb", opener=_private) as file:
            single.save_as(file, enforce_file_format=True)
        reader = sitk.ImageFileReader()
        reader.SetImageIO("GDCMImageIO")
        reader.SetFileName(library_path(path))
        with hidden_library_messages(messages):
            samples = sitk.GetArrayFromImage(reader.Execute())[0]
        if messages.exists() and any(sign in messages.read_bytes().lower() for sign in _FILLED_UP):
            raise BrokenCodestream
    return samples if layout.samples == 1 else _without_chroma(samples, coded.precision)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _without_chroma(samples: np.ndarray, precision: int) -> np.ndarray:
    """Three times the luminance where the other two samples of all pixels are colour differences of nothing.

    Headers and codestreams often disagree on whether the three are red, green and blue, or luminance and two colour
    differences. Grey looks like one of the two alone, whoever is right.
    """
    scale = 1 << precision
    chroma = np.abs(samples[..., 1:].astype(np.int32) - scale // 2).max(axis=-1)
    if (chroma > _CHROMA_TOLERANCE * scale).mean() > _COLOURED_FRACTION:
        return samples
    return np.repeat(samples[..., :1], 3, axis=-1)
