"""Several processes share the cases of a batch."""

import os
import subprocess
from pathlib import Path

import pytest
from batch_outcome import cases, results
from ready_python import ready_python
from sample_pair import AP, LATERAL, QUICK

ROOT = Path(__file__).parents[3]


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


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"RANK": "2", "WORLD_SIZE": "2"}, "RANK is 2"),
        ({"RANK": "0"}, "WORLD_SIZE is not set"),
        ({"WORLD_SIZE": "4"}, "RANK is not set"),
        ({"RANK": "1.0", "WORLD_SIZE": "2"}, "whole numbers"),
        ({"RANK": "1_0", "WORLD_SIZE": "20"}, "whole numbers"),
        ({"RANK": "-1", "WORLD_SIZE": "2"}, "whole numbers"),
    ],
)
def test_half_of_what_says_which_process_this_is_is_refused(batch, monkeypatch, variables, words):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    code, events = batch(f"case,frontal,lateral\na,{AP},{LATERAL}\n")
    assert code == 2
    assert words in events[-1]["message"]
    assert not batch.out.exists()


def test_under_torchrun_a_failing_case_does_not_end_the_other_process(model, tmp_path):
    (tmp_path / "broken.dcm").write_bytes(b"no radiograph")
    text = f"case,frontal,lateral\nbroken,broken.dcm,{LATERAL}\na,{AP},{LATERAL}\nc,{AP},{LATERAL}\nb,{AP},{LATERAL}\n"
    (tmp_path / "cases.csv").write_text(text, encoding="utf-8")
    torchrun = [*ready_python(), "-m", "torch.distributed.run", "--nproc-per-node", "2", "--master-port", "0"]
    torchrun += ["--rdzv-backend", "c10d", "--rdzv-endpoint", "localhost:0", "--no-python"]
    command = [*torchrun, *ready_python(), "-m", "Diff2CTCore", "batch", "cases.csv"]
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
