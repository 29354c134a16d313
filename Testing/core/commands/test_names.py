"""Names of files in any script, in whatever encoding the system is said to have."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk
from command_output import assert_one_sentence, events, files_in
from sample_pair import AP, LATERAL, QUICK

ROOT = Path(__file__).parents[3]
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture
def in_ascii(tmp_path):
    """Run the command line where the system's encoding is said to be ASCII, in a folder with a name of another script;
    gives (exit code, stdout, stderr)."""
    folder = tmp_path / "Größe 影"
    (folder / "tmp").mkdir(parents=True)

    def call(*arguments, jobs=None):
        done = subprocess.run(
            [sys.executable, "-m", "Diff2CTCore", *map(str, arguments)],
            capture_output=True,
            cwd=folder,
            input=None if jobs is None else "".join(json.dumps({"arguments": job}) + "\n" for job in jobs).encode(),
            env={**os.environ, **ASCII, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder / "tmp")},
            check=False,
        )
        return done.returncode, done.stdout.decode("ascii"), done.stderr.decode("ascii")

    call.folder = folder
    return call


def test_names_beyond_ascii_are_read_and_written_where_the_encoding_does_not_know_them(in_ascii, model):
    folder = in_ascii.folder
    (folder / "Ärzte.dcm").write_bytes(Path(AP).read_bytes())
    options = ("--model", model, *QUICK, "--samples", 2, "--std-output", "σ.mha", "--reprojections", "Ansichten ä")
    code, out, err = in_ascii("reconstruct", "Ärzte.dcm", LATERAL, "-o", "影.NII.GZ", *options)
    assert code == 0, err
    assert "Wrote \\u5f71.NII.GZ" in out
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        ["Ärzte.dcm", "影.NII.GZ", "影.json", "σ.mha", "Ansichten ä", "tmp"]
    )
    outputs = json.loads((folder / "影.json").read_text(encoding="utf-8"))["outputs"]
    assert (outputs["volume"], outputs["std"]) == ("影.NII.GZ", "σ.mha")
    code, _, err = in_ascii("export", "影.NII.GZ", "-o", "süß", "--radiographs", "Ärzte.dcm")
    assert code == 0, err
    assert len(files_in(folder / "süß")) == 32
    assert os.listdir(folder / "tmp") == []


def test_tables_and_jobs_in_unicode_name_the_same_files_in_ascii(in_ascii, model):
    folder = in_ascii.folder
    (folder / "側.dcm").write_bytes(Path(LATERAL).read_bytes())
    (folder / "Fälle.csv").write_text(f"case,frontal,lateral\na,{AP},側.dcm\n", encoding="utf-8")
    code, _, err = in_ascii("batch", "Fälle.csv", "-o", "Aus ä", "--model", model, *QUICK, "--progress", "none")
    assert code == 0, err
    job = ["reconstruct", AP, "側.dcm", "-o", "影.nrrd", "--model", model, *QUICK]
    code, out, err = in_ascii("worker", jobs=[job])
    assert code == 0, err
    assert events(out)[-1]["volume"] == "影.nrrd"
    volumes = [sitk.ReadImage(str(path)) for path in (folder / "影.nrrd", folder / "Aus ä" / "a.nrrd")]
    assert np.array_equal(*map(sitk.GetArrayFromImage, volumes))


def test_a_name_that_is_not_there_is_told_in_what_the_terminal_can_show(in_ascii, model):
    code, _, err = in_ascii("reconstruct", "nirgends ä.dcm", LATERAL, "-o", "ct.nrrd", "--model", model)
    assert code == 2
    assert_one_sentence(err)
    assert "nirgends \\xe4.dcm does not exist" in err


@pytest.mark.parametrize("place", ["frontal", "output", "model"])
def test_a_path_longer_than_the_system_allows_is_one_sentence(run, model, tmp_path, place):
    given = {"frontal": AP, "output": tmp_path / "ct.nrrd", "model": model, place: f"{tmp_path}/{'n' * 300}.nrrd"}
    options = ("--model", given["model"], "--progress", "none")
    code, _, err = run("reconstruct", given["frontal"], LATERAL, "-o", given["output"], *options)
    assert code == 2
    assert_one_sentence(err)
    assert "too long" in err
    assert files_in(tmp_path) == []


@pytest.mark.parametrize("text", ["a\0.dcm", "a\ud800.dcm"])
def test_characters_that_no_name_can_have_are_one_sentence(run, tmp_path, text):
    code, _, err = run("reconstruct", text, LATERAL, "-o", tmp_path / "ct.nrrd", "--progress", "none")
    assert code == 2
    assert_one_sentence(err)
    assert "no file name of this system can have" in err


def test_an_empty_path_does_not_stand_for_the_current_folder(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for command in (("evaluate", "", AP), ("simulate", AP, "-o", ""), ("export", AP, "-o", "", "--report", "x.json")):
        code, _, err = run(*command, "--progress", "none")
        assert code == 2
        assert "the path is empty" in err
    assert files_in(tmp_path) == []
