"""Whatever is not a radiograph, and whatever cannot be chosen, is refused in one sentence."""

import os

import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image
from radiograph_files import dicom, pattern
from refusal import refuse, write


def test_a_missing_file_a_folder_and_an_empty_file_are_named(tmp_path):
    refuse(tmp_path / "none.dcm", "does not exist")
    refuse(tmp_path, "is a folder")
    refuse(write(tmp_path / "empty.dcm", b""), "is empty")
    refuse("\0", "exist|cannot be read")


@pytest.mark.skipif(os.name != "posix", reason="named pipes are made differently elsewhere")
def test_a_pipe_does_not_hang_the_reader(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    refuse(tmp_path / "pipe", "not a regular file")


@pytest.mark.parametrize(
    "content", [b"Dear colleague,\n", b"\x7fELF" + bytes(900), b"PK\x03\x04" + bytes(900), bytes(4000), b"%PDF-1.7\n"]
)
def test_something_that_is_no_image_is_refused_whatever_its_name(tmp_path, content):
    refuse(write(tmp_path / "a.dcm", content), "not an image of a known format")


def test_a_jpeg_photograph_is_refused_with_the_way_out(tmp_path):
    Image.fromarray(pattern(bits=8).astype(np.uint8)).save(tmp_path / "a.jpg")
    refuse(tmp_path / "a.jpg", "JPEG picture")


@pytest.mark.parametrize("kind", ["png", "nrrd", "dicom"])
def test_a_constant_image_is_refused(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    constant = np.full((96, 80), 7, np.uint16)
    if kind == "dicom":
        dicom(path, constant)
    else:
        sitk.WriteImage(sitk.GetImageFromArray(constant), str(path))
    refuse(path, "constant")


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"view": "LAT"}, "view"),
        ({"rotate": 45}, "rotation"),
        ({"flip": "both"}, "mirroring"),
        ({"intensity": "db"}, "intensity"),
        ({"pixel_spacing_mm": -1}, "spacing"),
        ({"pixel_spacing_mm": (0.1, 0.1, 0.1)}, "spacing"),
        ({"pixel_spacing_mm": "wide"}, "spacing"),
        ({"frame": 0}, "frame 0"),
    ],
)
def test_a_choice_that_does_not_exist_is_refused(tmp_path, choices, message):
    refuse(dicom(tmp_path / "a.dcm"), message, **choices)
