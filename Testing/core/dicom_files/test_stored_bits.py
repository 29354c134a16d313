"""How many bits a pixel has, and which is its sign, where header, words and codestream say so each for themselves."""

import imagecodecs
import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from radiograph_files import dataset, dicom, pattern, save
from stored_frames import stored_values

from Diff2CTCore.errors import ImageFileError

J2K, JPEG_LS, LOSSLESS_JPEG = "1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.70"
ENCODERS = {
    J2K: lambda image, bits: imagecodecs.jpeg2k_encode(image, codecformat="j2k", reversible=True, bitspersample=bits),
    JPEG_LS: lambda image, bits: imagecodecs.jpegls_encode(image),
    LOSSLESS_JPEG: lambda image, bits: imagecodecs.ljpeg_encode(image, bitspersample=bits),
}


def coded(path, syntax, image, precision, stored, **tags):
    """A file whose codestream has `precision` bits, and whose header says `stored`."""
    ds = dataset(image, "DX", stored, **tags)
    ds.PixelData = encapsulate([ENCODERS[syntax](np.ascontiguousarray(image), precision)])
    ds["PixelData"].VR = "OB"
    ds.file_meta.TransferSyntaxUID = syntax
    return save(ds, path)


def overlay(ds, position, group=0x6000):
    """Say that a plane of an overlay lies in one bit of the pixels, as files did before 2004."""
    part = Dataset()
    part.add_new((group, 0x0010), "US", int(ds.Rows))
    part.add_new((group, 0x0011), "US", int(ds.Columns))
    part.add_new((group, 0x0100), "US", 16)
    part.add_new((group, 0x0102), "US", position)
    ds.update(part)
    return ds


def test_values_above_bits_stored_are_refused_and_not_wrapped(tmp_path):
    for name, bits in (("ten of twelve", 10), ("eleven of twelve", 11)):
        with pytest.raises(ImageFileError, match="BitsStored"):
            stored_values(dicom(tmp_path / f"{name}.dcm", pattern(bits=12), bits=bits))
    np.testing.assert_array_equal(stored_values(dicom(tmp_path / "a.dcm", pattern(bits=12), bits=12)), pattern())


def test_an_overlay_in_the_upper_bits_is_left_out_where_the_header_says_so(tmp_path):
    stored = pattern()
    drawn = (np.indices(stored.shape).sum(axis=0) % 7 == 0).astype(np.uint16)
    words = stored | drawn << 13
    explained = save(overlay(dataset(words), 13), tmp_path / "a.dcm")
    np.testing.assert_array_equal(stored_values(explained), stored)
    for name, ds in (("none", dataset(words)), ("elsewhere", overlay(dataset(words), 14))):
        with pytest.raises(ImageFileError, match="BitsStored"):
            stored_values(save(ds, tmp_path / f"{name}.dcm"))
    signed = dataset(((stored.astype(np.int32) - 2048) & 0x0FFF) | drawn << 13, PixelRepresentation=1)
    np.testing.assert_array_equal(stored_values(save(overlay(signed, 13), tmp_path / "s.dcm")), stored - 2048.0)


def test_signed_words_that_fill_some_upper_bits_and_leave_others_are_refused(tmp_path):
    words = (pattern().astype(np.int32) - 2048) & 0xFFFF
    words[5, 5] = 0x0900
    with pytest.raises(ImageFileError, match="BitsStored"):
        stored_values(dicom(tmp_path / "a.dcm", words, PixelRepresentation=1))


@pytest.mark.parametrize("syntax", [J2K, LOSSLESS_JPEG, JPEG_LS])
@pytest.mark.parametrize(("precision", "stored"), [(16, 12), (12, 10), (16, 16), (12, 12), (12, 16), (8, 12), (10, 12)])
def test_a_codestream_has_the_last_word_on_how_many_bits_there_are(tmp_path, syntax, precision, stored):
    image = pattern(bits=precision).astype(np.uint8 if precision == 8 else np.uint16)
    path = coded(tmp_path / "a.dcm", syntax, image, precision, stored)
    np.testing.assert_array_equal(stored_values(path), image)


@pytest.mark.parametrize("syntax", [J2K, LOSSLESS_JPEG, JPEG_LS])
@pytest.mark.parametrize("precision", [12, 16])
def test_signed_pixels_in_a_codestream_without_a_sign_are_negative_again(tmp_path, syntax, precision):
    values = pattern().astype(np.int32) - 2048
    words = (values & ((1 << precision) - 1)).astype(np.uint16)
    path = coded(tmp_path / "a.dcm", syntax, words, precision, 12, PixelRepresentation=1)
    np.testing.assert_array_equal(stored_values(path), values)


def test_a_codestream_with_a_sign_of_its_own_is_believed_where_the_header_agrees(tmp_path):
    values = (pattern().astype(np.int32) - 2048).astype(np.int16)
    agreeing = coded(tmp_path / "a.dcm", J2K, values, 12, 12, PixelRepresentation=1)
    np.testing.assert_array_equal(stored_values(agreeing), values)
    wider = coded(tmp_path / "b.dcm", J2K, values, 12, 16, PixelRepresentation=1)
    np.testing.assert_array_equal(stored_values(wider), values)
    with pytest.raises(ImageFileError, match="negative"):
        stored_values(coded(tmp_path / "c.dcm", J2K, values, 12, 12))
    positive = coded(tmp_path / "d.dcm", J2K, np.abs(values), 13, 12)
    np.testing.assert_array_equal(stored_values(positive), np.abs(values))


def test_a_header_with_a_sign_and_more_bits_than_an_unsigned_codestream_is_refused_where_it_matters(tmp_path):
    low = (pattern() // 2).astype(np.uint16)
    np.testing.assert_array_equal(
        stored_values(coded(tmp_path / "a.dcm", J2K, low, 12, 16, PixelRepresentation=1)), low
    )
    with pytest.raises(ImageFileError, match="negative"):
        stored_values(coded(tmp_path / "b.dcm", J2K, pattern(), 12, 16, PixelRepresentation=1))


@pytest.mark.parametrize(
    ("absent", "message"),
    [
        ("BitsAllocated", "BitsAllocated"),
        ("PixelRepresentation", "PixelRepresentation"),
        ("BitsStored HighBit", "BitsStored"),
        ("PhotometricInterpretation", "PhotometricInterpretation"),
    ],
)
def test_what_pixels_cannot_be_understood_without_is_not_made_up(tmp_path, absent, message):
    ds = dataset(pattern())
    for keyword in absent.split():
        del ds[keyword]
    with pytest.raises(ImageFileError, match=f"does not state its {message}"):
        stored_values(save(ds, tmp_path / "a.dcm"))


def test_bits_stored_follow_from_the_high_bit(tmp_path):
    ds = dataset(pattern())
    del ds.BitsStored
    np.testing.assert_array_equal(stored_values(save(ds, tmp_path / "a.dcm")), pattern())
