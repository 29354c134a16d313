"""What the values of a DICOM radiograph mean: polarity, intensity and look-up tables."""

import numpy as np
import pytest
from assumed import assumed
from pydicom.dataset import Dataset
from radiograph_files import dicom, line_integrals, pattern

from Diff2CTCore.radiograph import read_radiograph


def test_monochrome1_is_inverted_once_and_monochrome2_not_at_all(tmp_path):
    stored = pattern()
    bright = read_radiograph(dicom(tmp_path / "2.dcm", stored))
    dark = read_radiograph(
        dicom(
            tmp_path / "1.dcm", 4095 - stored, PhotometricInterpretation="MONOCHROME1", PresentationLUTShape="INVERSE"
        )
    )
    np.testing.assert_array_equal(bright.pixels, stored)
    np.testing.assert_array_equal(dark.pixels, stored)


def test_a_falling_rescale_with_monochrome1_is_not_inverted_twice(tmp_path):
    # Stored values rise with density; the rescale turns them round, MONOCHROME1 shows the low end white.
    path = dicom(
        tmp_path / "a.dcm",
        modality="CR",
        PhotometricInterpretation="MONOCHROME1",
        RescaleSlope=-1,
        RescaleIntercept=4095,
    )
    np.testing.assert_array_equal(read_radiograph(path).pixels, pattern())


def test_invert_turns_the_polarity_round_and_false_confirms_it(tmp_path):
    path = dicom(tmp_path / "a.dcm")
    np.testing.assert_array_equal(read_radiograph(path, invert=True).pixels, 4095.0 - pattern())
    np.testing.assert_array_equal(read_radiograph(path, invert=False).pixels, pattern())


@pytest.mark.parametrize("sign", [1, -1])
def test_linear_intensity_becomes_the_line_integral(tmp_path, sign):
    truth = line_integrals()
    intensity = np.exp(-truth)
    stored = np.round(65535 * (intensity if sign == 1 else 1 - intensity))
    path = dicom(
        tmp_path / "a.dcm",
        stored,
        bits=16,
        PixelIntensityRelationship="LIN",
        PixelIntensityRelationshipSign=sign,
        PhotometricInterpretation="MONOCHROME1" if sign == 1 else "MONOCHROME2",
    )
    read = read_radiograph(path)
    # One grey level at p = 6 is 0.6 % of the intensity left there.
    np.testing.assert_allclose(read.pixels, truth, atol=0.005)
    assert read.provenance["logarithm_taken"]


@pytest.mark.parametrize("sign", [1, -1])
def test_logarithmic_intensity_stays_linear_in_the_line_integral(tmp_path, sign):
    truth = line_integrals()
    level = truth / 6.0 if sign == -1 else 1 - truth / 6.0
    path = dicom(
        tmp_path / "a.dcm",
        np.round(65535 * level),
        bits=16,
        PixelIntensityRelationship="LOG",
        PixelIntensityRelationshipSign=sign,
        PhotometricInterpretation="MONOCHROME1" if sign == 1 else "MONOCHROME2",
    )
    np.testing.assert_allclose(read_radiograph(path).pixels / 65535 * 6.0, truth, atol=1e-4)


def test_linear_intensity_in_a_file_made_for_display_is_pointed_out(tmp_path):
    tags = {"PixelIntensityRelationship": "LIN", "PixelIntensityRelationshipSign": -1}
    display = dicom(tmp_path / "a.dcm", PresentationIntentType="FOR PRESENTATION", **tags)
    raw = dicom(tmp_path / "b.dcm", PresentationIntentType="FOR PROCESSING", **tags)
    assert "intensity" in assumed(read_radiograph(display).assumptions)
    assert "intensity" not in assumed(read_radiograph(raw).assumptions)
    assert "intensity" not in assumed(read_radiograph(display, intensity="linear").assumptions)


def test_linear_intensity_of_zero_stays_finite(tmp_path):
    stored = pattern(bits=16)
    stored[:4] = 0
    path = dicom(tmp_path / "a.dcm", stored, "XA", bits=16, PixelIntensityRelationship="LIN")
    assert np.isfinite(read_radiograph(path).pixels).all()


def test_the_user_can_say_that_a_silent_file_is_linear(tmp_path):
    truth = line_integrals()
    path = dicom(tmp_path / "a.dcm", np.round(65535 * np.exp(-truth)), bits=16)
    np.testing.assert_allclose(read_radiograph(path, intensity="linear", invert=True).pixels, truth, atol=0.005)


@pytest.mark.parametrize(("intent", "dense_is_high"), [("FOR PROCESSING", False), ("FOR PRESENTATION", True)])
def test_when_sign_and_photometric_disagree_one_is_followed_and_the_user_is_told(tmp_path, intent, dense_is_high):
    path = dicom(
        tmp_path / "a.dcm",
        PixelIntensityRelationship="LOG",
        PixelIntensityRelationshipSign=1,
        PresentationIntentType=intent,
    )
    read = read_radiograph(path)
    np.testing.assert_array_equal(read.pixels, pattern() if dense_is_high else 4095.0 - pattern())
    assert "invert" in assumed(read.assumptions)


@pytest.mark.parametrize("modality", ["XA", "RF"])
def test_fluoroscopy_without_a_relationship_is_taken_as_dense_dark_and_says_so(tmp_path, modality):
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality=modality, PixelIntensityRelationship="DISP"))
    np.testing.assert_array_equal(read.pixels, 4095.0 - pattern())
    assert "invert" in assumed(read.assumptions)


def modality_lut(data):
    item = Dataset()
    item.LUTDescriptor = [len(data), 0, 16]
    item.ModalityLUTType = "US"
    item.LUTData = np.asarray(data, "<u2").tobytes()
    item["LUTData"].VR = "OW"
    return [item]


def test_a_modality_lut_is_applied_to_a_computed_radiograph(tmp_path):
    table = np.round(np.sqrt(np.arange(4096) / 4095.0) * 65535)
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality="CR", ModalityLUTSequence=modality_lut(table)))
    np.testing.assert_array_equal(read.pixels, table[pattern()])


def test_a_modality_lut_back_to_linear_is_left_out_of_logarithmic_fluoroscopy(tmp_path):
    table = np.round(np.expm1(np.arange(4096) / 4095.0) * 30000)
    path = dicom(
        tmp_path / "a.dcm", modality="XA", PixelIntensityRelationship="LOG", ModalityLUTSequence=modality_lut(table)
    )
    np.testing.assert_array_equal(read_radiograph(path).pixels, 4095.0 - pattern())


def test_the_window_for_the_screen_does_not_touch_the_values(tmp_path):
    path = dicom(tmp_path / "a.dcm", WindowCenter=1000, WindowWidth=200, VOILUTFunction="SIGMOID")
    np.testing.assert_array_equal(read_radiograph(path).pixels, pattern())
