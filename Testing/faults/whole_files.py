"""Whole files of each kind that the program takes, for tests and campaigns that spoil them."""

import os
from pathlib import Path

import SimpleITK as sitk
from ct_files import block_image
from pydicom.uid import RLELossless
from radiograph_files import compressed, dataset, dicom, pattern, save
from small_model import save_small_model

ROOT = Path(__file__).resolve().parents[2]
WHOLE_FILES = "DIFF2CT_TEST_WHOLE_FILES"
TAGS = {
    "PatientOrientation": ["L", "F"],
    "ImagerPixelSpacing": [4.0, 4.0],
    "DistanceSourceToDetector": 1150,
    "DistanceSourceToPatient": 950,
    "PixelIntensityRelationship": "LOG",
    "PixelIntensityRelationshipSign": -1,
    "RescaleSlope": 1,
    "RescaleIntercept": 0,
    "WindowCenter": 2000,
    "WindowWidth": 3000,
    "ShutterShape": "RECTANGULAR",
    "ShutterLeftVerticalEdge": 0,
    "ShutterRightVerticalEdge": 80,
    "ShutterUpperHorizontalEdge": 0,
    "ShutterLowerHorizontalEdge": 90,
}


def whole() -> Path:
    """The folder of the whole files that are spoiled; it stays for the processes of one campaign."""
    return Path(os.environ[WHOLE_FILES])


def write_whole_files(folder: Path) -> None:
    """Write a small whole file of each kind, and name the folder to this process and its children."""
    os.environ[WHOLE_FILES] = str(folder)
    dicom(folder / "ap.dcm", ViewPosition="AP", **TAGS)
    dicom(folder / "lateral.dcm", pattern()[::-1], ViewPosition="LL", **{**TAGS, "PatientOrientation": ["P", "F"]})
    rle = dataset(pattern(), ViewPosition="AP", **TAGS)
    rle.compress(RLELossless, encoding_plugin="pydicom")
    save(rle, folder / "rle.dcm")
    for name, syntax, bits in (("jpeg", "50", 8), ("lossless", "70", 12), ("jpegls", "80", 12), ("jpeg2000", "90", 12)):
        compressed(
            folder / f"{name}.dcm",
            f"1.2.840.10008.1.2.4.{syntax}",
            pattern(bits=bits),
            bits=bits,
            ViewPosition="AP",
            **TAGS,
        )
    image = sitk.GetImageFromArray(pattern())
    image.SetSpacing((4.0, 4.0))
    for name in ("ap.png", "ap.tif", "ap.nrrd", "ap.mha", "ap.nii", "ap.nii.gz"):
        sitk.WriteImage(image, str(folder / name))
    volume = block_image()
    for name in ("ct.nrrd", "ct.nii", "ct.mha"):
        sitk.WriteImage(volume, str(folder / name))
    save_small_model(folder / "model")
