"""DICOM files that are no radiographs, or are damaged, are refused before they cost memory."""

import struct
import tracemalloc
import zlib

import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.uid import DeflatedExplicitVRLittleEndian, HTJ2KLossless
from radiograph_files import ENCODERS, compressed, dataset, dicom, pattern, save
from refusal import refuse, write


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
    refuse(compressed(tmp_path / "a.dcm", syntax, pattern(800, 800, bits), bits=bits, Rows=96), "not what its header")


@pytest.mark.parametrize("cut", [100, 140, 300, 600, 5000])
def test_an_uncompressed_file_that_is_cut_off_is_refused(tmp_path, cut):
    whole = dicom(tmp_path / "a.dcm").read_bytes()
    refuse(write(tmp_path / "b.dcm", whole[:cut]), ".")
