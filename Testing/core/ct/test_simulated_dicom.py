"""A simulated radiograph as a DICOM file that says everything about itself."""

import numpy as np
import pydicom
import pytest

from Diff2CTCore.ct.dicom_dx import DXStudy, dx_dataset
from Diff2CTCore.geometry import ViewGeometry
from Diff2CTCore.radiograph import read_radiograph, view_geometry

VIEWS = [
    ViewGeometry("AP", 80, 70, (0.3, 0.2), sid_mm=1150.0, sod_mm=950.0),
    ViewGeometry("PA", 80, 70, (0.143, 0.143), sid_mm=1800.0, sod_mm=1567.8, primary_deg=-3.25),
    ViewGeometry("LL", 80, 70, (0.35, 0.35), sid_mm=1000.0, sod_mm=777.7, primary_deg=6.5, secondary_deg=-4.0),
    ViewGeometry("RL", 80, 70, (0.4, 0.4), sid_mm=1200.0, sod_mm=1001.0, secondary_deg=10.0),
    ViewGeometry("AP", 80, 70, (0.4, 0.4), primary_deg=12.0),
]


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: f"{view.view}{view.primary_deg:+g}")
def test_the_radiograph_reader_gets_back_what_was_written(tmp_path, view):
    image = np.random.default_rng(3).uniform(0.0, 14.0, (view.rows, view.columns)).astype(np.float32)
    dx_dataset(image, view, DXStudy("ab" * 32), 1).save_as(tmp_path / "dx.dcm", enforce_file_format=True)
    radiograph = read_radiograph(tmp_path / "dx.dcm")
    read_view, assumptions = view_geometry(radiograph)
    assert read_view == view
    assert {item.name for item in assumptions} <= {"principal_point_px", "centre_px"}
    step = pydicom.dcmread(tmp_path / "dx.dcm").RealWorldValueMappingSequence[0].RealWorldValueSlope
    scale = np.polyfit(image.ravel(), radiograph.pixels.ravel(), 1)
    # The reader may leave the scale to the model: line integrals up to one factor, within half a grey level.
    np.testing.assert_allclose(radiograph.pixels / scale[0], image, atol=0.51 * step)


def test_the_stored_values_state_their_own_scale_and_never_saturate():
    view = VIEWS[0]
    image = np.linspace(-0.1, 25.0, view.rows * view.columns, dtype=np.float32).reshape(view.rows, view.columns)
    data = dx_dataset(image, view, DXStudy("cd" * 32), 1)
    mapping = data.RealWorldValueMappingSequence[0]
    values = data.pixel_array * mapping.RealWorldValueSlope + mapping.RealWorldValueIntercept
    np.testing.assert_allclose(values, image.clip(min=0.0), atol=0.51 * mapping.RealWorldValueSlope)
    assert mapping.RealWorldValueSlope < 0.0005


def test_the_file_says_what_it_is_and_names_nobody():
    data = dx_dataset(np.ones((80, 70)), VIEWS[2], DXStudy("ef" * 32), 2)
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
