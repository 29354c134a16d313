"""The format is told from the content; a file that is two things at once is not guessed about."""

import gzip

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from png_files import chunk, png_bytes
from radiograph_files import dicom, pattern
from refusal import refuse, write
from tiff_files import grey_tags, tiff_bytes

from Diff2CTCore.radiograph import read_radiograph

EIGHT = pattern(bits=8).astype(np.uint8)


def with_preamble(path, start):
    """A DICOM file whose preamble begins with `start`."""
    content = dicom(path, pattern()).read_bytes()
    return write(path, start + content[len(start) :])


def test_dicom_whose_preamble_shows_the_picture_as_tiff_is_dicom(tmp_path):
    path = with_preamble(tmp_path / "a.dcm", tiff_bytes(grey_tags(EIGHT), [])[:8])
    assert read_radiograph(path).provenance["format"] == "DICOM"


def test_a_file_that_is_two_things_at_once_is_refused(tmp_path):
    refuse(with_preamble(tmp_path / "a.tif", b"II*\0\xff\0\0\0"), "is a DICOM and a TIFF file at once")
    refuse(with_preamble(tmp_path / "a.dcm", b"\x89PNG\r\n\x1a\n"), "is a DICOM and a PNG file at once")
    refuse(with_preamble(tmp_path / "a.dcm", b"NRRD0004\n"), "is a DICOM and a NRRD file at once")
    refuse(with_preamble(tmp_path / "a.dcm", b"NDims = 2\n"), "is a DICOM and a MetaImage file at once")
    content = png_bytes(EIGHT, before=[chunk(b"tEXt", b"x" * (344 - 41) + b"n+1")])
    assert content[344:347] == b"n+1"
    refuse(write(tmp_path / "a.png", content), "is a NIfTI and a PNG file at once")


@pytest.mark.parametrize("suffix", [".png", ".tif", ".nrrd", ".mha"])
def test_another_format_packed_by_gzip_is_refused(tmp_path, suffix):
    sitk.WriteImage(sitk.GetImageFromArray(pattern()), str(tmp_path / f"a{suffix}"))
    packed = gzip.compress((tmp_path / f"a{suffix}").read_bytes())
    for name in (f"b{suffix}.gz", "b.nii.gz", f"b{suffix}"):
        refuse(write(tmp_path / name, packed), "gzip file and not an image of a known format")


def test_packed_dicom_and_cut_off_gzip_are_refused(tmp_path):
    packed = gzip.compress(dicom(tmp_path / "a.dcm").read_bytes())
    refuse(write(tmp_path / "b.dcm", packed), "unpack it")
    nibabel.save(nibabel.Nifti1Image(pattern().astype(np.int16).T, np.eye(4)), tmp_path / "a.nii.gz")
    refuse(write(tmp_path / "b.nii.gz", (tmp_path / "a.nii.gz").read_bytes()[:30]), "damaged or cut off gzip")


@pytest.mark.parametrize(("made", "name"), [("png", "a.tif"), ("tif", "a.png"), ("png", "a.nii.gz"), ("tif", "a.dcm")])
def test_a_picture_under_the_name_of_another_format_is_read_as_what_it_is(tmp_path, made, name):
    content = png_bytes(EIGHT) if made == "png" else tiff_bytes(grey_tags(EIGHT), [EIGHT.tobytes()])
    read = read_radiograph(write(tmp_path / name, content))
    np.testing.assert_array_equal(read.pixels, EIGHT)
    assert read.provenance["format"] == {"png": "PNG", "tif": "TIFF"}[made]
