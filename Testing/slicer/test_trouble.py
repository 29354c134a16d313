"""What can go wrong is told in the panel in one sentence, and the scene stays as it was."""

import importlib
import json
import os
import shutil
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import qt
import SimpleITK as sitk
import slicer
from host import alive, process_events, wait_for


def lib(name):
    """A helper of the module as it is now: a reload makes new ones."""
    return importlib.import_module("Diff2CTReconstructionLib." + name)


def nodes():
    """Ids of everything in the scene."""
    return [slicer.mrmlScene.GetNthNode(index).GetID() for index in range(slicer.mrmlScene.GetNumberOfNodes())]


@pytest.fixture
def worker(slicer_window, tmp_path, monkeypatch):
    """Puts a script in the worker's place: `worker(code)`; `worker.window` is the panel with the sample loaded."""

    def use(code):
        script = tmp_path / "worker.py"
        script.write_text("import json, os, subprocess, sys, time\n" + code, encoding="utf-8")
        monkeypatch.setattr(lib("worker.job"), "python_command", lambda: [sys.executable, str(script)])

    slicer_window.ui.loadSampleButton.click()
    for panel in slicer_window.widget.panels.values():
        panel.stop()
    use.window = slicer_window
    use.folder = tmp_path
    return use


def run(window):
    """Press Reconstruct, wait for the end, and give what the panel says."""
    before = nodes()
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert nodes() == before
    assert window.ui.reconstructButton.text == "Reconstruct"
    assert not window.ui.progressBar.visible
    assert not list(job_folder_parent(window).glob("Diff2CT-job-*"))
    return window.status


def job_folder_parent(window):
    """Where the panel makes its jobs' folders."""
    return Path(window.app.temporaryPath)


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
    said = run(worker.window)
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
    assert run(worker.window) == "The worker's result could not be loaded; the scene is unchanged."


def test_worker_that_hangs_is_stopped(worker, monkeypatch):
    monkeypatch.setattr(lib("worker.worker_process").WorkerProcess.__init__, "__defaults__", (None, 0.5))
    worker("time.sleep(600)")
    assert "no sign of life" in run(worker.window)


def test_worker_that_floods_its_output_is_stopped(worker, monkeypatch):
    monkeypatch.setattr(lib("worker.worker_process"), "OUTPUT_LIMIT_BYTES", 2_000_000)
    worker("while True: os.write(1, b'x' * 100_000)")
    assert "far more than it should" in run(worker.window)


def test_missing_interpreter_is_told(worker, monkeypatch):
    monkeypatch.setattr(lib("worker.job"), "python_command", lambda: ["/nowhere/PythonSlicer"])
    assert run(worker.window) == "The worker could not be started: No such file or directory."


def test_cancel_ends_the_whole_process_tree_within_two_seconds(worker):
    pids = worker.folder / "pids"
    worker(
        f"child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}}')\n"
        "event = {'event': 'progress', 'stage': 'sample', 'step': 1, 'of': 4, 'seconds_left': 30}\n"
        "print(json.dumps(event), flush=True)\n"
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "time.sleep(600)"
    )
    window = worker.window
    before = nodes()
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
    assert nodes() == before
    assert not list(job_folder_parent(window).iterdir())


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
    assert not list(job_folder_parent(window).glob("Diff2CT-job-*"))
    if end == "quit":
        window.widget.onReload()


def test_two_jobs_cannot_start_at_once(worker):
    worker("time.sleep(600)")
    window = worker.window
    window.ui.reconstructButton.click()
    window.parameters.simulationCt = window.parameters.truthCt
    assert not window.ui.simulateButton.enabled
    with pytest.raises(ValueError, match="Another job is running"):
        window.widget.logic.simulate(window.parameters, lambda event: None, lambda outcome: None)


def test_window_never_waits_longer_than_100_ms(window):
    """A timer that should fire each 5 ms, from the click on Reconstruct until the worker is done."""
    window.ui.loadSampleButton.click()
    wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))
    gaps, last = [], [time.perf_counter()]

    def tick():
        now = time.perf_counter()
        gaps.append(now - last[0])
        last[0] = now

    timer = qt.QTimer()
    timer.setInterval(5)
    timer.timeout.connect(tick)
    timer.start()
    window.ui.reconstructButton.click()
    wait_for(lambda: window.widget.logic.workerPid is not None)
    wait_for(lambda: not window.widget.logic.busy)
    timer.stop()
    assert window.parameters.reconstruction is not None
    # Other processes of the computer, and taking over the result, may delay single ticks.
    assert np.percentile(gaps, 99) < 0.1


def test_out_of_memory_offers_to_go_on_smaller_or_on_the_cpu(worker):
    worker(
        "print(json.dumps({'event': 'error', 'kind': 'device', 'message': 'The GPU memory does not suffice.'}))\n"
        "sys.exit(3)"
    )
    window = worker.window
    window.ui.samplesSpinBox.setValue(4)
    assert run(window) == "The GPU memory does not suffice."
    assert window.ui.useCpuButton.visible or not window.ui.useCpuButton.isHidden()
    window.ui.useCpuButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert window.parameters.device == "CPU"
    assert window.ui.useCpuButton.isHidden()
    window.ui.runSmallerButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert (window.parameters.samples, window.parameters.quality) == (1, "Fast")


def test_gpu_that_is_not_there_is_told_and_the_cpu_offered(window, monkeypatch):
    """The real worker, on a computer that shows it no GPU."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    window.ui.loadSampleButton.click()
    wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))
    window.ui.qualityComboBox.setCurrentIndex(0)
    window.parameters.device = "GPU"
    before = nodes()
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert "is not on this machine" in window.status
    assert nodes() == before
    assert not window.ui.useCpuButton.isHidden()
    window.ui.useCpuButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert window.status.startswith("Done in"), window.status


def test_warnings_of_the_report_are_shown_with_the_result():
    report = {"reprojection_error": {"AP": 0.1, "LL": None}, "warnings": ["The input is unlike the training data.", 5]}
    report["uncertainty"] = {"interval": 0.9, "half_width_hu": 251.4}
    said = lib("scene.result_sentence").result_sentence(report, 7.4, 2)
    assert said == (
        "Done in 7 s. Re-projection error 10.0%. 90% interval: \u00b1251 HU on average in the body. "
        "2 values were assumed. The input is unlike the training data. Research use only."
    )
    assert lib("scene.result_sentence").result_sentence({}, 1.0, 0) == "Done in 1 s. Research use only."


def test_same_node_twice_is_refused(slicer_window):
    slicer_window.ui.loadSampleButton.click()
    slicer_window.parameters.lateralVolume = slicer_window.parameters.frontalVolume
    assert "are the same" in slicer_window.status
    assert not slicer_window.ui.reconstructButton.enabled


def test_volume_is_refused_as_a_radiograph(slicer_window):
    slicer_window.ui.loadSampleButton.click()
    slicer_window.parameters.lateralVolume = slicer_window.parameters.truthCt
    assert "is a 3D volume" in slicer_window.status
    assert not slicer_window.ui.reconstructButton.enabled


def test_ct_that_does_not_contain_the_field_of_view_is_refused(worker):
    window = worker.window
    here = slicer.util.addVolumeFromArray(np.zeros((8, 8, 8), np.int16), name="here")
    far = slicer.util.addVolumeFromArray(np.zeros((8, 8, 8), np.int16), name="far")
    far.SetOrigin(5000.0, 0.0, 0.0)
    window.parameters.reconstruction = here
    window.parameters.truthCt = far
    window.ui.compareButton.click()
    assert "does not contain the field of view" in window.status
    assert not window.widget.logic.busy


def test_file_that_is_no_radiograph_is_told(slicer_window, tmp_path):
    path = tmp_path / "notes.png"
    path.write_text("not a picture")
    before = nodes()
    slicer_window.widget.panels["frontal"].loadFile(str(path))
    assert "cannot be loaded as a radiograph" in slicer_window.status
    assert nodes() == before


def test_radiograph_without_spacing_is_marked_as_assumed(slicer_window, tmp_path):
    path = str(tmp_path / "plain.png")
    sitk.WriteImage(sitk.GetImageFromArray((np.random.default_rng(0).random((300, 200)) * 255).astype(np.uint8)), path)
    panel = slicer_window.widget.panels["frontal"]
    panel.loadFile(path)
    wait_for(lambda: panel.facts)
    assert "<i>1.433 mm (assumed)</i>" in slicer_window.ui.frontalFactsLabel.text
    assert "<i>AP (assumed)</i>" in slicer_window.ui.frontalFactsLabel.text


def test_altered_model_is_refused(window, tmp_path, models_folder, monkeypatch):
    mine = tmp_path / "altered"
    shutil.copytree(models_folder / "small", mine / "small")
    weights = bytearray((mine / "small" / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (mine / "small" / "model.safetensors").write_bytes(bytes(weights))
    window.ui.loadSampleButton.click()
    monkeypatch.setenv("DIFF2CT_MODELS", str(mine))
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert "checksum" in window.status.lower() or "altered" in window.status.lower(), window.status
    monkeypatch.setattr(qt.QFileDialog, "getOpenFileName", lambda *_: str(mine / "small" / "card.json"))
    window.ui.installModelButton.click()
    assert "was altered or damaged" in window.status


def test_folder_without_permission_is_told(worker, tmp_path):
    worker.window.app._temporary_folder = str(tmp_path / "missing")
    worker.window.ui.reconstructButton.click()
    assert worker.window.status.startswith("No temporary folder can be made in")
    assert not worker.window.widget.logic.busy


def test_temporary_files_are_private(worker):
    worker("open('made-by-worker', 'w').close(); print('{\"event\": \"note\"}', flush=True); time.sleep(600)")
    window = worker.window
    window.ui.reconstructButton.click()
    wait_for(lambda: list(job_folder_parent(window).glob("*/made-by-worker")))
    folders = list(job_folder_parent(window).glob("Diff2CT-*"))
    assert len(folders) == 2  # the job's and the worker's
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    files = [path for folder in folders for path in folder.iterdir() if path.name != "owner.pid"]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in files}
    assert {"events.jsonl", "log.txt", "made-by-worker"} <= set(modes)
    assert set(modes.values()) == {0o600}, modes
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)


def test_folder_that_a_crash_left_behind_is_removed_by_the_next_job(tmp_path):
    left = tmp_path / "Diff2CT-job-left"
    left.mkdir()
    # No process has this number: it is above the kernel's limit.
    (left / "owner.pid").write_text(str(2**22 + 1))
    other = tmp_path / "Diff2CT-job-other"
    other.mkdir()
    (other / "owner.pid").write_text(str(os.getpid()))
    mine = lib("worker.job_folder").create_job_folder(tmp_path)
    assert sorted(item.name for item in tmp_path.iterdir()) == sorted([other.name, mine.name])


def test_folder_without_wheels_is_told(tmp_path):
    dependencies = lib("worker.dependencies")
    with pytest.raises(ValueError, match="There is no wheel file"):
        dependencies.install([dependencies.TORCH], str(tmp_path))


def test_notes_of_the_worker_are_counted_and_shown(worker):
    worker(
        "print(json.dumps({'event': 'note', 'message': 'Assumed: sid_mm = 1150.'}), flush=True)\n"
        "print(json.dumps({'event': 'note', 'message': 5}), flush=True)\n"
        "sys.exit(1)"
    )
    run(worker.window)
    assert worker.window.widget.jobs.notes == ["Assumed: sid_mm = 1150."]


def test_module_file_is_light(tmp_path):
    """Importing the module takes neither torch nor monai nor pydicom and less than 100 ms of processor time."""
    here = Path(__file__).resolve().parent
    paths = [str(here), str(here / "standin"), str(here.parents[1] / "Diff2CTReconstruction")]
    code = f"""
import json, sys, time
sys.path[:0] = {paths!r}
import host, SimpleITK
host.start_application()
start = time.process_time()
import Diff2CTReconstruction
spent = time.process_time() - start
heavy = [name for name in ("torch", "monai", "pydicom", "matplotlib", "safetensors") if name in sys.modules]
print(json.dumps([spent, heavy]))
"""
    # The first start compiles, as an installation does; the second is what a user meets each time.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(tmp_path)
    for _start in range(2):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    spent, heavy = json.loads(done.stdout.splitlines()[-1])
    assert heavy == []
    assert spent < 0.1


def test_events_arrive_while_the_worker_runs(worker):
    worker(
        "for step in range(1, 5):\n"
        "    print(json.dumps({'event': 'progress', 'stage': 'sample', 'step': step, 'of': 4}), flush=True)\n"
        "    time.sleep(0.15)\n"
        "sys.exit(1)"
    )
    window = worker.window
    window.ui.reconstructButton.click()
    values = []

    def watch():
        if window.ui.progressBar.value not in values:
            values.append(window.ui.progressBar.value)
        return not window.widget.logic.busy

    wait_for(watch)
    assert [value for value in values if value > 0][:4] == [250, 500, 750, 1000]
    process_events()
