"""DICOM radiographs: every transfer syntax, and what their values mean."""

import time

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from pydicom.pixels import pixel_array
from pydicom.uid import ExplicitVRBigEndian, ImplicitVRLittleEndian, RLELossless
from radiograph_files import compressed, dataset, dicom, line_integrals, pattern, save

from Diff2CTCore.errors import RadiographError
from Diff2CTCore.radiograph import read_radiograph

LOSSLESS = ["1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90"]


def assumed(radiograph):
    return {item.name for item in radiograph.assumptions}


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("modality", ["CR", "DX"])
def test_a_losslessly_compressed_file_gives_its_pixels_exactly(tmp_path, syntax, modality):
    stored = pattern()
    read = read_radiograph(compressed(tmp_path / "a.dcm", syntax, stored, modality))
    np.testing.assert_array_equal(read.pixels, stored)
    assert read.provenance["transfer_syntax"] == syntax


@pytest.mark.parametrize(
    ("syntax", "bits", "tolerance"),
    [
        ("1.2.840.10008.1.2.4.50", 8, 4),
        ("1.2.840.10008.1.2.4.51", 12, 16),
        ("1.2.840.10008.1.2.4.81", 12, 2),
        ("1.2.840.10008.1.2.4.91", 12, 16),
    ],
)
def test_a_lossy_file_gives_its_pixels_within_the_loss(tmp_path, syntax, bits, tolerance):
    stored = pattern(bits=bits)
    read = read_radiograph(compressed(tmp_path / "a.dcm", syntax, stored, bits=bits))
    assert np.abs(read.pixels - stored).max() <= tolerance


def test_rle_implicit_and_big_endian_files_give_the_same_pixels(tmp_path):
    stored = pattern()
    rle = dataset(stored)
    rle.compress(RLELossless, encoding_plugin="pydicom")
    save(rle, tmp_path / "rle.dcm")
    implicit = dataset(stored)
    implicit.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian
    save(implicit, tmp_path / "implicit.dcm")
    big = dataset(stored)
    big.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    big.PixelData = stored.astype(">u2").tobytes()
    save(big, tmp_path / "big.dcm")
    for name in ("rle.dcm", "implicit.dcm", "big.dcm"):
        np.testing.assert_array_equal(read_radiograph(tmp_path / name).pixels, stored, err_msg=name)


def test_a_file_without_preamble_and_meta_header_is_read(tmp_path):
    path = dicom(tmp_path / "full.dcm")
    ds = dcmread(path)
    ds.file_meta.clear()
    ds.save_as(tmp_path / "bare.dcm", implicit_vr=False, little_endian=True, enforce_file_format=False)
    np.testing.assert_array_equal(read_radiograph(tmp_path / "bare.dcm").pixels, pattern())


@pytest.mark.parametrize(
    "name", ["RG1_UNCR.dcm", "RG1_J2KR.dcm", "RG1_J2KI.dcm", "RG3_UNCR.dcm", "RG3_J2KI.dcm", "RG3_J2KR.dcm"]
)
def test_a_real_chest_radiograph_is_read_with_bone_bright(name):
    path = get_testdata_file(name)
    read = read_radiograph(path, pixel_spacing_mm=0.2)
    stored = pixel_array(path).astype(np.float32)
    inverted = float((1 << read.provenance["bits_stored"]) - 1) - stored
    if name.startswith("RG3"):
        inverted = inverted[:, ::-1]  # its Patient Orientation is R\F
    np.testing.assert_array_equal(read.pixels, inverted)


def test_the_mean_of_the_real_spine_is_denser_than_that_of_the_lungs():
    read = read_radiograph(get_testdata_file("RG1_UNCR.dcm"), pixel_spacing_mm=0.2)
    rows, columns = read.pixels.shape
    band = read.pixels[rows // 3 : rows // 2]
    spine = band[:, columns * 47 // 100 : columns * 53 // 100].mean()
    lungs = [band[:, columns * side // 100 :][:, : columns // 10].mean() for side in (20, 70)]
    assert spine > max(lungs)


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
    assert "intensity" in assumed(read_radiograph(display))
    assert "intensity" not in assumed(read_radiograph(raw))
    assert "intensity" not in assumed(read_radiograph(display, intensity="linear"))


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
    assert "invert" in assumed(read)


@pytest.mark.parametrize("modality", ["XA", "RF"])
def test_fluoroscopy_without_a_relationship_is_taken_as_dense_dark_and_says_so(tmp_path, modality):
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality=modality, PixelIntensityRelationship="DISP"))
    np.testing.assert_array_equal(read.pixels, 4095.0 - pattern())
    assert "invert" in assumed(read)


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


def test_signed_values_and_overlays_in_unused_bits_are_understood(tmp_path):
    stored = pattern()
    signed = (stored.astype(np.int32) - 2048) & 0x0FFF | 0xF000
    path = dicom(tmp_path / "a.dcm", signed, PixelRepresentation=1)
    np.testing.assert_array_equal(read_radiograph(path).pixels, stored.astype(np.float32) - 2048)


def test_padding_counts_as_air_and_is_masked(tmp_path):
    stored = pattern() // 2 + 100
    stored[:, :10] = 4095
    read = read_radiograph(dicom(tmp_path / "a.dcm", stored, PixelPaddingValue=4095))
    assert not read.mask[:, :10].any()
    assert read.mask[:, 10:].all()
    assert read.pixels[:, :10].max() == stored[:, 10:].min()


@pytest.mark.parametrize(
    ("tags", "inside"),
    [
        (
            {
                "ShutterShape": "RECTANGULAR",
                "ShutterLeftVerticalEdge": 10,
                "ShutterRightVerticalEdge": 71,
                "ShutterUpperHorizontalEdge": 20,
                "ShutterLowerHorizontalEdge": 91,
            },
            lambda row, column: (column >= 10) & (column < 70) & (row >= 20) & (row < 90),
        ),
        (
            {"ShutterShape": "CIRCULAR", "CenterOfCircularShutter": [49, 41], "RadiusOfCircularShutter": 30},
            lambda row, column: (row - 48) ** 2 + (column - 40) ** 2 <= 900,
        ),
        (
            {"CollimatorShape": "POLYGONAL", "VerticesOfThePolygonalCollimator": [1, 1, 1, 80, 96, 1]},
            lambda row, column: row / 95 + column / 79 <= 1.0,
        ),
    ],
)
def test_what_lies_outside_the_shutter_or_collimator_is_masked(tmp_path, tags, inside):
    read = read_radiograph(dicom(tmp_path / "a.dcm", **tags))
    expected = inside(*np.mgrid[0:96, 0:80])
    assert (read.mask != expected).mean() < 0.03
    assert read.provenance["exposed_fraction"] == pytest.approx(expected.mean(), abs=0.03)


def test_a_collimator_in_millimetres_about_the_centre_is_not_believed():
    read = read_radiograph(get_testdata_file("RG1_UNCR.dcm"), pixel_spacing_mm=0.2)
    assert read.mask is None


def test_the_chosen_frame_of_several_is_read(tmp_path):
    frames = np.stack([pattern() // 4, pattern() // 2, pattern()])
    native = dicom(tmp_path / "n.dcm", frames, "XA", PixelIntensityRelationship="LOG")
    coded = compressed(tmp_path / "c.dcm", "1.2.840.10008.1.2.4.70", frames, "XA", PixelIntensityRelationship="LOG")
    for path in (native, coded):
        np.testing.assert_array_equal(read_radiograph(path, frame=2).pixels, 4095.0 - frames[1])
    with pytest.raises(RadiographError, match="3 frames"):
        read_radiograph(native)
    with pytest.raises(RadiographError, match="no frame 4"):
        read_radiograph(native, frame=4)


def test_a_grey_rgb_secondary_capture_is_accepted(tmp_path):
    grey = pattern(bits=8).astype(np.uint8)
    ds = dataset(grey, "OT", bits=8, SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0)
    ds.PixelData = np.repeat(grey[..., None], 3, axis=-1).tobytes()
    np.testing.assert_array_equal(read_radiograph(save(ds, tmp_path / "a.dcm")).pixels, grey)


def test_nothing_of_the_patient_leaves_the_file(tmp_path, capfd, recwarn):
    path = dicom(
        tmp_path / "a.dcm",
        BurnedInAnnotation="YES",
        ImageLaterality="U",
        ViewPosition="ZELDA QUUX",
        PatientBirthDate="19700101",
        InstitutionName="St Zelda",
        ImageComments="Zelda Quux 4711",
    )
    read = read_radiograph(path)
    said = repr(read.provenance) + repr(read.assumptions) + repr(read.patient_key) + "".join(capfd.readouterr())
    for secret in ("zelda", "quux", "4711", "1970"):
        assert secret not in said.lower()
    assert not recwarn.list
    assert read.burned_in_annotation is True
    assert read.laterality == "U"


def test_a_detector_of_2048_by_2048_pixels_is_read_within_a_second(tmp_path):
    stored = np.random.default_rng(0).integers(0, 4096, (2048, 2048), dtype=np.uint16)
    path = compressed(tmp_path / "a.dcm", "1.2.840.10008.1.2.4.70", stored, PixelIntensityRelationship="LIN")
    read_radiograph(dicom(tmp_path / "warm.dcm"))
    start = time.perf_counter()
    read_radiograph(path)
    assert time.perf_counter() - start < 1.0
