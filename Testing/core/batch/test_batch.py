"""A batch: cases fail alone, and the same command goes on."""

import json
import shutil
import signal

from batch_outcome import cases, results
from sample_pair import AP, LATERAL
from small_model import save_small_model

from Diff2CTCore import reconstruction
from Diff2CTCore.reconstruction import run_job


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


def test_deviations_and_reprojections_are_written_on_request(batch):
    text = f"case,frontal,lateral\na,{AP},{LATERAL}\n"
    assert batch(text, "--std", "--samples", "2", "--reprojections", "--format", ".nii.gz")[0] == 0
    made = sorted(path.name for path in batch.out.iterdir())
    assert made == ["a.json", "a.nii.gz", "a_std.nii.gz", "a_views", "results.csv"]
    code, events = batch(text, "--std")
    assert code == 2
    assert "--std needs samples" in events[-1]["message"]
