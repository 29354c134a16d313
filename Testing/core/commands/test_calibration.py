"""A known length on the command line, and what reconstruct says of the scale."""

import json

import numpy as np
import pytest
import SimpleITK as sitk
from command_output import assert_one_sentence, files_in
from marker_ball import TRUE, known_length, picture
from sample_pair import AP, LATERAL, QUICK

SIDES = ("ap", "lateral")


@pytest.fixture
def pictures(tmp_path):
    """Both radiographs of the ball as PNG files, which state no length."""
    paths = [tmp_path / f"{side}.png" for side in SIDES]
    for path, view in zip(paths, TRUE.views, strict=True):
        sitk.WriteImage(sitk.GetImageFromArray(picture(view)), str(path))
    return paths


@pytest.fixture
def reconstruct(run, model, pictures, tmp_path):
    """Reconstruct the pictures with options; gives exit code, standard error and report."""

    def call(*options):
        code, _, err = run("reconstruct", *pictures, "-o", tmp_path / "ct.nrrd", "--model", model, *QUICK, *options)
        report = tmp_path / "ct.json"
        return code, err, json.loads(report.read_text(encoding="utf-8")) if report.exists() else None

    return call


def in_patient(report, view):
    """(row, column) spacing in the patient, as the report's lengths make it."""
    found = report["geometry"][view.view]
    return [mm * found["sod_mm"] / found["sid_mm"] for mm in found["pixel_spacing_mm"]]


def option(side, view):
    return f"--{side}-known-length", *known_length(view)


def test_a_ball_in_both_pictures_gives_the_reconstruction_its_true_size(reconstruct):
    options = [word for side, view in zip(SIDES, TRUE.views, strict=True) for word in option(side, view)]
    code, err, report = reconstruct(*options)
    assert code == 0, err
    for view in TRUE.views:
        assert in_patient(report, view) == pytest.approx(view.iso_spacing_mm, rel=0.01)
        told = report["radiographs"][view.view]
        assert told["spacing_source"] == "a known length of 25 mm"
        assert np.ravel(told["known_length"]["ends_px"]).tolist() == list(known_length(view)[:4])
        assert told["known_length"]["length_mm"] == 25.0
    assert report["scale"]["known"]
    assert report["scale"]["uncertainty"] is None
    assert "Sizes" not in err


def test_one_calibrated_view_is_named_and_the_other_keeps_what_is_assumed(reconstruct):
    code, err, report = reconstruct(*option("lateral", TRUE.lateral))
    assert code == 0, err
    assert in_patient(report, TRUE.lateral) == pytest.approx(TRUE.lateral.iso_spacing_mm, rel=0.01)
    assert report["geometry"]["AP"]["pixel_spacing_mm"] == [430.0 / 700.0] * 2
    assert report["scale"]["known"]
    assert report["scale"]["sentence"].startswith("Sizes are those of the lateral view, by a known length of 25 mm;")
    assert report["scale"]["sentence"] in err


def test_a_pair_without_any_length_is_told_to_be_relative_in_one_line(reconstruct):
    code, err, report = reconstruct("--ap-spacing", "0.2")
    assert code == 0, err
    (line,) = [line for line in err.splitlines() if "Sizes are relative" in line]
    assert report["scale"]["sentence"] in line
    assert not report["scale"]["known"]
    assert 0.4 < report["scale"]["uncertainty"] < 0.5


def test_a_pair_that_states_its_lengths_is_told_nothing_of_its_scale(run, model, tmp_path):
    code, out, err = run("reconstruct", AP, LATERAL, "-o", tmp_path / "ct.nrrd", "--model", model, *QUICK)
    assert code == 0, err
    assert "Sizes" not in out + err
    scale = json.loads((tmp_path / "ct.json").read_text(encoding="utf-8"))["scale"]
    assert scale["known"]
    assert scale["uncertainty"] is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--ap-known-length", 10, 10, 100, 10, 25, "--ap-spacing", "0.2"), "give one of them"),
        (("--ap-known-length", 10, 10, 100, 10, 25, "--spacing", "0.2"), "give one of them"),
        (("--lateral-known-length", 10, 10, 10, 10, 25), "0 pixels apart"),
        (("--lateral-known-length", 10, 10, 680, 10, 25), "outside its upright picture"),
        (("--ap-known-length", 10, 10, 590, 10, 0.5), "makes the frontal radiograph"),
        (("--ap-known-length", 10, 10, 100, 25), "expected 5 arguments"),
        (("--ap-known-length", 10, 10, 100, 10, "25,4"), "decimal point"),
    ],
)
def test_a_known_length_from_which_nothing_follows_is_refused_and_no_file_is_left(
    reconstruct, pictures, tmp_path, options, words
):
    code, err, _ = reconstruct(*options, "--progress", "none")
    assert code == 2
    assert_one_sentence(err)
    assert words in err
    assert files_in(tmp_path) == [path.name for path in pictures]


def test_simulate_reads_no_radiograph_and_has_no_such_option(run, tmp_path):
    code, _, err = run("simulate", tmp_path, "-o", tmp_path / "out", "--ap-known-length", 10, 10, 100, 10, 25)
    assert code == 2
    assert "Unrecognized arguments" in err


def test_export_takes_reports_with_a_scale_and_older_ones_without(run, case):
    for name, scale in (
        ("with", {"known": False, "uncertainty": 0.25, "sentence": "Sizes are relative."}),
        ("old", None),
    ):
        report = json.loads((case / "ct.json").read_text(encoding="utf-8"))
        report = {key: value for key, value in report.items() if key != "scale"} | ({"scale": scale} if scale else {})
        (case / "ct.json").write_text(json.dumps(report), encoding="utf-8")
        code, _, err = run("export", case / "ct.nrrd", "-o", case / name)
        assert code == 0, err
