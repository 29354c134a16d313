"""`diff2ct align`, and a pair that is looked at before it is reconstructed."""

import json

import pytest
from clinic_pair import pictures, written

QUICK = ("--steps", "1", "--no-consistency", "--device", "cpu")


@pytest.fixture(scope="module")
def clinic():
    return pictures()


def test_align_says_what_two_files_are_in_at_most_five_lines(run, clinic, tmp_path):
    (frontal, lateral), pitch = clinic
    written(tmp_path, lateral, frontal, pitch, ("x.nrrd", "y.nrrd"))
    code, out, err = run("align", tmp_path / "x.nrrd", tmp_path / "y.nrrd")
    assert code == 0, err
    lines = out.strip().splitlines()
    assert lines[-1] == "Research use only, not for clinical decisions."
    assert len(lines) <= 6
    assert lines[0].startswith("y.nrrd is the frontal view (AP)")
    assert lines[1].startswith("x.nrrd is the lateral view (LL)")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.nrrd", "y.nrrd"]


def test_align_gives_programs_its_values(run, clinic, tmp_path):
    (frontal, lateral), pitch = clinic
    written(tmp_path, frontal, lateral, pitch)
    code, out, err = run("align", tmp_path / "one.nrrd", tmp_path / "two.nrrd", "--progress", "json")
    assert code == 0, err
    values = json.loads(out.strip().splitlines()[-1])
    assert values["event"] == "result"
    assert values["swapped"] is False
    assert values["lateral"]["view"] == "LL"
    assert {"rotate", "flip", "invert"} == set(values["frontal"]["reading"])
    for view in ("frontal", "lateral"):
        column, row = values[view]["geometry"]["centre_px"]
        assert 0 <= column < 512
        assert 0 <= row < 512
        assert len(values["same_height"][view]) == len(values["same_height"]["frontal"])
    assert 0.0 <= values["probability"] <= 1.0001
    assert isinstance(values["sure"], bool)


def test_a_model_without_networks_cannot_align(run, model, clinic, tmp_path):
    (frontal, lateral), pitch = clinic
    written(tmp_path, frontal, lateral, pitch)
    files = tmp_path / "one.nrrd", tmp_path / "two.nrrd"
    code, _, err = run("align", *files, "--model", model)
    assert code == 2
    assert "The model small cannot align a pair; choose another one." in err
    # A reconstruction with it takes the views as they are given, and says so.
    code, _, err = run("reconstruct", *files, "-o", tmp_path / "ct.nrrd", "--model", model, *QUICK)
    assert code == 0
    assert "The model small cannot align a pair; the views are taken as they are given." in err
    report = json.loads((tmp_path / "ct.json").read_text())
    assert report["alignment"] is None


def test_the_same_picture_twice_is_no_pair(run, clinic, tmp_path):
    (frontal, _), pitch = clinic
    written(tmp_path, frontal, frontal, pitch)
    code, _, err = run("align", tmp_path / "one.nrrd", tmp_path / "two.nrrd")
    assert code == 2
    assert "Both radiographs are the same image" in err


def test_two_frontal_views_are_asked_about_by_name(run, clinic, tmp_path):
    (frontal, _), pitch = clinic
    written(tmp_path, frontal, frontal[:, ::-1] * 1.01, pitch)
    code, out, err = run(
        "reconstruct", tmp_path / "one.nrrd", tmp_path / "two.nrrd", "-o", tmp_path / "ct.nrrd", *QUICK
    )
    assert code == 2, out
    assert "one.nrrd" in err
    assert "two.nrrd" in err
    assert not (tmp_path / "ct.nrrd").exists()
