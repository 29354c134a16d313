"""Single elements of a DICOM header: absent, unreadable and contradictory are three things."""

import warnings

import pytest
from pydicom import dcmread
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from radiograph_files import dicom

from Diff2CTCore.dicom_files import (
    UnreadableElementError,
    code,
    integer,
    items,
    number,
    numbers,
    positive,
    quiet_pydicom,
    readable,
    stated,
    stored_value,
)
from Diff2CTCore.errors import ImageFileError


def raw(keyword, value, representation="DS", little=True):
    """A header with one element as it stands in a file, before anything has been decoded."""
    header = Dataset()
    tag = Tag(keyword)
    header[tag] = RawDataElement(tag, representation, len(value), value, 0, False, little, True)
    return header


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (b"0.2\\0.4", [0.2, 0.4]),
        (b"0,2\\0,4 ", [0.2, 0.4]),
        (b"-10,0", [-10.0]),
        (b"1,5e-1", [0.15]),
        (b" 7 ", [7.0]),
        (b"", []),
        (b"  ", []),
    ],
)
def test_numbers_are_read_with_a_point_or_a_comma_and_nothing_is_no_number(text, found):
    assert numbers(raw("PixelSpacing", text), "PixelSpacing") == found


@pytest.mark.parametrize("text", [b"far", b"1.000,5", b"1\\", b"nan", b"inf", b"\xff", b"0x10"])
def test_a_number_that_cannot_be_read_is_not_an_absent_one(text):
    header = raw("RescaleSlope", text)
    for read in (numbers, number, positive):
        with pytest.raises(UnreadableElementError) as caught:
            read(header, "RescaleSlope")
        assert caught.value.keyword == "RescaleSlope"
    assert number(Dataset(), "RescaleSlope") is None


def test_whole_single_and_positive_numbers_are_held_to_it():
    for keyword, text, read in (
        ("DistanceSourceToDetector", b"-1", positive),
        ("DistanceSourceToDetector", b"1\\2", positive),
        ("NumberOfFrames", b"1.5", lambda header, keyword: integer(header, keyword, 1)),
    ):
        with pytest.raises(UnreadableElementError):
            read(raw(keyword, text), keyword)
    assert positive(raw("DistanceSourceToDetector", b"0"), "DistanceSourceToDetector") is None
    assert integer(Dataset(), "NumberOfFrames", 1) == 1


def test_a_sequence_that_is_none_is_not_an_empty_one():
    assert items(Dataset(), "ModalityLUTSequence") == []
    assert items(raw("ModalityLUTSequence", b"", "SQ"), "ModalityLUTSequence") == []
    with pytest.raises(UnreadableElementError):
        items(raw("ModalityLUTSequence", b"\1\2\3", "OB"), "ModalityLUTSequence")


@pytest.mark.parametrize(
    ("representation", "value", "bits", "signed", "meant"),
    [
        ("SS", b"\x30\xf8", 16, True, -2000),
        ("US", b"\x30\xf8", 16, True, -2000),
        ("US", b"\x30\x08", 12, True, -2000),
        ("SS", b"\x30\xf8", 16, False, 63536),
        ("OW", b"\x30\xf8", 16, True, -2000),
        (None, b"\x30\xf8", 16, True, -2000),
        ("US", b"\x05\x00", 12, True, 5),
    ],
)
def test_a_stored_value_is_what_a_pixel_of_those_bits_would_be(representation, value, bits, signed, meant):
    assert stored_value(raw("PixelPaddingValue", value, representation), "PixelPaddingValue", bits, signed) == meant
    turned = raw("PixelPaddingValue", value[::-1], representation, little=False)
    assert stored_value(turned, "PixelPaddingValue", bits, signed) == meant


def test_a_code_that_is_not_known_is_told_from_one_that_is_absent():
    header = raw("ViewPosition", b"ZELDA ", "CS")
    assert code(header, "ViewPosition", ("AP",)) is None
    assert stated(header, "ViewPosition")
    assert not stated(Dataset(), "ViewPosition")
    assert not stated(raw("ViewPosition", b"  ", "CS"), "ViewPosition")


def test_the_sentence_names_the_file_and_the_element_and_no_value():
    with pytest.raises(ImageFileError) as caught, readable("a.dcm"):
        number(raw("RescaleSlope", b"Zelda"), "RescaleSlope")
    assert str(caught.value).startswith("The RescaleSlope of a.dcm is there but cannot be read")
    assert "Zelda" not in str(caught.value)


def test_a_character_set_that_nobody_knows_is_no_warning_to_the_user(tmp_path, capfd):
    path = dicom(tmp_path / "a.dcm", SpecificCharacterSet="ISO_IR 100")
    path.write_bytes(path.read_bytes().replace(b"ISO_IR 100", b"ISO_IR 999"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with quiet_pydicom():
            assert str(dcmread(path).PatientName) == "Quux^Zelda"
    assert "".join(capfd.readouterr()) == ""
