"""Whatever is not a radiograph is refused in one sentence, before it costs memory."""

import contextlib
import gzip
import os
import struct
import tracemalloc
import zlib

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image, PngImagePlugin
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.uid import DeflatedExplicitVRLittleEndian, HTJ2KLossless
from radiograph_files import ENCODERS, compressed, dataset, dicom, pattern, save

from Diff2CTCore.errors import RadiographError
from Diff2CTCore.radiograph import read_radiograph


def refuse(path, message, **choices):
    """The file is refused in one sentence that matches."""
    with pytest.raises(RadiographError, match=message) as caught:
        read_radiograph(path, **choices)
    text = str(caught.value)
    assert text.endswith(".")
    assert "\n" not in text
    assert "Traceback" not in text
    assert "Zelda" not in text


def write(path, content):
    path.write_bytes(content)
    return path


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


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("CT_small.dcm", "CT image"),
        ("MR_small.dcm", "MR image"),
        ("examples_rgb_color.dcm", "ultrasound"),
        ("rtplan.dcm", "not a radiograph"),
        ("rtdose.dcm", "not a radiograph"),
        ("liver_1frame.dcm", "segmentation"),
        ("waveform_ecg.dcm", "not a radiograph"),
        ("test-SR.dcm", "report"),
        ("SC_rgb_small_odd.dcm", "3 x 3"),
        ("SC_rgb_jpeg_dcmtk.dcm", "colour picture"),
        ("OT-PAL-8-face.dcm", "colour format"),
        ("RG1_UNCR.dcm", "PixelSpacing"),
    ],
)
def test_a_real_file_of_another_kind_is_refused(name, message):
    refuse(get_testdata_file(name), message)


def test_a_free_text_in_place_of_the_modality_is_not_repeated(tmp_path):
    refuse(dicom(tmp_path / "a.dcm", modality="ZELDA QUUX"), "not a radiograph by its modality")


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({"ImagerPixelSpacing": [0, 0]}, "ImagerPixelSpacing"),
        ({"ImagerPixelSpacing": [-0.2, 0.2]}, "ImagerPixelSpacing"),
        ({"PixelSpacing": [0.2, -0.2]}, "PixelSpacing"),
        ({"PixelAspectRatio": [2, 1]}, "not square"),
        ({"RescaleSlope": 0, "RescaleIntercept": 0}, "slope"),
        ({"BitsAllocated": 32, "BitsStored": 32, "HighBit": 31}, "bits"),
        ({"HighBit": 13}, "bit layout"),
        ({"Rows": 0}, "no pixel data"),
        ({"Rows": 20000, "Columns": 20000}, "20000 x 20000"),
        ({"Rows": 97}, "damaged or cut off"),
        ({"PixelData": b""}, "damaged or cut off"),
        ({"PhotometricInterpretation": "YBR_FULL"}, "colour format"),
    ],
)
def test_a_header_that_cannot_be_is_refused(tmp_path, tags, message):
    refuse(dicom(tmp_path / "a.dcm", **tags), message)


def test_a_transfer_syntax_that_is_not_read_is_named_as_such(tmp_path):
    deflated = dataset(pattern())
    deflated.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    refuse(save(deflated, tmp_path / "a.dcm"), "deflated")
    path = compressed(tmp_path / "b.dcm", "1.2.840.10008.1.2.4.90", pattern())
    ds = dcmread(path)
    ds.file_meta.TransferSyntaxUID = HTJ2KLossless
    refuse(save(ds, path), "transfer syntax")


def test_a_deflated_bomb_is_not_inflated(tmp_path):
    deflated = dataset(pattern())
    deflated.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian
    whole = save(deflated, tmp_path / "a.dcm").read_bytes()
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    header = whole[: 132 + 12 + struct.unpack("<I", whole[140:144])[0]]
    content = b"".join(bomb.compress(bytes(1 << 24)) for _ in range(16)) + bomb.flush()
    tracemalloc.start()
    refuse(write(tmp_path / "bomb.dcm", header + content), "deflated")
    assert tracemalloc.get_traced_memory()[1] < 64 << 20
    tracemalloc.stop()


@pytest.mark.parametrize("syntax", sorted(ENCODERS))
def test_a_compressed_file_that_is_cut_off_is_refused(tmp_path, syntax):
    bits = 8 if syntax.endswith(".50") else 12
    path = compressed(tmp_path / "a.dcm", syntax, pattern(bits=bits), bits=bits)
    whole = path.read_bytes()
    refuse(write(path, whole[: len(whole) - 120]), "damaged or cut off")


@pytest.mark.parametrize("syntax", sorted(ENCODERS))
def test_a_codestream_larger_than_its_header_says_is_refused_before_decoding(tmp_path, syntax):
    bits = 8 if syntax.endswith(".50") else 12
    refuse(compressed(tmp_path / "a.dcm", syntax, pattern(800, 800, bits), bits=bits, Rows=96), "damaged or cut off")


@pytest.mark.parametrize("cut", [100, 140, 300, 600, 5000])
def test_an_uncompressed_file_that_is_cut_off_is_refused(tmp_path, cut):
    whole = dicom(tmp_path / "a.dcm").read_bytes()
    refuse(write(tmp_path / "b.dcm", whole[:cut]), ".")


@pytest.mark.parametrize("suffix", [".png", ".tif", ".nrrd", ".mha", ".nii", ".nii.gz"])
def test_an_image_that_is_cut_off_is_refused(tmp_path, suffix):
    path = tmp_path / f"a{suffix}"
    sitk.WriteImage(sitk.GetImageFromArray(pattern()), str(path))
    whole = path.read_bytes()
    for length in (12, 60, 360, len(whole) // 2, len(whole) - 40):
        refuse(write(path, whole[:length]), ".")


@pytest.mark.parametrize("suffix", [".png", ".tif", ".nrrd", ".mha", ".nii.gz"])
@pytest.mark.parametrize("shape", [(10, 10), (63, 500), (64, 10_001)])
def test_an_image_too_small_or_too_large_is_refused(tmp_path, suffix, shape):
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros(shape, np.uint8)), str(tmp_path / f"a{suffix}"))
    refuse(tmp_path / f"a{suffix}", f"{shape[0]} x {shape[1]} pixels")


@pytest.mark.parametrize("suffix", [".nrrd", ".mha", ".nii.gz", ".tif"])
def test_a_volume_is_not_a_radiograph(tmp_path, suffix):
    sitk.WriteImage(sitk.GetImageFromArray(np.stack([pattern()] * 3)), str(tmp_path / f"a{suffix}"))
    refuse(tmp_path / f"a{suffix}", "volume")


@pytest.mark.parametrize("kind", ["png", "nrrd", "dicom"])
def test_a_constant_image_is_refused(tmp_path, kind):
    path = tmp_path / f"a.{kind}"
    constant = np.full((96, 80), 7, np.uint16)
    if kind == "dicom":
        dicom(path, constant)
    else:
        sitk.WriteImage(sitk.GetImageFromArray(constant), str(path))
    refuse(path, "constant")


def test_a_colour_photograph_is_refused(tmp_path):
    colours = np.stack([pattern(bits=8), pattern(bits=8)[::-1], pattern(bits=8)[:, ::-1]], axis=-1).astype(np.uint8)
    Image.fromarray(colours).save(tmp_path / "a.png")
    Image.fromarray(colours).save(tmp_path / "a.tif")
    refuse(tmp_path / "a.png", "colour picture")
    refuse(tmp_path / "a.tif", "colour picture")


def png_chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def test_a_png_bomb_is_refused_by_its_header(tmp_path):
    header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 16, 0, 0, 0, 0))
    data = png_chunk(b"IDAT", zlib.compress(bytes(1 << 20)))
    refuse(write(tmp_path / "a.png", b"\x89PNG\r\n\x1a\n" + header + data + png_chunk(b"IEND", b"")), "60000 x 60000")


def test_a_png_with_a_huge_compressed_text_is_read_or_refused_but_not_inflated(tmp_path):
    text = PngImagePlugin.PngInfo()
    text.add_text("comment", "A" * (200 << 20), zip=True)
    Image.fromarray(pattern()).save(tmp_path / "a.png", pnginfo=text)
    resource = pytest.importorskip("resource")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with contextlib.suppress(RadiographError):
        read_radiograph(tmp_path / "a.png")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 << 10


def test_a_gzip_bomb_is_read_no_further_than_its_header(tmp_path):
    with gzip.open(tmp_path / "a.nii.gz", "wb") as stream:
        stream.write(bytes(200 << 20))
    refuse(tmp_path / "a.nii.gz", "not an image of a known format")


NRRD_HEADER = "NRRD0004\ntype: uchar\ndimension: 2\nsizes: 80 96\nencoding: raw\n"


@pytest.mark.parametrize(
    "line", ["data file: /etc/passwd", "datafile: other.raw", "DATA FILE: LIST", "data file: ../x.raw"]
)
def test_a_header_that_points_to_another_file_is_refused(tmp_path, line):
    refuse(write(tmp_path / "a.nrrd", f"{NRRD_HEADER}{line}\n\n".encode() + bytes(96 * 80)), "another file")
    refuse(write(tmp_path / "b.nrrd", f"{NRRD_HEADER}{line}\n".encode()), "another file")


@pytest.mark.parametrize("target", ["/etc/passwd", "LIST", "a%03d.raw 1 3 1"])
def test_a_meta_header_that_points_to_another_file_is_refused(tmp_path, target):
    header = f"ObjectType = Image\nNDims = 2\nDimSize = 80 96\nElementType = MET_UCHAR\nElementDataFile = {target}\n"
    refuse(write(tmp_path / "a.mhd", header.encode() + bytes(96 * 80)), "another file")


def test_a_nifti_header_without_its_data_is_refused(tmp_path):
    nibabel.save(nibabel.Nifti1Pair(pattern().astype(np.int16), np.eye(4)), tmp_path / "a.img")
    refuse(tmp_path / "a.hdr", "another file")


@pytest.mark.parametrize("spacing", ["0 0", "-1 1", "0.2 -0.2"])
def test_a_spacing_in_a_text_header_must_be_positive(tmp_path, spacing):
    header = f"{NRRD_HEADER}spacings: {spacing}\n\n"
    refuse(write(tmp_path / "a.nrrd", header.encode() + bytes(range(96)) * 80), "zero or negative")
    header = f"ObjectType = Image\nNDims = 2\nDimSize = 80 96\nElementSpacing = {spacing}\nElementType = MET_UCHAR\n"
    content = f"{header}ElementDataFile = LOCAL\n".encode() + bytes(range(96)) * 80
    refuse(write(tmp_path / "a.mha", content), "zero or negative")


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
