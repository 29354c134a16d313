"""A batch: the manifest is checked before any work, cases fail alone, and the same command goes on."""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sample_pair import AP, LATERAL, QUICK
from small_model import save_small_model

from Diff2CTCore import reconstruction
from Diff2CTCore.__main__ import main
from Diff2CTCore.reconstruction import run_job

ROOT = Path(__file__).parents[2]


@pytest.fixture
def batch(model, tmp_path, capsys):
    """Write a manifest and run it: `batch(text, option, ...)` gives exit code and events."""

    def run(text, *options):
        (tmp_path / "cases.csv").write_text(text, encoding="utf-8")
        capsys.readouterr()
        command = ["batch", tmp_path / "cases.csv", "-o", tmp_path / "out", "--model", model, *QUICK, *options]
        code = main([*map(str, command), "--progress", "json"])
        return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    run.folder = tmp_path
    run.out = tmp_path / "out"
    return run


def results(path):
    """The lines of a results table by case."""
    with open(path, encoding="utf-8", newline="") as file:
        return {row["case"]: row for row in csv.DictReader(file)}


def cases(events):
    """Case and status of each case event."""
    return [(event["case"], event["status"]) for event in events if event["event"] == "case"]


@pytest.fixture
def reconstructed(monkeypatch):
    """Counts the reconstructions; gives the list of their settings."""
    settings = []
    monkeypatch.setattr(reconstruction, "run_job", lambda *given: settings.append(given[2]) or run_job(*given))
    return settings


def test_each_case_gives_a_volume_a_report_and_one_line_and_a_failing_one_does_not_stop_the_rest(batch):
    shutil.copy(AP, batch.folder / "ap.dcm")
    (batch.folder / "broken.dcm").write_bytes(b"no radiograph")
    text = "case,frontal,lateral,lateral-sid,ap-centre,consistency,seed\n"
    text += f'first,ap.dcm,{LATERAL},1200,"430 445.5",no,\n'
    text += f"broken,broken.dcm,{LATERAL},,,,\n"
    text += f"second,{AP},{LATERAL},,,yes,7\n"
    code, events = batch(text)
    assert code == 4
    assert cases(events) == [("first", "done"), ("broken", "failed"), ("second", "done")]
    assert events[-1]["kind"] == "cases"
    assert "1 of 3 cases failed" in events[-1]["message"]
    assert sorted(path.name for path in batch.out.iterdir()) == [
        "first.json",
        "first.nrrd",
        "results.csv",
        "second.json",
        "second.nrrd",
    ]
    table = results(batch.out / "results.csv")
    assert list(table) == ["first", "broken", "second"]
    assert [row["status"] for row in table.values()] == ["done", "failed", "done"]
    assert "known format" in table["broken"]["message"]
    assert 0.0 < float(table["first"]["error_frontal"]) <= 1.0
    first, second = (json.loads((batch.out / f"{case}.json").read_text()) for case in ("first", "second"))
    assert first["geometry"]["LL"]["sid_mm"] == 1200.0
    assert first["geometry"]["AP"]["centre_px"] == [430.0, 445.5]
    assert first["settings"]["consistency"] is False
    assert (second["settings"]["seed"], second["settings"]["consistency"]) == (7, True)
    notes = [event["message"] for event in events if event["event"] == "note"]
    assert notes
    assert all(note.startswith(("first: ", "broken: ", "second: ")) for note in notes)


def test_the_same_command_does_only_what_is_not_done(batch, reconstructed, model):
    text = f"case;frontal;lateral;seed\na;{AP};{LATERAL};1\nb;{AP};{LATERAL};2\n"
    assert batch(text)[0] == 0
    first = (batch.out / "a.nrrd").read_bytes()
    assert len(reconstructed) == 2
    code, events = batch(text)
    assert code == 0
    assert cases(events) == [("a", "kept"), ("b", "kept")]
    assert len(reconstructed) == 2
    assert events[-1] == {
        "event": "result",
        "done": 0,
        "kept": 2,
        "failed": 0,
        "results": str(batch.out / "results.csv"),
    }
    # Another seed, a missing volume: only these are done again.
    (batch.out / "b.nrrd").unlink()
    assert cases(batch(text)[1]) == [("a", "kept"), ("b", "done")]
    assert cases(batch(text.replace(";1\n", ";3\n"))[1]) == [("a", "done"), ("b", "kept")]
    assert (batch.out / "a.nrrd").read_bytes() != first
    assert [settings.seed for settings in reconstructed] == [1, 2, 2, 3]
    assert cases(batch(text, "--ap-sid", "1111")[1]) == [("a", "done"), ("b", "done")]
    save_small_model(model, seed=1)
    assert cases(batch(text, "--ap-sid", "1111")[1]) == [("a", "done"), ("b", "done")]
    save_small_model(model)


def test_a_stopped_batch_goes_on_where_it_was(batch, monkeypatch):
    text = f"frontal,lateral\n{AP},{LATERAL}\n{AP},{LATERAL}\n"
    finished = []

    def stop_at_the_second(*given):
        if finished:
            signal.raise_signal(signal.SIGINT)
        finished.append(1)
        return run_job(*given)

    with monkeypatch.context() as patch:
        patch.setattr(reconstruction, "run_job", stop_at_the_second)
        code, events = batch(text)
    assert code == 130
    assert "1 of 2 cases are done" in events[-1]["message"]
    assert [*results(batch.out / "results.csv")] == ["case-0001"]
    code, events = batch(text)
    assert code == 0
    assert cases(events) == [("case-0001", "kept"), ("case-0002", "done")]


def test_what_nobody_foresaw_fails_one_case_without_its_own_words(batch, monkeypatch):
    def fail(*given):
        if "a" in given[0].path.name:
            raise ZeroDivisionError("Doe^John")
        return run_job(*given)

    shutil.copy(AP, batch.folder / "b.dcm")
    monkeypatch.setattr(reconstruction, "run_job", fail)
    code, events = batch(f"case,frontal,lateral\na,{AP},{LATERAL}\nb,b.dcm,{LATERAL}\n")
    assert code == 4
    assert cases(events) == [("a", "failed"), ("b", "done")]
    assert "Doe" not in json.dumps(events)
    assert "ZeroDivisionError" in results(batch.out / "results.csv")["a"]["message"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no case"),
        ("frontal,lateral\n", "has no case"),
        ("frontal\nAP\n", "no column 'lateral'"),
        ("frontal,lateral,colour\nAP,LATERAL,blue\n", "unknown column 'colour'"),
        ("frontal,lateral,output\nAP,LATERAL,x.nrrd\n", "unknown column 'output'"),
        ("frontal,lateral,sid,sid\nAP,LATERAL,1,1\n", "'sid' twice"),
        ("frontal,lateral\nAP,LATERAL\nnowhere.dcm,LATERAL\nAP,\n", "Line 3"),
        ("frontal,lateral\nAP,LATERAL\nnowhere.dcm,LATERAL\nAP,nothing.dcm\n", "1 more lines"),
        ("frontal,lateral\nAP,LATERAL\n,LATERAL\n", "no frontal radiograph"),
        ("frontal,lateral\nAP,LATERAL\nAP,LATERAL,5\n", "3 cells for 2 columns"),
        ("frontal,lateral,sid\nAP,LATERAL,wide\n", "--sid: invalid float value: 'wide'"),
        ("frontal,lateral,steps\nAP,LATERAL,0\n", "whole number"),
        ("frontal,lateral,ap-centre\nAP,LATERAL,5\n", "--ap-centre: expected 2 arguments"),
        ("frontal,lateral,ap-invert\nAP,LATERAL,maybe\n", "yes or no"),
        ("frontal,lateral,lateral-view\nAP,LATERAL,AP\n", "invalid choice"),
        ("frontal,lateral,model\nAP,LATERAL,nowhere\n", "no model 'nowhere'"),
        ("case,frontal,lateral\na,AP,LATERAL\nA,AP,LATERAL\n", "Lines 2 and 3"),
        ("case,frontal,lateral\n../a,AP,LATERAL\n", "cannot name a file"),
        ('frontal,lateral\n"AP,LATERAL\n', "cells for 2 columns"),
    ],
)
def test_a_wrong_manifest_is_refused_in_one_sentence_before_any_work(batch, reconstructed, text, words):
    code, events = batch(text.replace("AP,", f"{AP},").replace("LATERAL", LATERAL).replace(f",{AP},\n", ",AP,\n"))
    assert code == 2
    assert words in events[-1]["message"]
    assert len(events[-1]["message"].splitlines()) == 1
    assert reconstructed == []
    assert not batch.out.exists()


def test_a_manifest_that_is_no_text_or_not_there_is_told(batch, model, tmp_path):
    (tmp_path / "picture.csv").write_bytes(b"\xff\xfe\x00")
    for name, words in (("picture.csv", "UTF-8"), ("nowhere.csv", "cannot be read")):
        done = subprocess.run(
            [sys.executable, "-m", "Diff2CTCore", "batch", name, "-o", "out"],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            check=False,
        )
        assert done.returncode == 2
        assert words in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()


def test_an_output_must_not_replace_a_radiograph_of_any_case(batch, reconstructed):
    batch.out.mkdir()
    shutil.copy(AP, batch.out / "b.nrrd")
    code, events = batch(f"case,frontal,lateral\na,out/b.nrrd,{LATERAL}\nb,{AP},{LATERAL}\n")
    assert code == 2
    assert "one of the radiographs" in events[-1]["message"]
    assert reconstructed == []


def test_deviations_and_reprojections_are_written_on_request(batch):
    text = f"case,frontal,lateral\na,{AP},{LATERAL}\n"
    assert batch(text, "--std", "--samples", "2", "--reprojections", "--format", ".nii.gz")[0] == 0
    made = sorted(path.name for path in batch.out.iterdir())
    assert made == ["a.json", "a.nii.gz", "a_std.nii.gz", "a_views", "results.csv"]
    code, events = batch(text, "--std")
    assert code == 2
    assert "--std needs samples" in events[-1]["message"]


def test_ranks_share_the_cases_and_know_what_the_others_did(batch, monkeypatch):
    text = "case,frontal,lateral\n" + "".join(f"{case},{AP},{LATERAL}\n" for case in "abc")
    monkeypatch.setenv("WORLD_SIZE", "2")
    for rank, share in (("0", ["a", "c"]), ("1", ["b"])):
        monkeypatch.setenv("RANK", rank)
        code, events = batch(text)
        assert code == 0
        assert cases(events) == [(case, "done") for case in share]
        assert [*results(batch.out / f"results-{rank}.csv")] == share
    monkeypatch.delenv("RANK")
    monkeypatch.delenv("WORLD_SIZE")
    assert cases(batch(text)[1]) == [(case, "kept") for case in "abc"]
    assert [*results(batch.out / "results.csv")] == ["a", "b", "c"]
    monkeypatch.setenv("RANK", "2")
    code, events = batch(text)
    assert code == 2
    assert "RANK is 2" in events[-1]["message"]


def test_under_torchrun_a_failing_case_does_not_end_the_other_process(model, tmp_path):
    (tmp_path / "broken.dcm").write_bytes(b"no radiograph")
    text = f"case,frontal,lateral\nbroken,broken.dcm,{LATERAL}\na,{AP},{LATERAL}\nc,{AP},{LATERAL}\nb,{AP},{LATERAL}\n"
    (tmp_path / "cases.csv").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0"]
    command += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0", "-m", "Diff2CTCore", "batch", "cases.csv"]
    command += ["-o", "out", "--model", model, *QUICK, "--progress", "none"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        check=False,
        timeout=300,
    )
    assert done.returncode != 0
    assert {case: row["status"] for case, row in results(tmp_path / "out" / "results-0.csv").items()} == {
        "broken": "failed",
        "c": "done",
    }
    assert {case: row["status"] for case, row in results(tmp_path / "out" / "results-1.csv").items()} == {
        "a": "done",
        "b": "done",
    }
