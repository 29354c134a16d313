"""The worker that runs one job after the other: what it answers, what it keeps loaded, and when it ends."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from ready_python import ready_python
from sample_pair import AP, LATERAL
from small_model import save_small_model

from Diff2CTCore.errors import ModelError
from Diff2CTCore.reconstruction import Settings, job, network

ROOT = Path(__file__).parents[3]


@pytest.fixture
def worker():
    """Start a worker; `worker(option, ...)` gives its process, which is ended after the test."""
    started = []

    def start(*options):
        command = [*ready_python(), "-m", "Diff2CTCore", "worker", *options]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        started.append(subprocess.Popen(command, **pipes, text=True, cwd=ROOT))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout, process.stderr):
            pipe.close()


def send(process, *arguments):
    """Hand a job to the worker."""
    print(json.dumps({"arguments": [str(item) for item in arguments]}), file=process.stdin, flush=True)


def answer(process):
    """The events of one job, up to its result or error."""
    received = []
    for line in process.stdout:
        received.append(json.loads(line))
        if received[-1]["event"] in ("result", "error"):
            return received
    pytest.fail(f"the worker ended: {process.stderr.read()}")


def reconstruction(model, output, seed=0):
    options = ("--steps", 1, "--no-consistency", "--device", "cpu", "--seed", seed)
    return ("reconstruct", AP, LATERAL, "-o", output, "--model", model, *options)


def test_jobs_run_one_after_the_other_and_give_what_the_command_gives(worker, model, tmp_path):
    process = worker()
    send(process, *reconstruction(model, tmp_path / "first.nrrd"))
    send(process, *reconstruction(model, tmp_path / "second.nrrd"))
    first, second = answer(process), answer(process)
    assert first[0] == {"event": "progress", "stage": "starting", "step": 0, "of": 1, "seconds_left": None}
    for events in (first, second):
        assert {"starting", "reading", "sample"} <= {event.get("stage") for event in events}
        assert [event["event"] for event in events].count("result") == 1
    assert first[-1]["volume"] == str(tmp_path / "first.nrrd")
    process.stdin.close()
    assert process.wait(60) == 0
    assert process.stderr.read() == ""
    command = [sys.executable, "-m", "Diff2CTCore", *map(str, reconstruction(model, tmp_path / "alone.nrrd"))]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    volumes = [(tmp_path / f"{name}.nrrd").read_bytes() for name in ("first", "second", "alone")]
    assert volumes[0] == volumes[1] == volumes[2]


LINES = (
    ("reconstruct a b", "not a job"),
    ("[1]", "not a job"),
    ("[" * 100_000, "not a job"),
    ('{"arguments": []}', "not a job"),
    ('{"arguments": ["info", 5]}', "not a job"),
    ('{"arguments": ["info"], "colour": "blue"}', "not a job"),
    ('{"arguments": ["worker"]}', "does not run worker"),
    ('{"arguments": ["info", "--help"]}', "does not run info --help"),
    ('{"arguments": ["dance"]}', "dance"),
    ('{"arguments": ["reconstruct", "nowhere.dcm", "nowhere.dcm", "-o", "/nowhere/ct.nrrd"]}', "nowhere"),
    (
        '{"arguments": ["reconstruct", "a\\u0000.dcm", "b.dcm", "-o", "ct.nrrd"]}',
        "no file name of this system can have",
    ),
    (
        '{"arguments": ["reconstruct", "a\\ud800.dcm", "b.dcm", "-o", "ct.nrrd"]}',
        "no file name of this system can have",
    ),
    ('{"arguments": ["\\ud800"]}', "no file name of this system"),
    # Bytes that are no UTF-8 in a name that a disk may have.
    ('{"arguments": ["evaluate", "caf\\udce9.nrrd", "b.nrrd"]}', "caf\\xe9.nrrd does not exist"),
    # Behind two dashes, a name that looks like an option.
    ('{"arguments": ["evaluate", "--", "-a.nrrd", "b.nrrd"]}', "-a.nrrd does not exist"),
    ('{"arguments": ["batch", "cases\\u0000.csv", "-o", "out"]}', "no file name of this system"),
)


def test_a_bad_line_is_one_error_and_the_worker_goes_on(worker):
    process = worker()
    for line, words in LINES:
        print(line, file=process.stdin, flush=True)
        error = answer(process)[-1]
        assert error["event"] == "error", line
        assert error["exit_code"] == 2, line
        assert words in error["message"]
    send(process, "evaluate", "nowhere.nrrd", "nowhere.nrrd")
    assert answer(process)[-1]["kind"] == "volume"


def test_the_last_line_counts_without_its_newline(worker):
    out, err = worker().communicate('{"arguments": ["dance"]}')
    assert json.loads(out)["kind"] == "usage"
    assert err == ""


def test_an_idle_worker_ends_by_itself(worker):
    process = worker("--idle", "0.2")
    assert process.wait(60) == 0
    assert process.stderr.read() == ""


def test_an_idle_worker_ends_quietly_when_it_is_stopped(worker):
    process = worker()
    print("no job", file=process.stdin, flush=True)
    answer(process)
    time.sleep(0.2)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert process.stderr.read() == ""


def test_a_stopped_job_ends_the_worker_and_leaves_no_file(worker, model, tmp_path):
    process = worker()
    send(process, *reconstruction(model, tmp_path / "ct.nrrd")[:-4], "--steps", 1000)
    for line in process.stdout:
        if json.loads(line).get("stage") == "sample":
            break
    process.send_signal(signal.SIGTERM)
    assert answer(process)[-1]["kind"] == "cancelled"
    assert process.wait(60) == 130
    assert list(tmp_path.iterdir()) == []


def test_a_missing_device_ends_the_worker(worker, model, tmp_path):
    process = worker()
    send(process, *reconstruction(model, tmp_path / "ct.nrrd"), "--device", "cuda:99")
    assert answer(process)[-1]["exit_code"] == 3
    assert process.wait(60) == 3


def test_the_network_is_built_once_for_the_same_model(model, tmp_path, monkeypatch):
    built = []
    monkeypatch.setattr(
        network, "build_network", lambda *given, build=network.build_network: built.append(1) or build(*given)
    )
    other = str(save_small_model(tmp_path / "other", seed=1))
    pair = [job.RadiographInput(Path(path)) for path in (AP, LATERAL)]
    settings = Settings(steps=1, consistency=False, device="cpu")
    # What an earlier test has left in the process is none of these two.
    job.run_job(*pair, settings, other)
    built.clear()
    volumes = []
    for name, expected in ((model, 1), (model, 1), (other, 2), (model, 3)):
        volumes.append(job.run_job(*pair, settings, name).reconstruction.hu)
        assert len(built) == expected
    assert (volumes[0] == volumes[1]).all()
    assert (volumes[0] == volumes[3]).all()
    assert (volumes[0] != volumes[2]).any()


def test_a_model_that_was_altered_while_the_process_waited_is_refused(tmp_path):
    folder = save_small_model(tmp_path / "small")
    pair = [job.RadiographInput(Path(path)) for path in (AP, LATERAL)]
    settings = Settings(steps=1, consistency=False, device="cpu")
    job.run_job(*pair, settings, folder)
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (folder / "model.safetensors").write_bytes(bytes(weights))
    with pytest.raises(ModelError, match="altered"):
        job.run_job(*pair, settings, folder)
