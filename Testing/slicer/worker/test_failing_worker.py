"""A worker that fails, hangs or floods, or that is stopped, is told in one sentence, and leaves nothing behind."""

import time

import pytest
import slicer
from host import alive, lib, wait_for
from node_facts import node_ids


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("sys.exit(7)", "The worker stopped unexpectedly (exit code 7); the scene is unchanged."),
        ("os.abort()", "The worker stopped unexpectedly (exit code -6); the scene is unchanged."),
        ("os.write(1, bytes(range(256)) * 1000)", "The worker ended without a result; the scene is unchanged."),
        ("print('[1, 2]'); print('{\"event\": 5}')", "The worker ended without a result; the scene is unchanged."),
        ("print(json.dumps({'event': 'result'}))", "The worker's result could not be loaded; the scene is unchanged."),
        (
            "print(json.dumps({'event': 'result', 'volume': '/nowhere.nrrd', 'report': '/nowhere.json'}))",
            "The worker's result could not be loaded; the scene is unchanged.",
        ),
        (
            "print(json.dumps({'event': 'error', 'kind': 'geometry', 'message': 'SOD exceeds SID.'})); sys.exit(2)",
            "SOD exceeds SID.",
        ),
        ('print(\'{"event": "error", "kind": 3}\'); sys.exit(2)', None),
        ("print(json.dumps({'event': 'progress', 'stage': 4, 'step': 'x', 'of': None})); sys.exit(1)", None),
    ],
)
def test_worker_that_fails_is_told_in_one_sentence(worker, code, sentence):
    worker(code)
    said = worker.run()
    assert said == sentence if sentence else said.startswith("The worker stopped unexpectedly")
    assert "Traceback" not in said


def test_result_without_its_files_leaves_no_node(worker):
    worker(
        "from pathlib import Path\n"
        "Path('r.json').write_text('{}')\n"
        "Path('v.nrrd').write_bytes(b'NRRD0004 no volume')\n"
        "here = os.getcwd() + '/'\n"
        "print(json.dumps({'event': 'result', 'volume': here + 'v.nrrd', 'report': here + 'r.json'}))"
    )
    assert worker.run() == "The worker's result could not be loaded; the scene is unchanged."


def test_worker_that_hangs_is_stopped(worker, monkeypatch):
    monkeypatch.setattr(lib("worker.worker_process").WorkerProcess.__init__, "__defaults__", (None, 0.5))
    worker("time.sleep(600)")
    assert "no sign of life" in worker.run()


def test_worker_that_floods_its_output_is_stopped(worker, monkeypatch):
    monkeypatch.setattr(lib("worker.worker_process"), "OUTPUT_LIMIT_BYTES", 2_000_000)
    worker("while True: os.write(1, b'x' * 100_000)")
    assert "far more than it should" in worker.run()


def test_missing_interpreter_is_told(worker, monkeypatch):
    monkeypatch.setattr(lib("worker.job"), "python_command", lambda: ["/nowhere/PythonSlicer"])
    assert worker.run() == "The worker could not be started: No such file or directory."


def test_cancel_ends_the_whole_process_tree_within_two_seconds(worker, tmp_path):
    pids = tmp_path / "pids"
    worker(
        f"child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "event = {'event': 'progress', 'stage': 'sample', 'step': 1, 'of': 4, 'seconds_left': 30}\n"
        "print(json.dumps(event), flush=True)\n"
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "time.sleep(600)"
    )
    window = worker.window
    before = node_ids()
    window.ui.reconstructButton.click()
    wait_for(lambda: window.status == "Sample: about 30 s left")
    assert window.ui.progressBar.value == 250
    started = time.monotonic()
    window.ui.reconstructButton.click()
    assert window.status == "Cancelling…"
    wait_for(lambda: not window.widget.logic.busy)
    assert time.monotonic() - started < 2.0
    assert window.status == "Cancelled; the scene is unchanged."
    wait_for(lambda: not any(alive(int(pid)) for pid in pids.read_text().split()), seconds=1.0)
    assert node_ids() == before
    assert not list(window.temporary_folder.iterdir())


@pytest.mark.parametrize("end", ["close scene", "reload", "quit"])
def test_ending_in_the_middle_leaves_no_process_and_no_file(worker, end):
    worker(
        "print(json.dumps({'event': 'progress', 'stage': 'sample', 'step': 1, 'of': 4}), flush=True); time.sleep(600)"
    )
    window = worker.window
    window.ui.reconstructButton.click()
    wait_for(lambda: window.status.startswith("Sample"))
    pid = window.widget.logic.workerPid
    if end == "close scene":
        slicer.mrmlScene.Clear(0)
        assert window.ui.reconstructButton.text == "Reconstruct"
    elif end == "reload":
        window.widget.onReload()
    else:
        window.app.moduleManager().moduleAboutToBeUnloaded.emit("Diff2CTReconstruction")
    assert not alive(pid)
    assert not list(window.temporary_folder.glob("Diff2CT-job-*"))
    if end == "quit":
        window.widget.onReload()
