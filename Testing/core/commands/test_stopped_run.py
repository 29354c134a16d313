"""A run that is stopped leaves one sentence and no file."""

import json
import signal
import subprocess
import time
from pathlib import Path

from command_output import events, files_in
from ready_python import ready_python
from sample_pair import AP, LATERAL, QUICK

from Diff2CTCore.reconstruction import job

ROOT = Path(__file__).parents[3]


def test_a_stopped_run_leaves_one_sentence_and_no_file(model, tmp_path):
    command = [*ready_python(), "-m", "Diff2CTCore", "reconstruct", AP, LATERAL, "-o", str(tmp_path / "ct.nrrd")]
    command += ["--model", model, "--steps", "1000", "--progress", "json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)
    for line in process.stdout:
        event = json.loads(line)
        if event.get("stage") == "sample" and event["step"] >= 1:
            break
    process.send_signal(signal.SIGTERM)
    begun = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - begun < 20
    assert err == ""
    assert events(out)[-1]["kind"] == "cancelled"
    assert files_in(tmp_path) == []


def test_ctrl_c_while_writing_leaves_no_file(run, model, tmp_path, monkeypatch):
    before = signal.getsignal(signal.SIGINT)
    monkeypatch.setattr(job, "write_json", lambda *_: signal.raise_signal(signal.SIGINT))
    code, out, err = run("reconstruct", AP, LATERAL, "-o", tmp_path / "ct.nrrd", "--model", model, *QUICK)
    assert code == 130
    assert out == ""
    assert "stopped" in err.splitlines()[-1]
    assert files_in(tmp_path) == []
    assert signal.getsignal(signal.SIGINT) is before
