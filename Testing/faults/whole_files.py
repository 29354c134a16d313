"""Whole files of each kind that the program takes, for tests and campaigns that spoil them."""

import contextlib
import io
import os
from pathlib import Path

import pydicom
import SimpleITK as sitk
from pydicom.uid import RLELossless
from radiograph_files import compressed, dataset, dicom, pattern, save
from scene import sound_image
from small_model import save_small_model

ROOT = Path(__file__).resolve().parents[2]
WHOLE_FILES = "DIFF2CT_TEST_WHOLE_FILES"
TAGS = {
    "StudyInstanceUID": "1.2.3.1",
    "SeriesInstanceUID": "1.2.3.2",
    "PatientOrientation": ["L", "F"],
    "ImagerPixelSpacing": [4.0, 3.5],
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
ANGLES = {"PositionerPrimaryAngle": -176, "PositionerSecondaryAngle": -3}
"""The detector of an AP view is behind the patient, at 180 degrees; so this is four degrees off."""
QUICK = ["--steps", "1", "--no-consistency", "--device", "cpu", "--progress", "none"]


def whole() -> Path:
    """The folder of the whole files that are spoiled; it stays for the processes of one campaign."""
    return Path(os.environ[WHOLE_FILES])


def write_whole_files(folder: Path) -> None:
    """Write a small whole file of each kind, and name the folder to this process and its children."""
    os.environ[WHOLE_FILES] = str(folder)
    frontal = {"ViewPosition": "AP", **TAGS, **ANGLES}
    dicom(folder / "ap.dcm", **frontal)
    dicom(folder / "lateral.dcm", pattern()[::-1], ViewPosition="LL", **{**TAGS, "PatientOrientation": ["P", "F"]})
    rle = dataset(pattern(), **frontal)
    rle.compress(RLELossless, encoding_plugin="pydicom")
    save(rle, folder / "rle.dcm")
    for name, syntax, bits in (("jpeg", "50", 8), ("lossless", "70", 12), ("jpegls", "80", 12), ("jpeg2000", "90", 12)):
        compressed(folder / f"{name}.dcm", f"1.2.840.10008.1.2.4.{syntax}", pattern(bits=bits), bits=bits, **frontal)
    for number, path in enumerate(sorted(folder.glob("*.dcm"))):
        save_named(pydicom.dcmread(path), path, number)
    image = sitk.GetImageFromArray(pattern())
    for name in ("ap.png", "ap.tif", "ap.nrrd", "ap.mha", "ap.nii", "ap.nii.gz"):
        image.SetSpacing((4.0, 4.0) if name in ("ap.png", "ap.tif") else (3.5, 4.0))
        sitk.WriteImage(image, str(folder / name))
        if name == "ap.nii":
            sitk.WriteImage(3000 - image, str(folder / "ap-twin.nii"))
    volume = sound_image()
    for name in ("ct.nrrd", "ct.nii", "ct.mha", "sound.nrrd"):
        sitk.WriteImage(volume, str(folder / name))
    # The same place and other values: what a reader would take who searches by the name without its ending.
    twin = sitk.GetImageFromArray(sitk.GetArrayFromImage(volume)[:, :, ::-1] + 3)
    twin.CopyInformation(volume)
    sitk.WriteImage(twin, str(folder / "ct-twin.nii"))
    save_small_model(folder / "model")
    _reconstruct(folder)


def save_named(data, path: Path, number: int = 9) -> Path:
    """Save with a UID that is the same in every campaign, so that a number spoils the same byte."""
    data.SOPInstanceUID = data.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.4.5.{number}"
    return save(data, path)


def _reconstruct(folder: Path) -> None:
    """Two volumes with their reports, to be exported."""
    for name, seed in (("made", "1"), ("other", "2")):
        command = [
            "reconstruct",
            str(folder / "ap.dcm"),
            str(folder / "lateral.dcm"),
            "-o",
            str(folder / f"{name}.nrrd"),
        ]
        run_whole([*command, "--model", str(folder / "model"), "--seed", seed, *QUICK])


def run_whole(command: list[str]) -> None:
    """Run the program on what is sound, which must succeed."""
    from Diff2CTCore.__main__ import main

    with contextlib.redirect_stdout(io.StringIO()):
        assert main(command) == 0
