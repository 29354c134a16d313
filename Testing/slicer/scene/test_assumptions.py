"""What the panel tells of a reconstruction's assumptions: those that matter, by name and value."""

import numpy as np
import pytest
import SimpleITK as sitk
from Diff2CTReconstructionLib.scene import assumptions_sentence, sample_data

from Diff2CTCore.radiograph import read_radiograph, view_geometry

PLACES = {"unknown": "not stated, put at the origin", "known": "the radiographs"}


def report_of(frontal, lateral, place="unknown"):
    """The part of a report that is about assumptions, as the core makes it."""
    assumptions = {}
    for side, (path, given) in {"frontal": frontal, "lateral": lateral}.items():
        radiograph = read_radiograph(path)
        _geometry, found = view_geometry(radiograph, **given)
        assumptions[side] = [item.to_dict() for item in found]
    return {"assumptions": assumptions, "outputs": {"centre_source": PLACES[place]}}


@pytest.fixture
def picture(tmp_path):
    """A picture that says nothing of itself."""
    path = tmp_path / "plain.png"
    sitk.WriteImage(
        sitk.GetImageFromArray((np.random.default_rng(0).random((300, 200)) * 255).astype(np.uint8)), str(path)
    )
    return path


def test_sample_pair_assumes_nothing_that_matters():
    files = sample_data.sample_files()
    pair = [(files[side], {}) for side in ("frontal", "lateral")]
    assert assumptions_sentence(report_of(*pair, place="known")) == ""
    # Where nobody knows what the middle shows, that it is the centre of the volume matters.
    assert assumptions_sentence(report_of(*pair)) == "Assumed: centre point in the middle of the picture."


def test_assumptions_that_matter_are_listed_with_their_values(picture):
    given = {"view": "AP", "centre_px": (10.0, 20.0)}
    dicom = (sample_data.sample_files()["lateral"], {})
    said = assumptions_sentence(report_of((picture, given), dicom))
    assert said == (
        "Assumed: dense is bright (frontal); grey values logarithmic (frontal); head up (frontal); "
        "SID 1150 mm (frontal); SOD 950 mm (frontal); pixel spacing 1.433 mm (frontal); "
        "centre point in the middle of the picture (lateral)."
    )


def test_what_both_views_assume_is_said_once(picture):
    given = {"centre_px": (10.0, 20.0), "sid_mm": 1500.0, "pixel_spacing_mm": (0.2, 0.3)}
    said = assumptions_sentence(report_of((picture, {"view": "AP", **given}), (picture, {"view": "LL", **given})))
    assert said == "Assumed: dense is bright; grey values logarithmic; head up; SOD 1300 mm."


def test_damaged_report_says_nothing():
    for report in ({}, {"assumptions": 3}, {"assumptions": {"frontal": []}, "outputs": 5}):
        assert assumptions_sentence(report) == ""
    odd = {"assumptions": {"frontal": [{"name": "carried_geometry", "value": None, "why": "It cannot be read."}]}}
    assert assumptions_sentence(odd) == "Assumed: carried geometry not used (frontal)."
