"""Whether sizes are those of the patient, and how far they may be off, against all geometries that are in use."""

import itertools
import json

import numpy as np
import pytest
from radiograph_files import dicom

from Diff2CTCore.geometry import ViewGeometry
from Diff2CTCore.radiograph import ViewScale, read_radiograph, scale_of, view_geometry, view_scale
from Diff2CTCore.storage import resource_path

ROWS, COLUMNS = 96, 80
CARD = json.loads(resource_path("Models", "diff2ct-128", "card.json").read_text(encoding="utf-8"))
RATIOS = np.linspace(*CARD["geometry_range"]["sod_over_sid"], 13)
GAPS_MM = np.linspace(100.0, 400.0, 13)
SPACING = {"ImagerPixelSpacing": [0.2, 0.2]}
SID, SOD = {"DistanceSourceToDetector": 1150}, {"DistanceSourceToPatient": 950}
IN_PATIENT = {"PixelSpacing": [0.2, 0.2], "PixelSpacingCalibrationType": "FIDUCIAL"}


def settled(folder, tags, modality="CR", **overrides):
    """The geometry of a file with these tags, and what is said of its scale."""
    radiograph = read_radiograph(dicom(folder / "a.dcm", modality=modality, ViewPosition="AP", **tags))
    geometry, assumptions = view_geometry(radiograph, **overrides)
    return geometry, view_scale(radiograph, geometry, assumptions, overrides)


@pytest.mark.parametrize(
    ("tags", "overrides", "source"),
    [
        ({**SPACING, **SID, **SOD}, {}, "its pixel spacing and distances"),
        ({**SPACING, "EstimatedRadiographicMagnificationFactor": 1.2}, {}, "its pixel spacing and distances"),
        ({**SPACING, "PixelSpacing": [0.16, 0.16]}, {}, "its pixel spacing and distances"),
        (SPACING, {"sid_mm": 1150.0, "sod_mm": 950.0}, "its pixel spacing and distances"),
        ({}, {"pixel_spacing_mm": 0.2, "sid_mm": 1150.0, "sod_mm": 950.0}, "its pixel spacing and distances"),
        ({**SPACING, **SID}, {"sod_mm": 950.0}, "its pixel spacing and distances"),
        (IN_PATIENT, {}, "its file's spacing in the patient"),
        (IN_PATIENT, {"sid_mm": 1150.0}, "its file's spacing in the patient"),
        ({}, {"known_length": (10, 40, 60, 40, 25)}, "a known length of 25 mm"),
        (SPACING, {"known_length": (10, 40, 60, 40, 12.5)}, "a known length of 12.5 mm"),
    ],
)
def test_what_states_the_size_is_named(tmp_path, tags, overrides, source):
    assert settled(tmp_path, tags, **overrides)[1] == ViewScale(source)


def test_distances_by_hand_that_contradict_the_file_are_the_users_word(tmp_path):
    tags = {**SPACING, **SID, "EstimatedRadiographicMagnificationFactor": 1.2}
    assert settled(tmp_path, tags, sod_mm=900.0)[1].missing == ()


@pytest.mark.parametrize(
    ("tags", "modality", "missing"),
    [
        ({**SPACING, **SID}, "CR", ("SOD",)),
        ({**SPACING, **SOD}, "CR", ("SID",)),
        (SPACING, "CR", ("SID", "SOD")),
        ({}, "CR", ("pixel spacing", "SID", "SOD")),
        ({**SID, **SOD}, "CR", ("pixel spacing",)),
        ({"PixelSpacing": [0.2, 0.2], **SID, **SOD}, "CR", ("where the pixel spacing holds",)),
        # The distance of a digital radiograph ends at the support.
        ({**SPACING, **SID, **SOD}, "DX", ("SOD",)),
        # Two words of one file that contradict each other.
        ({**SPACING, **SID, **SOD, "EstimatedRadiographicMagnificationFactor": 1.5}, "CR", ("SOD",)),
    ],
)
def test_what_is_assumed_or_in_doubt_is_named(tmp_path, tags, modality, missing):
    found = settled(tmp_path, tags, modality)[1]
    assert found.missing == missing
    assert found.source == ""


def true_column_mm(sid_mm, sod_mm, pitch_mm):
    """The column pitch in the patient of a radiograph that was taken so."""
    return ViewGeometry("AP", ROWS, COLUMNS, (pitch_mm, pitch_mm), sid_mm, sod_mm).iso_spacing_mm[1]


def truths(case):
    """Column pitches in the patient of all radiographs in use whose files would state the same."""
    if case == "SID":
        return [true_column_mm(1150.0, 1150.0 - gap, 0.2) for gap in GAPS_MM]
    if case == "SOD":
        return [true_column_mm(950.0 + gap, 950.0, 0.2) for gap in GAPS_MM]
    if case == "spacing":
        return [true_column_mm(1000.0, 1000.0 * ratio, 0.2) for ratio in RATIOS]
    if case == "place":
        return [0.2, *(true_column_mm(1150.0, 1150.0 - gap, 0.2) for gap in GAPS_MM)]
    if case == "place alone":
        return [0.2, true_column_mm(1150.0, 950.0, 0.2)]
    sides = np.linspace(300.0, 430.0, 11)
    return [true_column_mm(1000.0, 1000.0 * ratio, side / ROWS) for ratio, side in itertools.product(RATIOS, sides)]


@pytest.mark.parametrize(
    ("case", "tags"),
    [
        ("SID", {**SPACING, **SID}),
        ("SOD", {**SPACING, **SOD}),
        ("spacing", SPACING),
        ("place", {"PixelSpacing": [0.2, 0.2], **SID}),
        ("place alone", {"PixelSpacing": [0.2, 0.2], **SID, **SOD}),
        ("nothing", {}),
    ],
)
def test_the_uncertainty_is_the_largest_error_over_the_geometries_in_use(tmp_path, case, tags):
    geometry, found = settled(tmp_path, tags)
    errors = [abs(true_mm / geometry.iso_spacing_mm[1] - 1.0) for true_mm in truths(case)]
    assert found.uncertainty == pytest.approx(max(errors), abs=1e-4)
    assert found.open_ended == (case == "nothing")


def test_a_pair_of_which_nothing_is_known_is_relative_and_says_by_how_much(tmp_path):
    whole, bare = (settled(tmp_path, tags)[1] for tags in ({**SPACING, **SID}, {}))
    assert scale_of(whole, whole).to_dict() == {
        "known": False,
        "uncertainty": pytest.approx(200.0 / 950.0, abs=1e-4),
        "sentence": "Sizes are relative and may be off by up to 22 % (assumed or in doubt: SOD); give these, or a "
        "known length in the patient.",
    }
    found = scale_of(whole, bare)
    assert (found.known, found.uncertainty) == (False, bare.uncertainty)
    assert "by up to 48 %, and more where the picture was cropped or stitched" in found.sentence
    assert "(assumed or in doubt: SOD, pixel spacing (lateral), SID (lateral))" in found.sentence


def test_a_pair_of_which_one_view_is_calibrated_says_which_and_that_the_other_is_not(tmp_path):
    known = settled(tmp_path, {}, known_length=(10, 40, 60, 40, 25))[1]
    other = settled(tmp_path, {**SPACING, **SID})[1]
    found = scale_of(other, known)
    assert found.known
    assert found.uncertainty == other.uncertainty
    assert found.sentence == (
        "Sizes are those of the lateral view, by a known length of 25 mm; the frontal view may be off beside it by up "
        "to 22 % (assumed or in doubt: SOD)."
    )


def test_a_simulated_pair_knows_its_scale():
    views = []
    for name in ("ap.dcm", "lateral.dcm"):
        radiograph = read_radiograph(resource_path("SampleData", name))
        views.append(view_scale(radiograph, *view_geometry(radiograph), {}))
    found = scale_of(*views)
    assert (found.known, found.uncertainty) == (True, None)
    assert found.sentence.startswith("Sizes are absolute")
