"""Slot scans: which files say that they are one, and where their pixel spacing holds."""

import pytest
from assumed import assumed
from radiograph_files import dicom

from Diff2CTCore.radiograph import read_radiograph, view_geometry

EOS = {"Manufacturer": "EOS imaging", "ManufacturerModelName": "EOS"}
DISTANCES = {"DistanceSourceToDetector": 1300, "DistanceSourceToPatient": 975, "ViewPosition": "PA"}


@pytest.mark.parametrize(
    ("tags", "slot_scan"),
    [
        (EOS, True),
        ({"Manufacturer": "EOS Imaging ", "ManufacturerModelName": "EOSedge"}, True),
        ({"Manufacturer": "ATEC", "ManufacturerModelName": "EOSedge"}, True),
        ({"Manufacturer": "Lodox Systems", "ManufacturerModelName": "Statscan"}, True),
        ({"DetectorConfiguration": "SLOT"}, True),
        ({"ScanOptions": ["FAST", "SLOT"]}, True),
        ({"DetectorConfiguration": "AREA"}, False),
        ({"Manufacturer": "Canon", "ManufacturerModelName": "EOS"}, False),
        ({"ScanOptions": "FAST"}, False),
        ({}, False),
    ],
)
def test_a_slot_scan_is_known_by_what_the_file_says(tmp_path, tags, slot_scan):
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality="CR", **tags))
    assert read.slot_scan is slot_scan
    # What the file says of its detector is no assumption, what follows from the device is one.
    assert ("slot_scan" in assumed(read.assumptions)) is (slot_scan and "DetectorConfiguration" not in tags)


def test_the_pixel_spacing_of_eos_holds_in_the_patient_along_and_across(tmp_path):
    path = dicom(tmp_path / "a.dcm", modality="CR", PixelSpacing=[0.18, 0.18], **EOS, **DISTANCES)
    read = read_radiograph(path)
    assert (read.pixel_spacing_mm, read.object_spacing_mm) == (None, (0.18, 0.18))
    assert "in the patient" in read.spacing_source
    geometry = view_geometry(read)[0]
    assert (geometry.sid_mm, geometry.sod_mm, geometry.slot_scan) == (1300.0, 975.0, True)
    # A point 100 mm to the left and 100 mm up is seen by hand: across it is spread by the fan, along it is not.
    column, row = geometry.project([-100.0, 0.0, 100.0]) - geometry.project([0.0, 0.0, 0.0])
    assert column == pytest.approx(100.0 / 0.18)
    assert row == pytest.approx(-100.0 / 0.18)


def test_a_copy_of_the_spacing_of_eos_is_no_spacing_of_its_detector(tmp_path):
    spacings = {"PixelSpacing": [0.18, 0.18], "ImagerPixelSpacing": [0.18, 0.18]}
    eos = read_radiograph(dicom(tmp_path / "a.dcm", modality="CR", **spacings, **EOS, **DISTANCES))
    other = read_radiograph(dicom(tmp_path / "b.dcm", DetectorConfiguration="SLOT", **spacings, **DISTANCES))
    assert (eos.object_spacing_mm, eos.pixel_spacing_mm) == ((0.18, 0.18), None)
    assert (other.object_spacing_mm, other.pixel_spacing_mm) == (None, (0.18, 0.18))


def test_a_spacing_at_the_detector_is_the_step_of_the_scan_along(tmp_path):
    tags = {"DetectorConfiguration": "SLOT", "ImagerPixelSpacing": [0.2, 0.25], **DISTANCES}
    geometry = view_geometry(read_radiograph(dicom(tmp_path / "a.dcm", **tags)))[0]
    assert geometry.pixel_spacing_mm == (0.2, 0.25)
    column, row = geometry.project([-100.0, 0.0, 100.0]) - geometry.project([0.0, 0.0, 0.0])
    assert column == pytest.approx(100.0 * 1300 / 975 / 0.25)
    assert row == pytest.approx(-100.0 / 0.2)


def test_two_spacings_of_a_slot_scan_do_not_contradict_each_other(tmp_path):
    tags = {"PixelSpacing": [0.2, 0.2], "ImagerPixelSpacing": [0.2, 0.267], **DISTANCES}
    read = read_radiograph(dicom(tmp_path / "a.dcm", modality="CR", DetectorConfiguration="SLOT", **tags))
    assert read.object_spacing_mm == (0.2, 0.2)
    assert "pixel_spacing_mm" not in assumed(read.assumptions)


def test_a_spacing_that_the_user_states_holds_at_the_detector(tmp_path):
    path = dicom(tmp_path / "a.dcm", modality="CR", PixelSpacing=[0.18, 0.18], **EOS, **DISTANCES)
    read = read_radiograph(path, pixel_spacing_mm=(0.2, 0.25))
    assert (read.slot_scan, read.pixel_spacing_mm, read.object_spacing_mm) == (True, (0.2, 0.25), None)
