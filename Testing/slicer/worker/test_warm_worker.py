"""The worker stays ready after a job, serves the next one, and is freed when nobody needs it."""

import json
import os

import numpy as np
import pytest
import SimpleITK as sitk
import slicer
from host import alive, wait_for

SERVER = """
print(os.getpid(), file=sys.stderr, flush=True)
for line in sys.stdin:
    arguments = json.loads(line)["arguments"]
    open(os.path.join(sys.argv[0] + ".jobs"), "a").write(json.dumps([os.getpid(), *arguments]) + "\\n")
    events = [{"event": "progress", "stage": "sample", "step": 1, "of": 2}, ANSWER]
    for event in events:
        print(json.dumps(event), flush=True)
"""
BAD_INPUT = {"event": "error", "kind": "geometry", "message": "SOD exceeds SID.", "exit_code": 2}


@pytest.fixture
def server(worker):
    """Puts a worker that gives one answer to each job in the worker's place; `server.jobs()` is what it received."""

    def answers(event):
        worker(SERVER.replace("ANSWER", repr(event)))

    def jobs():
        return [json.loads(line) for line in worker.script.with_name("worker.py.jobs").read_text().splitlines()]

    answers.jobs, answers.window, answers.ready = jobs, worker.window, worker.window.widget.logic._ready
    answers.script = worker.script
    return answers


def press_and_wait(window):
    """Press Reconstruct and wait for the end; gives what the panel says."""
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    return window.status


def folders(window):
    """What is left in the temporary folder."""
    return sorted(path.split("-")[1] for path in os.listdir(window.app.temporaryPath))


@pytest.mark.real_worker
def test_two_reconstructions_are_made_by_one_process(loaded):
    window = loaded
    volumes, pids = [], []
    for seed in (1, 2, 1):
        window.parameters.seed = seed
        press_and_wait(window)
        assert window.status.startswith("Done"), window.status
        volumes.append(slicer.util.arrayFromVolume(window.parameters.reconstruction).copy())
        pids.append(window.widget.logic._ready.pid)
    assert pids[0] is not None
    assert len(set(pids)) == 1
    assert (volumes[0] == volumes[2]).all()
    assert (volumes[0] != volumes[1]).any()


def test_bad_input_is_told_and_the_worker_goes_on(server):
    server(BAD_INPUT)
    assert press_and_wait(server.window) == "SOD exceeds SID."
    first = server.ready.pid
    assert alive(first)
    assert folders(server.window) == ["worker"]
    assert press_and_wait(server.window) == "SOD exceeds SID."
    assert [(job[0], job[1]) for job in server.jobs()] == [(first, "reconstruct")] * 2
    # The second job's log is not the first one's.
    assert server.window.ui.logTextEdit.toPlainText() == ""


def test_jobs_of_all_kinds_go_to_the_same_worker(server, tmp_path):
    server(BAD_INPUT)
    window = server.window
    press_and_wait(window)
    sitk.WriteImage(sitk.GetImageFromArray(np.zeros((8, 8, 8), np.int16)), str(tmp_path / "ct.nrrd"))
    window.parameters.simulationCt = slicer.util.loadVolume(str(tmp_path / "ct.nrrd"))
    window.ui.simulateButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    first, second = server.jobs()
    assert first[0] == second[0]
    assert second[1] == "simulate"


@pytest.mark.parametrize("end", ["leave", "close scene", "reload", "quit", "idle"])
def test_worker_is_freed(server, end):
    server(BAD_INPUT)
    window = server.window
    press_and_wait(window)
    pid = server.ready.pid
    assert alive(pid)
    if end == "leave":
        window.representation.exit()
    elif end == "close scene":
        slicer.mrmlScene.Clear(0)
    elif end == "reload":
        window.widget.onReload()
    elif end == "quit":
        window.app.moduleManager().moduleAboutToBeUnloaded.emit("Diff2CTReconstruction")
    else:
        assert server.ready._timer.running
        timer = server.ready._timer._timer
        usual = timer.interval
        timer.setInterval(10)
        wait_for(lambda: server.ready.pid is None)
        timer.setInterval(usual)
    assert not alive(pid)
    assert folders(window) == []
    if end == "leave":
        window.enter()
    elif end == "quit":
        window.widget.onReload()


def test_idle_time_does_not_end_a_job(server):
    server(BAD_INPUT)
    press_and_wait(server.window)
    server.window.ui.reconstructButton.click()
    wait_for(lambda: server.window.widget.logic.workerPid is not None)
    assert not server.ready._timer.running
    wait_for(lambda: not server.window.widget.logic.busy)


def test_leaving_during_a_job_frees_the_worker_after_it(server):
    server(BAD_INPUT)
    window = server.window
    window.ui.reconstructButton.click()
    wait_for(lambda: window.widget.logic.workerPid is not None)
    pid = window.widget.logic.workerPid
    window.representation.exit()
    assert alive(pid)
    wait_for(lambda: not window.widget.logic.busy)
    assert server.jobs()[0][0] == pid
    assert not alive(pid)
    assert server.ready.pid is None
    window.enter()


def test_worker_that_died_while_it_waited_is_replaced(server):
    server(BAD_INPUT)
    window = server.window
    press_and_wait(window)
    pid = server.ready.pid
    os.kill(pid, 9)
    wait_for(lambda: not alive(pid))
    assert press_and_wait(window) == "SOD exceeds SID."
    assert server.ready.pid != pid
    assert folders(window) == ["worker"]


def test_worker_is_replaced_when_the_environment_has_changed(server, monkeypatch, tmp_path):
    server(BAD_INPUT)
    press_and_wait(server.window)
    pid = server.ready.pid
    monkeypatch.setenv("DIFF2CT_MODELS", str(tmp_path / "elsewhere"))
    press_and_wait(server.window)
    assert not alive(pid)
    assert alive(server.ready.pid)


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ({"event": "error", "kind": "device", "message": "Too small.", "exit_code": 3}, "Too small."),
        ({"event": "error", "kind": "unexpected", "message": "Failed.", "exit_code": 1}, "Failed."),
    ],
)
def test_worker_that_ends_after_a_failure_is_not_waited_for_again(server, answer, sentence):
    server(answer)
    script = server.script
    script.write_text(script.read_text() + f"    sys.exit({answer['exit_code']})\n", encoding="utf-8")
    assert press_and_wait(server.window) == sentence
    assert server.ready.pid is None
    assert folders(server.window) == []


def test_cancel_ends_the_worker(server):
    server({"event": "note", "message": "still at work"})
    window = server.window
    window.ui.reconstructButton.click()
    wait_for(lambda: window.ui.progressBar.value == 500)
    pid = window.widget.logic.workerPid
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert window.status == "Cancelled; the scene is unchanged."
    assert not alive(pid)
    assert server.ready.pid is None
    assert folders(window) == []
