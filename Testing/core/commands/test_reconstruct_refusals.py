"""`diff2ct reconstruct` refuses in one sentence, with its exit code, and leaves no file."""

import os
import shutil

import pytest
from command_output import assert_one_sentence, events, files_in
from sample_pair import AP, LATERAL, QUICK

from Diff2CTCore import reconstruction
from Diff2CTCore.errors import DeviceError
from Diff2CTCore.reconstruction import job


def test_a_file_in_the_place_of_the_reprojections_is_refused_before_any_work(run, model, tmp_path):
    (tmp_path / "taken").write_text("here")
    options = ("-o", tmp_path / "ct.nrrd", "--model", model, "--reprojections", tmp_path / "taken", *QUICK)
    code, _, stderr = run("reconstruct", AP, LATERAL, *options)
    assert code == 2
    assert_one_sentence(stderr)
    assert files_in(tmp_path) == ["taken"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"output": "ct.jpg"}, "extension"),
        ({"output": "missing/ct.nrrd"}, "does not exist"),
        ({"output": "."}, "extension"),
        ({"lateral": AP}, "same"),
        ({"frontal": LATERAL, "lateral": AP}, "swap"),
        ({"frontal": __file__}, "known format"),
        ({"frontal": "nowhere.dcm"}, "nowhere.dcm"),
        ({"options": ("--model", "nowhere")}, "no model"),
        ({"options": ("--sid", "900", "--sod", "1000")}, "sod"),
        ({"options": ("--sid", "180", "--sod", "160")}, "1800 if it was in centimetres"),
        ({"options": ("--spacing", "-1")}, "spacing"),
        ({"options": ("--spacing", "wide")}, "not a spacing"),
        ({"options": ("--spacing", "194")}, "give the right spacing"),
        ({"options": ("--centre-ras", "1e39", "0", "0"), "output": "ct.nii"}, "--centre-ras"),
        ({"options": ("--steps", "0")}, "whole number"),
        ({"options": ("--steps", "many")}, "whole number"),
        ({"options": ("--std-output", "std.nrrd")}, "at least 2"),
        ({"options": ("--report", "ct.txt")}, "extension"),
        ({"options": ("--colour", "blue")}, "unrecognized"),
    ],
)
def test_bad_input_gives_one_sentence_exit_code_2_and_no_file(run, model, tmp_path, monkeypatch, change, words):
    monkeypatch.chdir(tmp_path)
    output = change.get("output", "ct.nrrd")
    files = change.get("frontal", AP), change.get("lateral", LATERAL)
    options = change.get("options", ())
    chosen = () if "--model" in options else ("--model", model)
    code, out, err = run("reconstruct", *files, "-o", output, *chosen, *QUICK[2:], *options, "--progress", "none")
    assert code == 2
    assert out == ""
    assert_one_sentence(err)
    assert words in err.lower()
    assert files_in(tmp_path) == []


def test_an_error_reaches_programs_as_an_event(run, tmp_path):
    code, out, err = run("reconstruct", AP, AP, "-o", tmp_path / "ct.nrrd", "--progress", "json")
    assert code == 2
    assert err == ""
    last = events(out)[-1]
    assert last["event"] == "error"
    assert last["kind"] == "radiograph"
    assert last["exit_code"] == 2
    assert "same" in last["message"]


def test_a_wrong_command_line_reaches_programs_as_an_event(run):
    for arguments in (("reconstruct", "--progress", "json"), ("--progress=json", "dance")):
        code, out, _ = run(*arguments)
        assert code == 2
        assert [(event["event"], event["kind"]) for event in events(out)] == [("error", "usage")]


def test_an_output_must_not_replace_a_radiograph(run, tmp_path, model):
    picture = tmp_path / "ap.nrrd"
    picture.write_bytes(b"precious")
    code, _, err = run("reconstruct", picture, LATERAL, "-o", picture, "--model", model, "--progress", "none")
    assert code == 2
    assert "one of the radiographs" in err
    assert picture.read_bytes() == b"precious"


@pytest.mark.parametrize("options", [("-o", "card.nrrd"), ("-o", "../ct.nrrd", "--report", "card.json")])
def test_an_output_must_not_lie_in_the_folder_of_a_model(run, model, tmp_path, monkeypatch, options):
    folder = shutil.copytree(model, tmp_path / "model")
    card = (folder / "card.json").read_bytes()
    monkeypatch.chdir(folder)
    code, _, err = run("reconstruct", AP, LATERAL, *options, "--model", folder, *QUICK, "--progress", "none")
    assert code == 2
    assert "would lie in the folder of a model" in err
    assert (folder / "card.json").read_bytes() == card


def test_a_read_only_folder_is_refused_before_any_work(run, tmp_path, monkeypatch):
    # The superuser may write everywhere, so the system's answer is stood in for.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    monkeypatch.setattr(reconstruction, "run_job", lambda *_: pytest.fail("work was done"))
    code, _, err = run("reconstruct", AP, LATERAL, "-o", tmp_path / "ct.nrrd", "--progress", "none")
    assert code == 2
    assert "permission" in err
    assert files_in(tmp_path) == []


def test_a_report_that_cannot_be_written_keeps_the_volume_back(run, model, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(job, "write_json", full)
    (tmp_path / "ct.nrrd").write_bytes(b"older")
    options = ("--model", model, "--reprojections", tmp_path / "views", *QUICK)
    code, _, err = run("reconstruct", AP, LATERAL, "-o", tmp_path / "ct.nrrd", *options)
    assert code == 2
    assert "space" in err
    assert files_in(tmp_path) == ["ct.nrrd"]
    assert (tmp_path / "ct.nrrd").read_bytes() == b"older"


def test_a_missing_device_is_exit_code_3(run, model, tmp_path):
    options = ("--model", model, "--device", "cuda:99", "--progress", "none")
    code, _, err = run("reconstruct", AP, LATERAL, "-o", tmp_path / "ct.nrrd", *options)
    assert code == DeviceError.exit_code == 3
    assert_one_sentence(err)
    assert files_in(tmp_path) == []


@pytest.mark.parametrize(("error", "code"), [(MemoryError(), 3), (ZeroDivisionError("Doe^John"), 1)])
def test_what_nobody_foresaw_is_one_sentence_without_the_exceptions_own_words(run, monkeypatch, error, code):
    def fail(*_args, **_kwargs):
        raise error

    monkeypatch.setattr(reconstruction, "run_job", fail)
    command = ("reconstruct", AP, LATERAL, "-o", "ct.nrrd", "--progress", "none")
    found, _, err = run(*command)
    assert found == code
    assert_one_sentence(err)
    assert "Doe" not in err
    found, _, err = run(*command, "--debug")
    assert found == code
    assert "Traceback" in err
