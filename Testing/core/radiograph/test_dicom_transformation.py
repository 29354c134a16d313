"""The modality transformation of a DICOM radiograph, a rescale or a table, and its direction."""

import numpy as np
import pytest
from assumed import assumed
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRBigEndian
from radiograph_files import dataset, dicom, pattern, save
from refusal import refuse

from Diff2CTCore.radiograph import read_radiograph

RISING = np.arange(4096) * 16
BENT = np.round(np.sqrt(np.arange(4096) / 4095.0) * 65535).astype(int)


def table(entries, first=0, bits=16, kind="<u2", descriptor="US"):
    """A modality look-up table."""
    item = Dataset()
    item.add_new("LUTDescriptor", descriptor, [len(entries) % 65536, first, bits])
    item.ModalityLUTType = "US"
    item.add_new("LUTData", "OW", np.asarray(entries).astype(kind).tobytes())
    return [item]


@pytest.mark.parametrize("falling", [False, True])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_a_table_decides_with_the_photometric_interpretation_which_end_is_dense(tmp_path, falling, photometric):
    entries = BENT[::-1] if falling else BENT
    path = dicom(
        tmp_path / "a.dcm",
        modality="CR",
        PhotometricInterpretation=photometric,
        ModalityLUTSequence=table(entries),
    )
    shown = entries[pattern()]
    np.testing.assert_array_equal(
        read_radiograph(path).pixels, 65535 - shown if photometric == "MONOCHROME1" else shown
    )


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("falling", [False, True])
@pytest.mark.parametrize("kind", ["table", "rescale"])
def test_the_direction_of_any_transformation_is_no_contradiction(tmp_path, sign, falling, kind):
    # Dense is shown white in all of them: a dense end that is high in the file stays high unless the direction turns.
    shown_high = (sign == -1) != falling
    tags = {"RescaleSlope": -2 if falling else 2, "RescaleIntercept": 9000}
    if kind == "table":
        tags = {"ModalityLUTSequence": table(RISING[::-1] if falling else RISING)}
    path = dicom(
        tmp_path / "a.dcm",
        PixelIntensityRelationship="LOG",
        PixelIntensityRelationshipSign=sign,
        PresentationIntentType="FOR PROCESSING",
        PhotometricInterpretation="MONOCHROME2" if shown_high else "MONOCHROME1",
        **tags,
    )
    read = read_radiograph(path)
    truth = pattern() if sign == -1 else 4095 - pattern().astype(int)
    assert np.corrcoef(read.pixels.ravel(), truth.ravel())[0, 1] == pytest.approx(1.0)
    assert "invert" not in assumed(read.assumptions)


def test_a_table_is_left_out_where_the_stored_values_are_stated_to_be_linear(tmp_path):
    truth = np.linspace(0.0, 5.0, 96 * 80).reshape(96, 80)
    path = dicom(
        tmp_path / "a.dcm",
        np.round(65535 * np.exp(-truth)),
        bits=16,
        PixelIntensityRelationship="LIN",
        PixelIntensityRelationshipSign=1,
        PhotometricInterpretation="MONOCHROME1",
        PresentationIntentType="FOR PROCESSING",
        ModalityLUTSequence=table(np.round(np.log1p(np.arange(65536)) * 5000)),
    )
    np.testing.assert_allclose(read_radiograph(path).pixels, truth, atol=0.003)


@pytest.mark.parametrize("relation", [None, "LOG", "LIN", "DISP"])
def test_a_table_that_rises_and_falls_is_refused(tmp_path, relation):
    hat = np.minimum(RISING, RISING[::-1])
    path = dicom(tmp_path / "a.dcm", ModalityLUTSequence=table(hat), PixelIntensityRelationship=relation or "")
    refuse(path, "rises and falls")


def test_only_the_part_of_a_table_that_is_used_has_to_keep_order(tmp_path):
    entries = BENT.copy()
    entries[3500:] = 7
    stored = pattern() // 2
    read = read_radiograph(dicom(tmp_path / "a.dcm", stored, "CR", ModalityLUTSequence=table(entries)))
    np.testing.assert_array_equal(read.pixels, entries[stored])
    stored[0, :8] = 4000
    tags = {"ModalityLUTSequence": table(entries), "PixelPaddingValue": 4000}
    assert not read_radiograph(dicom(tmp_path / "b.dcm", stored, "CR", **tags)).mask[0, :8].any()


@pytest.mark.parametrize("descriptor", ["US", "SS"])
@pytest.mark.parametrize("signed", [False, True])
def test_the_first_value_mapped_is_a_stored_value_whatever_its_representation(tmp_path, descriptor, signed):
    first = -1000 if signed else 40000
    written = first % 65536 if descriptor == "US" else (first + 32768) % 65536 - 32768
    entries = np.arange(3000) * 20
    values = first + pattern().astype(int) % 3000
    path = dicom(
        tmp_path / "a.dcm",
        values & 0xFFFF,
        "CR",
        bits=16,
        PixelRepresentation=int(signed),
        ModalityLUTSequence=table(entries, written, descriptor=descriptor),
    )
    np.testing.assert_array_equal(read_radiograph(path).pixels, entries[values - first])


def test_values_beyond_the_table_have_its_first_and_its_last_entry(tmp_path):
    entries = np.arange(1000, 2000)
    path = dicom(tmp_path / "a.dcm", modality="CR", ModalityLUTSequence=table(entries, 500))
    np.testing.assert_array_equal(read_radiograph(path).pixels, entries[np.clip(pattern().astype(int) - 500, 0, 999)])


def test_a_table_of_eight_bits_may_be_packed_or_not(tmp_path):
    entries = np.arange(256)[::-1]
    stored = pattern(bits=8)
    for name, kind in (("packed", "<u1"), ("in words", "<u2")):
        tags = {"ModalityLUTSequence": table(entries, bits=8, kind=kind), "PhotometricInterpretation": "MONOCHROME1"}
        read = read_radiograph(dicom(tmp_path / f"{name}.dcm", stored, "CR", bits=8, **tags))
        np.testing.assert_array_equal(read.pixels, stored, err_msg=name)


def test_a_table_of_a_big_endian_file_is_read(tmp_path):
    ds = dataset(pattern(), "CR", ModalityLUTSequence=table(BENT, kind=">u2"))
    ds.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    ds.PixelData = pattern().astype(">u2").tobytes()
    np.testing.assert_array_equal(read_radiograph(save(ds, tmp_path / "a.dcm")).pixels, BENT[pattern()])


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({"ModalityLUTSequence": table(RISING[:100])[0:1] * 2}, "damaged"),
        ({"ModalityLUTSequence": table(RISING, bits=17)}, "damaged"),
        ({"ModalityLUTSequence": table(RISING, bits=12)}, "damaged"),
        ({"ModalityLUTSequence": table(RISING), "RescaleSlope": -1, "RescaleIntercept": 4095}, "both"),
        ({"RescaleSlope": 2}, "RescaleIntercept"),
        ({"RescaleIntercept": 2}, "RescaleSlope"),
    ],
)
def test_a_transformation_that_is_damaged_stated_twice_or_by_halves_is_refused(tmp_path, tags, message):
    refuse(dicom(tmp_path / "a.dcm", modality="CR", **tags), message)


def test_a_table_that_is_shorter_than_it_says_is_refused(tmp_path):
    tables = table(RISING)
    tables[0].LUTDescriptor = [4000, 0, 16]
    refuse(dicom(tmp_path / "a.dcm", modality="CR", ModalityLUTSequence=tables), "damaged")


def test_a_rescale_that_changes_nothing_may_stand_beside_a_table(tmp_path):
    tags = {"ModalityLUTSequence": table(BENT), "RescaleSlope": 1, "RescaleIntercept": 0}
    np.testing.assert_array_equal(read_radiograph(dicom(tmp_path / "a.dcm", **tags)).pixels, BENT[pattern()])


@pytest.mark.parametrize(
    ("photometric", "shape", "told"),
    [
        ("MONOCHROME1", "INVERSE", False),
        ("MONOCHROME2", "IDENTITY", False),
        ("MONOCHROME2", "LIN OD", False),
        ("MONOCHROME1", "IDENTITY", True),
        ("MONOCHROME2", "INVERSE", True),
    ],
)
def test_a_presentation_that_contradicts_the_photometric_interpretation_is_told(tmp_path, photometric, shape, told):
    tags = {"PhotometricInterpretation": photometric, "PresentationLUTShape": shape}
    path = dicom(tmp_path / "a.dcm", **tags)
    read = read_radiograph(path)
    np.testing.assert_array_equal(read.pixels, pattern() if photometric == "MONOCHROME2" else 4095.0 - pattern())
    assert ("invert" in assumed(read.assumptions)) is told
    assert "invert" not in assumed(read_radiograph(path, invert=False).assumptions)


def test_the_sign_of_values_made_for_display_counts_too(tmp_path):
    tags = {"PixelIntensityRelationship": "DISP", "PixelIntensityRelationshipSign": -1}
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality="XA", **tags))
    np.testing.assert_array_equal(read.pixels, pattern())
    assert "invert" not in assumed(read.assumptions)
