"""Radiographs that were put together from several exposures."""

import pytest
from pydicom.dataset import Dataset
from pydicom.sr.codedict import codes
from radiograph_files import dicom

from Diff2CTCore.radiograph import read_radiograph, view_geometry


def told(path, **choices):
    """What is told about the shape of the beam."""
    notes = view_geometry(read_radiograph(path), view="AP", **choices)[1]
    return [note.why for note in notes if note.name == "slot_scan"]


def derived(code):
    """A sequence with the code of a derivation."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = code.value, code.scheme_designator, code.meaning
    return [item]


def derivation():
    """The same inside the macro of enhanced files."""
    item = Dataset()
    item.DerivationCodeSequence = derived(codes.DCM.ImageStitching)
    return [item]


@pytest.mark.parametrize(
    "tags",
    [
        {"DerivationCodeSequence": derived(codes.DCM.ImageStitching)},
        {"DerivationImageSequence": derivation() * 2},
        {"ImageType": ["DERIVED", "PRIMARY", "", "STITCHED"]},
        {"ImageType": ["DERIVED", "PRIMARY", "", "COMPOSED"]},
        {"DerivationDescription": "Image stitching of 3"},
        {"AcquisitionDeviceProcessingDescription": "Stitched"},
    ],
)
def test_a_stitched_radiograph_is_told_to_be_read_as_one_exposure(tmp_path, tags):
    path = dicom(tmp_path / "a.dcm", **tags)
    (why,) = told(path)
    assert "stitched from several exposures" in why
    assert told(path, slot_scan=True) == []


@pytest.mark.parametrize(
    "tags",
    [
        {"DerivationCodeSequence": derived(codes.DCM.EdgeEnhancement)},
        {"ImageType": ["DERIVED", "PRIMARY"], "DerivationDescription": "cropped"},
    ],
)
def test_another_derivation_is_no_stitching(tmp_path, tags):
    assert told(dicom(tmp_path / "a.dcm", **tags)) == []


def test_a_slot_scan_is_not_called_stitched(tmp_path):
    tags = {"DetectorConfiguration": "SLOT", "ImagerPixelSpacing": [0.2, 0.2], "ImageType": ["DERIVED", "STITCHED"]}
    assert told(dicom(tmp_path / "a.dcm", **tags)) == []
