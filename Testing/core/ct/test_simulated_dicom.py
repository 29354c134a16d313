"""A simulated radiograph as a DICOM file that says everything about itself."""

import numpy as np
import pydicom
import pytest

from Diff2CTCore.ct.dicom_dx import DXStudy, dx_dataset
from Diff2CTCore.geometry import ViewGeometry
from Diff2CTCore.radiograph import read_radiograph, view_geometry

PLACE = (12.5, -71.25, 1034.0)
VIEWS = [
    ViewGeometry("AP", 80, 70, (0.3, 0.2), sid_mm=1150.0, sod_mm=950.0),
    ViewGeometry("PA", 80, 70, (0.143, 0.143), sid_mm=1800.0, sod_mm=1567.8, primary_deg=-3.25),
    ViewGeometry("LL", 80, 70, (0.35, 0.35), sid_mm=1000.0, sod_mm=777.7, primary_deg=6.5, secondary_deg=-4.0),
    ViewGeometry("RL", 80, 70, (0.4, 0.4), sid_mm=1200.0, sod_mm=1001.0, secondary_deg=10.0),
    ViewGeometry("AP", 80, 70, (0.4, 0.4), primary_deg=12.0),
    ViewGeometry("LL", 80, 70, (0.4, 0.4), rotation_deg=7.5, principal_point_px=(31.0, 44.5), centre_px=(20.25, 61.0)),
    ViewGeometry("PA", 80, 70, (0.6, 0.4), primary_deg=-3.0, centre_px=(30.0, 20.0), slot_scan=True),
]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.view}{view.primary_deg:+g}")
def test_the_radiograph_reader_gets_back_what_was_written(tmp_path, view):
    image = np.random.default_rng(3).uniform(0.0, 14.0, (view.rows, view.columns)).astype(np.float32)
    dx_dataset(image, view, DXStudy("ab" * 32, PLACE), 1).save_as(tmp_path / "dx.dcm", enforce_file_format=True)
    radiograph = read_radiograph(tmp_path / "dx.dcm")
    read_view, assumptions = view_geometry(radiograph)
    assert read_view == view
    assert not assumptions
    assert radiograph.centre_ras_mm == PLACE
    step = pydicom.dcmread(tmp_path / "dx.dcm").RealWorldValueMappingSequence[0].RealWorldValueSlope
    scale = np.polyfit(image.ravel(), radiograph.pixels.ravel(), 1)
    # The reader may leave the scale to the model: line integrals up to one factor, within half a grey level.
    np.testing.assert_allclose(radiograph.pixels / scale[0], image, atol=0.51 * step)


def test_the_stored_values_state_their_own_scale_and_never_saturate():
    view = VIEWS[0]
    image = np.linspace(-0.1, 25.0, view.rows * view.columns, dtype=np.float32).reshape(view.rows, view.columns)
    data = dx_dataset(image, view, DXStudy("cd" * 32, PLACE), 1)
    mapping = data.RealWorldValueMappingSequence[0]
    values = data.pixel_array * mapping.RealWorldValueSlope + mapping.RealWorldValueIntercept
    np.testing.assert_allclose(values, image.clip(min=0.0), atol=0.51 * mapping.RealWorldValueSlope)
    assert mapping.RealWorldValueSlope < 0.0005


def test_the_file_says_what_it_is_and_names_nobody():
    data = dx_dataset(np.ones((80, 70)), VIEWS[2], DXStudy("ef" * 32, PLACE), 2)
    assert data.SOPClassUID.name == "Digital X-Ray Image Storage - For Processing"
    assert (data.PixelIntensityRelationship, data.PixelIntensityRelationshipSign) == ("LOG", -1)
    assert (data.PhotometricInterpretation, data.PresentationLUTShape) == ("MONOCHROME2", "IDENTITY")
    assert (data.RescaleSlope, data.RescaleIntercept, data.RescaleType) == (1, 0, "US")
    assert list(data.PatientOrientation) == ["P", "F"]
    assert (data.ViewPosition, data.ViewCodeSequence[0].CodeMeaning) == ("LL", "left lateral")
    assert (data.PositionerPrimaryAngle, data.PositionerSecondaryAngle) == (96.5, -4.0)
    assert data.EstimatedRadiographicMagnificationFactor == pytest.approx(1000.0 / 777.7)
    assert "simulated from CT; research use only" in data.DerivationDescription
    assert (data.SyntheticData, data.BurnedInAnnotation, data.PatientIdentityRemoved) == ("YES", "NO", "YES")
    assert data.PatientID == "DIFF2CT-EFEFEFEFEFEF"
    assert "PixelSpacing" not in data


def written(tmp_path, change):
    """A radiograph off the middle as a file that another program has changed."""
    image = np.random.default_rng(5).uniform(0.0, 14.0, (80, 70)).astype(np.float32)
    data = dx_dataset(image, VIEWS[5], DXStudy("ab" * 32, PLACE), 1)
    change(data)
    data.save_as(tmp_path / "changed.dcm", enforce_file_format=True)
    return tmp_path / "changed.dcm"


def _crop(data):
    data.PixelData, data.Rows = data.PixelData[: 64 * 70 * 2], 64


def _mirror(data):
    data.PixelData = np.ascontiguousarray(data.pixel_array[:, ::-1]).tobytes()


@pytest.mark.parametrize("change", [_crop, _mirror])
def test_geometry_that_belongs_to_other_pixels_is_not_used_and_that_is_told(tmp_path, change):
    radiograph = read_radiograph(written(tmp_path, change))
    view, assumptions = view_geometry(radiograph)
    told = {item.name: item.why for item in assumptions}
    assert (view.rotation_deg, radiograph.centre_ras_mm) == (0.0, None)
    assert "belongs to other pixels" in told["carried_geometry"]
    assert {"principal_point_px", "centre_px"} <= set(told)


def test_geometry_of_an_image_that_the_user_turns_is_not_used_and_that_is_told(tmp_path):
    radiograph = read_radiograph(written(tmp_path, lambda data: None), flip="horizontal")
    view, assumptions = view_geometry(radiograph)
    assert view.centre_px == (34.5, 39.5)
    assert "turned or mirrored" in {item.name: item.why for item in assumptions}["carried_geometry"]


def test_geometry_of_an_image_that_its_file_calls_mirrored_is_not_used_and_that_is_told(tmp_path):
    def call_mirrored(data):
        along, down = data.PatientOrientation
        data.PatientOrientation = [{"L": "R", "P": "A"}[along], down]

    view, assumptions = view_geometry(read_radiograph(written(tmp_path, call_mirrored)))
    assert view.centre_px == (34.5, 39.5)
    assert "turned or mirrored" in {item.name: item.why for item in assumptions}["carried_geometry"]


def test_private_elements_written_anew_without_their_types_are_still_read(tmp_path):
    def implicit(data):
        data.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian

    view, _ = view_geometry(read_radiograph(written(tmp_path, implicit)))
    assert view == VIEWS[5]


def test_what_the_user_says_wins_over_what_the_file_carries(tmp_path):
    radiograph = read_radiograph(written(tmp_path, lambda data: None))
    view, _ = view_geometry(radiograph, rotation_deg=1.0, centre_px=(5.0, 6.0))
    assert (view.rotation_deg, view.centre_px, view.principal_point_px) == (1.0, (5.0, 6.0), (31.0, 44.5))
