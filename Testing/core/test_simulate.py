"""A CT becomes the radiographs that physics gives, in DICOM files that say everything about themselves."""

import json
import os

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk

from Diff2CTCore.ct import simulate
from Diff2CTCore.ct.dicom_dx import DXStudy, dx_dataset
from Diff2CTCore.ct.reading import ct_from_image
from Diff2CTCore.ct.simulation import simulate_pair
from Diff2CTCore.errors import GeometryError, OutputError, VolumeError
from Diff2CTCore.geometry import BiplanarGeometry, ViewGeometry, VolumeGrid, hu_to_attenuation
from Diff2CTCore.radiograph import read_radiograph, view_geometry
from Diff2CTCore.storage import resource_path

BONE_HU = 300.0
MU = float(hu_to_attenuation(np.float64(BONE_HU)))
SPACING = 2.0
DETECTOR = (91, 81, (4.0, 4.0))
GEOMETRY = BiplanarGeometry(
    ViewGeometry("AP", *DETECTOR, sid_mm=1150.0, sod_mm=950.0),
    ViewGeometry("LL", *DETECTOR, sid_mm=1800.0, sod_mm=1500.0),
)


def sphere_ct(centre_ras=(0.0, 0.0, 0.0), radius=60.0, size=(90, 80, 120), table=False):
    """A ball of bone in air; the scanned box has its middle at the origin."""
    left, back, up = np.meshgrid(*((np.arange(n) - (n - 1) / 2) * SPACING for n in size), indexing="ij")
    fine = np.sqrt((left + centre_ras[0]) ** 2 + (back + centre_ras[1]) ** 2 + (up - centre_ras[2]) ** 2)
    # The share of each voxel inside the ball, so that its mass is right.
    share = np.clip((radius - fine) / SPACING + 0.5, 0.0, 1.0)
    hu = -1000.0 + (BONE_HU + 1000.0) * share
    if table:
        hu[(np.abs(back - 72.0) < 3.0) & (np.abs(left) < 80)] = 200.0
    image = sitk.GetImageFromArray(hu.transpose(2, 1, 0).astype(np.float32))
    image.SetSpacing((SPACING,) * 3)
    image.SetOrigin([-(n - 1) / 2 * SPACING for n in size])
    return ct_from_image(image, "sphere")


def chords(view, centre_ras, radius):
    """Length in mm of every pixel's ray inside a ball."""
    matrix = view.projection_matrix()
    row, column = np.mgrid[0 : view.rows, 0 : view.columns]
    pixels = np.stack([column, row, np.ones_like(row)], axis=-1)
    rays = pixels @ np.linalg.inv(matrix[:, :3]).T
    rays /= np.linalg.norm(rays, axis=-1, keepdims=True)
    to_ball = np.array(centre_ras) - view.source_mm()
    along = rays @ to_ball
    return 2.0 * np.sqrt(np.maximum(radius**2 - (to_ball @ to_ball - along**2), 0.0))


@pytest.mark.parametrize("place", [(0.0, 0.0, 0.0), (-12.0, 9.0, 50.0)])
def test_line_integrals_are_those_of_a_ball_wherever_it_is(place):
    pair = simulate_pair(sphere_ct(place), (0.0, 0.0, 0.0), GEOMETRY)
    for image, view in ((pair.frontal, GEOMETRY.frontal), (pair.lateral, GEOMETRY.lateral)):
        expected = MU * chords(view, place, 60.0)
        assert image.shape == (view.rows, view.columns)
        # Away from the rim, where the voxels blur a vertical edge.
        inside = expected > 0.5 * expected.max()
        np.testing.assert_allclose(image[inside], expected[inside], rtol=0.015)
        assert np.abs(image - expected).mean() < 0.004 * expected.max()


def test_the_radiographs_show_the_whole_ct_and_the_truth_only_its_grid():
    small = VolumeGrid((16, 16, 16), 2.0)
    pair = simulate_pair(sphere_ct(), (0.0, 0.0, 0.0), GEOMETRY, grid=small)
    assert pair.frontal.max() == pytest.approx(2 * 60.0 * MU, rel=0.01)
    assert pair.truth_hu.shape == small.shape
    np.testing.assert_allclose(pair.truth_hu, BONE_HU, atol=1.0)


def test_the_chosen_centre_is_seen_in_the_middle_of_both_radiographs():
    place = (20.0, -14.0, 32.0)
    pair = simulate_pair(sphere_ct(place, radius=15.0), place, GEOMETRY)
    for image in (pair.frontal, pair.lateral):
        row, column = (np.average(index, weights=image) for index in np.indices(image.shape))
        assert (row, column) == pytest.approx((45.0, 40.0), abs=0.1)
    assert pair.centre_ras_mm == place
    assert pair.truth_hu[63:65, 63:65, 63:65].min() > 250.0


def test_the_table_is_left_out_unless_it_is_wanted():
    ct = sphere_ct(radius=50.0, table=True)
    without = simulate_pair(ct, (0.0, 0.0, 0.0), GEOMETRY)
    expected = MU * chords(GEOMETRY.lateral, (0.0, 0.0, 0.0), 50.0)
    assert np.abs(without.lateral - expected).mean() < 0.004 * expected.max()
    assert without.truth_hu[:, 98:, :].max() == -1000.0
    kept = simulate_pair(ct, (0.0, 0.0, 0.0), GEOMETRY, keep_table=True)
    beside = np.s_[:, 59:65]
    assert kept.lateral[beside].max() > 1.5
    assert without.lateral[beside].max() == 0.0
    assert kept.truth_hu[:, 98:, :].max() > 100.0


def test_noise_follows_the_number_of_quanta_and_its_seed():
    ct, centre, photons = sphere_ct(), (0.0, 0.0, 0.0), 1e5
    clean = simulate_pair(ct, centre, GEOMETRY)
    first, again, other = (simulate_pair(ct, centre, GEOMETRY, photons=photons, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.frontal, again.frontal)
    assert not np.array_equal(first.frontal, other.frontal)
    # Poisson: the line integral's variance is one over the number of quanta behind the patient.
    standardised = (first.frontal - clean.frontal) * np.sqrt(photons * np.exp(-clean.frontal))
    assert standardised.std() == pytest.approx(1.0, abs=0.05)
    assert standardised.mean() == pytest.approx(0.0, abs=0.05)


def test_blur_spreads_the_transmitted_beam_and_keeps_its_amount():
    ct, centre = sphere_ct(radius=30.0), (0.0, 0.0, 0.0)
    sharp, soft = (simulate_pair(ct, centre, GEOMETRY, blur_mm=blur).frontal for blur in (0.0, 8.0))
    assert np.exp(-soft).mean() == pytest.approx(np.exp(-sharp).mean(), rel=1e-4)
    assert soft.max() < sharp.max()
    rows = np.arange(sharp.shape[0])[:, None] * 4.0

    def variance(image):
        lost = 1.0 - np.exp(-image)
        return np.average((rows - np.average(rows + 0 * lost, weights=lost)) ** 2 + 0 * lost, weights=lost)

    assert variance(soft) - variance(sharp) == pytest.approx(8.0**2, rel=0.03)


@pytest.mark.parametrize(
    ("options", "error", "sentence"),
    [
        ({"centre_ras_mm": (0.0, 0.0, 900.0)}, VolumeError, "outside the CT"),
        ({"centre_ras_mm": (0.0, 0.0)}, VolumeError, "three numbers"),
        ({"centre_ras_mm": (0.0, np.nan, 0.0)}, VolumeError, "three numbers"),
        ({"centre_ras_mm": (0.0, 0.0, 0.0), "photons": 0.0}, GeometryError, "photons"),
        ({"centre_ras_mm": (0.0, 0.0, 0.0), "blur_mm": -1.0}, GeometryError, "blur"),
    ],
)
def test_impossible_wishes_are_refused_in_one_sentence(options, error, sentence):
    with pytest.raises(error, match=sentence):
        simulate_pair(sphere_ct(), geometry=GEOMETRY, **options)


def test_a_source_inside_the_patient_is_refused():
    near = BiplanarGeometry(GEOMETRY.frontal.with_values(sod_mm=40.0), GEOMETRY.lateral)
    with pytest.raises(GeometryError, match="inside the patient"):
        simulate_pair(sphere_ct(), (0.0, 0.0, 0.0), near)


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


@pytest.fixture
def scan(tmp_path):
    path = tmp_path / "Doe_John.nii.gz"
    sitk.WriteImage(sphere_ct().image, str(path))
    return path


def test_the_command_writes_four_files_that_belong_together(tmp_path, scan):
    record = simulate(scan, tmp_path / "new" / "out", (0.0, 6.0, -4.0), geometry=GEOMETRY)
    folder = tmp_path / "new" / "out"
    assert sorted(os.listdir(folder)) == ["ap.dcm", "geometry.json", "lateral.dcm", "truth.nrrd"]
    assert json.loads((folder / "geometry.json").read_text()) == record
    assert BiplanarGeometry(*(ViewGeometry.from_dict(record[name]) for name in ("frontal", "lateral"))) == GEOMETRY
    frontal, lateral = (pydicom.dcmread(folder / name) for name in ("ap.dcm", "lateral.dcm"))
    assert frontal.StudyInstanceUID == lateral.StudyInstanceUID
    assert frontal.PatientID == lateral.PatientID
    assert frontal.SOPInstanceUID != lateral.SOPInstanceUID
    truth = sitk.ReadImage(str(folder / "truth.nrrd"))
    assert (truth.GetSize(), truth.GetSpacing()) == ((128,) * 3, (2.0,) * 3)
    # The ball's middle in the CT's own frame is at the origin.
    array = sitk.GetArrayFromImage(truth)
    assert array.dtype == np.int16
    index = np.argwhere(array > 0).mean(axis=0)[::-1]
    np.testing.assert_allclose(truth.TransformContinuousIndexToPhysicalPoint(index.tolist()), 0.0, atol=0.1)
    for path in folder.iterdir():
        assert b"Doe" not in path.read_bytes()


def test_the_same_run_gives_the_same_files(tmp_path, scan):
    for name in ("a", "b"):
        simulate(scan, tmp_path / name, (0.0, 0.0, 0.0), geometry=GEOMETRY, photons=1e5, seed=4)
    for name in ("ap.dcm", "lateral.dcm", "truth.nrrd", "geometry.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_failure_leaves_no_file_behind(tmp_path, scan, monkeypatch):
    def fails(*_, **__):
        raise OutputError("full")

    monkeypatch.setattr("Diff2CTCore.storage.write_json", fails)
    with pytest.raises(OutputError):
        simulate(scan, tmp_path / "out", (0.0, 0.0, 0.0), geometry=GEOMETRY)
    assert sorted(os.listdir(tmp_path)) == [scan.name]


def test_an_output_that_is_a_file_is_refused_before_any_work(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(OutputError, match="it is a file"):
        simulate(tmp_path / "missing.nrrd", tmp_path / "out")


def test_the_bundled_sample_is_a_pair_of_the_bundled_truth():
    folder = resource_path("SampleData")
    record = json.loads((folder / "geometry.json").read_text())
    truth = sitk.ReadImage(str(folder / "truth.nrrd"))
    middle = truth.TransformContinuousIndexToPhysicalPoint([63.5] * 3)
    np.testing.assert_allclose(np.array(middle) * (-1, -1, 1), record["centre_ras_mm"], atol=1e-3)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 6e6
    for name, view in (("ap.dcm", "frontal"), ("lateral.dcm", "lateral")):
        radiograph = read_radiograph(folder / name)
        assert view_geometry(radiograph)[0] == ViewGeometry.from_dict(record[view])
