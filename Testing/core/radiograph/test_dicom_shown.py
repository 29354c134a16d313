"""Which end of the scale is dense, by how a DICOM radiograph is shown and by what its intensities are."""

import numpy as np
import pytest
from assumed import assumed
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels import apply_voi_lut
from radiograph_files import dicom, pattern, save

from Diff2CTCore.radiograph import read_radiograph

RISING = np.arange(4096)
SIGMOID = np.round(4095 / (1 + np.exp(-(RISING - 2000) / 300.0)))


def voi(entries, first=0, descriptor="US"):
    """A VOI look-up table of 12 bits."""
    item = Dataset()
    item.add_new("LUTDescriptor", descriptor, [len(entries), first, 12])
    item.add_new("LUTData", "US", [int(entry) for entry in entries])
    return item


def shown_white(path):
    """By pydicom: whether the pixels that are displayed bright have high stored values."""
    ds = dcmread(path)
    displayed = apply_voi_lut(ds.pixel_array, ds).astype(float)
    rises = np.corrcoef(ds.pixel_array.ravel(), displayed.ravel())[0, 1] > 0.0
    return rises == (ds.PhotometricInterpretation == "MONOCHROME2")


@pytest.mark.parametrize("entries", [RISING, RISING[::-1], SIGMOID, SIGMOID[::-1]])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_a_voi_table_that_falls_turns_the_picture_round(tmp_path, entries, photometric):
    tags = {"PhotometricInterpretation": photometric, "PresentationIntentType": "FOR PRESENTATION"}
    path = dicom(tmp_path / "a.dcm", VOILUTSequence=[voi(entries)], **tags)
    read = read_radiograph(path)
    np.testing.assert_array_equal(read.pixels, pattern() if shown_white(path) else 4095.0 - pattern())
    assert "invert" not in assumed(read.assumptions)


@pytest.mark.parametrize("descriptor", ["US", "SS"])
def test_a_voi_table_is_looked_up_with_the_rescaled_values(tmp_path, descriptor):
    # The table falls below -1000 and rises above; all values of the picture lie above.
    entries = np.abs(np.arange(-3000, 5000) + 1000) // 2
    first = -3000 if descriptor == "SS" else 65536 - 3000
    tags = {"RescaleSlope": 1, "RescaleIntercept": -500, "VOILUTSequence": [voi(entries, first, descriptor)]}
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality="CR", **tags))
    np.testing.assert_array_equal(read.pixels, pattern() - 500.0)
    assert "invert" not in assumed(read.assumptions)


@pytest.mark.parametrize(
    "tags",
    [
        {"VOILUTSequence": [voi(RISING), voi(RISING[::-1])]},
        {"VOILUTSequence": [voi(RISING[::-1])], "WindowCenter": 2000, "WindowWidth": 4000},
        {"VOILUTSequence": [voi(np.abs(RISING - 2000))]},
        {"VOILUTSequence": [Dataset()]},
        {"WindowCenter": 2000, "WindowWidth": -4000},
    ],
)
def test_a_display_whose_direction_is_not_known_is_told(tmp_path, tags):
    path = dicom(tmp_path / "a.dcm", **tags)
    read = read_radiograph(path)
    np.testing.assert_array_equal(read.pixels, pattern())
    assert "invert" in assumed(read.assumptions)
    assert "invert" not in assumed(read_radiograph(path, invert=False).assumptions)


def test_a_falling_voi_table_settles_a_seeming_contradiction_with_the_sign(tmp_path):
    tags = {"PixelIntensityRelationship": "LOG", "PixelIntensityRelationshipSign": 1}
    read = read_radiograph(dicom(tmp_path / "a.dcm", VOILUTSequence=[voi(RISING[::-1])], **tags))
    np.testing.assert_array_equal(read.pixels, 4095.0 - pattern())
    assert "invert" not in assumed(read.assumptions)


@pytest.mark.parametrize("modality", ["CR", "DX", "OT", "XA"])
@pytest.mark.parametrize("sign", [None, 1])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_what_is_linear_in_the_intensity_is_dense_where_it_is_low(tmp_path, modality, sign, photometric):
    tags = {"PixelIntensityRelationship": "LIN", "PhotometricInterpretation": photometric}
    if sign:
        tags["PixelIntensityRelationshipSign"] = sign
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality=modality, **tags))
    np.testing.assert_allclose(read.pixels, np.log(4095.0 / np.maximum(pattern(), 0.5)), atol=1e-5)
    contradicted = photometric == "MONOCHROME2" and modality != "XA"
    assert ("invert" in assumed(read.assumptions)) is contradicted


def test_a_file_made_for_display_is_followed_against_its_linear_intensity_and_says_so(tmp_path):
    tags = {"PixelIntensityRelationship": "LIN", "PresentationIntentType": "FOR PRESENTATION"}
    read = read_radiograph(dicom(tmp_path / "a.dcm", **tags))
    np.testing.assert_allclose(read.pixels, np.log(4095.0 / np.maximum(4095.0 - pattern(), 0.5)), atol=1e-5)
    assert "invert" in assumed(read.assumptions)


@pytest.mark.parametrize("sign", [0, 2, [1, 1]])
@pytest.mark.parametrize("modality", ["DX", "XA"])
def test_a_sign_that_is_neither_is_told_and_the_user_can_say_it(tmp_path, modality, sign):
    path = dicom(tmp_path / "a.dcm", modality=modality, PixelIntensityRelationshipSign=sign)
    read = read_radiograph(path)
    np.testing.assert_array_equal(read.pixels, pattern() if modality == "DX" else 4095.0 - pattern())
    assert any("PixelIntensityRelationshipSign" in note.why for note in read.assumptions if note.name == "invert")
    inverted = read_radiograph(path, invert=True)
    np.testing.assert_array_equal(inverted.pixels + read.pixels, np.full(read.pixels.shape, 4095.0))
    assert "invert" not in assumed(inverted.assumptions)


def signed(path, values, **tags):
    """A file of signed words, linear in the intensity."""
    tags = {"PixelIntensityRelationship": "LIN", "PhotometricInterpretation": "MONOCHROME1", **tags}
    ds = dcmread(dicom(path, values.astype(np.int16).view(np.uint16), "CR", bits=16, **tags))
    ds.PixelRepresentation = 1
    return save(ds, path)


@pytest.mark.parametrize("noise", [0, -30])
def test_signed_intensities_of_which_none_or_few_are_negative_begin_at_zero(tmp_path, noise):
    values = 500 + pattern().astype(int) // 2
    values[0, :5] = noise
    read = read_radiograph(signed(tmp_path / "a.dcm", values)).pixels[1:]
    truth = -np.log(values[1:])
    np.testing.assert_allclose(read - read.min(), truth - truth.min(), atol=1e-5)


@pytest.mark.parametrize(("shift", "bottom"), [(-1900, -2048), (-32768, -32768)])
def test_signed_intensities_far_below_zero_begin_at_the_end_of_their_bits_and_say_so(tmp_path, shift, bottom):
    values = shift + pattern().astype(int) // 2
    path = signed(tmp_path / "a.dcm", values)
    truth = -np.log(np.maximum(values - bottom, 0.5))
    read = read_radiograph(path)
    np.testing.assert_allclose(read.pixels - read.pixels.min(), truth - truth.min(), atol=1e-4)
    assert str(bottom) in next(note.why for note in read.assumptions if note.name == "intensity")
    assert "intensity" not in assumed(read_radiograph(path, intensity="linear").assumptions)


def test_signed_values_that_the_user_calls_linear_begin_at_zero_too(tmp_path):
    values = 500 + pattern().astype(int) // 2
    read = read_radiograph(signed(tmp_path / "a.dcm", values, PixelIntensityRelationship=""), intensity="linear")
    truth = -np.log(values)
    np.testing.assert_allclose(read.pixels - read.pixels.min(), truth - truth.min(), atol=1e-5)
