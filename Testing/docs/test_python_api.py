"""The page on the Python API: its blocks run as one session, and give what the page says."""

import re

import numpy as np
import pytest
import SimpleITK as sitk
from documentation import ROOT
from scipy.ndimage import map_coordinates

from Diff2CTCore.errors import OutputError, RadiographError
from Diff2CTCore.geometry import MU_WATER_PER_MM
from Diff2CTCore.reconstruction import RadiographInput, Settings, run_job, write_outputs

PAGE = (ROOT / "docs" / "python-api.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.M | re.S)


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    """The names after each block, by the block's number, and the folder in which all of them ran."""
    folder = tmp_path_factory.mktemp("session")
    names, after = {}, []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for number, block in enumerate(BLOCKS, start=1):
            exec(compile(block, f"python-api.md, block {number}", "exec"), names)
            after.append(dict(names))
    return after, folder


def after_block_with(session, text):
    """The names after the block that holds a text."""
    (number,) = (number for number, block in enumerate(BLOCKS) if text in block)
    return session[0][number]


def test_blocks_are_short_and_many():
    assert len(BLOCKS) > 8
    assert max(block.count("\n") for block in BLOCKS) <= 10


def test_reconstruction_in_ten_lines_writes_the_array_that_it_gives(session):
    names = after_block_with(session, "index_to_ras_mm")
    image = sitk.ReadImage(str(session[1] / "ct.nrrd"))
    assert np.array_equal(sitk.GetArrayFromImage(image), np.rint(names["hu"]))
    assert image.GetSpacing() == (names["grid"].spacing_mm,) * 3
    left, posterior, superior = image.TransformIndexToPhysicalPoint((64, 64, 64))
    said = names["grid"].index_to_ras_mm([64, 64, 64]) + names["result"].centre_ras_mm
    assert (-left, -posterior, superior) == pytest.approx(tuple(said))


def test_other_arrays_are_written_in_the_same_place(session):
    names, bone = after_block_with(session, "volume_image("), sitk.ReadImage(str(session[1] / "bone.nii.gz"))
    assert np.array_equal(sitk.GetArrayFromImage(bone), names["hu"] > 200)
    assert bone.GetOrigin() == pytest.approx(names["image"].GetOrigin())
    assert np.array_equal(sitk.GetArrayFromImage(names["image"]), names["hu"])


def test_settings_are_those_that_were_used(session):
    report = after_block_with(session, "steps=2")["other"].report
    assert (report["settings"]["steps"], report["settings"]["seed"], report["device"]) == (2, 1, "cpu")
    assert report["geometry"]["LL"]["sod_mm"] == 950


def test_the_report_is_that_of_the_written_volume(session):
    names = after_block_with(session, "read_report")
    assert names["report"]["outputs"]["volume"] == "ct.nrrd"
    assert set(names["report"]) - set(names["result"].report) == {"outputs"}


def test_a_simulated_pair_needs_no_word_and_lies_where_its_truth_lies(session):
    names, truth = after_block_with(session, "evaluate("), sitk.ReadImage(str(session[1] / "pair" / "truth.nrrd"))
    middle = truth.TransformContinuousIndexToPhysicalPoint([(size - 1) / 2 for size in truth.GetSize()])
    assert names["result"].centre_ras_mm == pytest.approx((-middle[0], -middle[1], middle[2]), abs=1e-3)
    assert np.allclose(names["truth_hu"], sitk.GetArrayFromImage(truth), rtol=0, atol=0.5)


def test_the_metrics_are_those_of_the_two_arrays(session):
    names = after_block_with(session, "evaluate(")
    pair = [np.clip(names[name].astype(float), -1000, 1500) for name in ("hu", "truth_hu")]
    assert names["metrics"]["mae_hu"] == pytest.approx(np.abs(pair[0] - pair[1]).mean())
    assert names["metrics"]["psnr_volume_db"] == pytest.approx(
        10 * np.log10(2500**2 / np.mean((pair[0] - pair[1]) ** 2))
    )
    # Trained on other patients: a body in its place, far from perfect.
    assert 19 < names["metrics"]["psnr_body_db"] < 25


def test_the_interval_is_one_half_width_for_each_voxel(session):
    names = after_block_with(session, "floored_deviation_hu(")
    assert names["half_width_hu"].shape == names["hu"].shape
    assert names["half_width_hu"].min() >= 5 * names["uncertainty"]["factor"]
    assert 50 < names["uncertainty"]["half_width_hu"] < 500


def test_the_projection_is_the_sum_along_the_rays(session):
    names = after_block_with(session, "primary_deg=30")
    hu, grid = names["hu"].astype(float), names["grid"]
    # DICOM: the receptor's angle from the front towards the patient's left, AP 180 degrees.
    angle = np.deg2rad(180 + 30)
    towards_detector = np.array([0.0, -np.cos(angle), np.sin(angle)])
    along_mm = np.arange(-300.0, 300.0, 0.5)
    index = towards_detector[:, None] * along_mm / grid.spacing_mm + (np.array(hu.shape)[:, None] - 1) / 2
    water = np.clip(1 + map_coordinates(hu, index, order=1, cval=-1000.0) / 1000, 0, None)
    middle = names["drr"][127:129, 127:129].mean()
    assert middle == pytest.approx(MU_WATER_PER_MM * water.sum() * 0.5, rel=0.02)


def test_a_wrong_name_of_a_choice_is_told(tmp_path):
    with pytest.raises(RadiographError, match="no reading called pixel_spacing_mm, view; there are frame, intensity"):
        RadiographInput("ap.dcm", reading={"view": "AP", "pixel_spacing_mm": 0.2, "rotate": 90})


def test_outputs_that_cannot_be_written_are_told_by_the_names_that_were_given(session, tmp_path):
    result = after_block_with(session, "index_to_ras_mm")["result"]
    for volume, std, sentence in (
        ("a.dat", None, "Cannot write a.dat: its extension is not known"),
        ("missing/a.nrrd", None, "missing does not exist; create it first"),
        ("a.nrrd", tmp_path / "std.nrrd", "no deviation to write to std.nrrd; reconstruct with samples = 2 or more"),
    ):
        with pytest.raises(OutputError, match=re.escape(sentence)):
            write_outputs(result, tmp_path / volume, tmp_path / "a.json", std)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_missing_is_told(tmp_path):
    missing = RadiographInput(tmp_path / "missing.dcm")
    with pytest.raises(RadiographError, match=r"missing\.dcm does not exist"):
        run_job(missing, missing, Settings())
