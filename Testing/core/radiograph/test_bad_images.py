"""Pictures and medical images that are no radiographs are refused before they cost memory."""

import contextlib
import gzip
import struct
import zlib

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from PIL import Image, PngImagePlugin
from radiograph_files import pattern
from refusal import refuse, write

from Diff2CTCore.errors import RadiographError
from Diff2CTCore.radiograph import read_radiograph


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
