"""The stand-in application, and the module loaded into it. Needs slicer-core and PySide6-Essentials."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"
# The worker shares the computer with this process.
os.environ.setdefault("OMP_NUM_THREADS", "1")

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE / "standin"), str(ROOT / "Diff2CTReconstruction")]

pytest.importorskip("slicer", reason="the module's tests need slicer-core")
pytest.importorskip("PySide6.QtWidgets", reason="the module's tests need PySide6-Essentials and its system libraries")

import aligned_pair  # noqa: E402
import host  # noqa: E402
import remembered_runs  # noqa: E402
import scripted_worker  # noqa: E402
import SimpleITK  # noqa: E402

WORKER_PYTHON = shutil.which("PythonSlicer") or sys.executable


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup():
    with _same_environment(), _nothing_raised_unseen():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call():
    with _same_environment(), _nothing_raised_unseen():
        return (yield)


@contextlib.contextmanager
def _same_environment():
    """Without the name of the test, so that a worker may serve the next one as it serves the next job."""
    name = os.environ.pop("PYTEST_CURRENT_TEST", None)
    try:
        yield
    finally:
        if name is not None:
            os.environ["PYTEST_CURRENT_TEST"] = name


@contextlib.contextmanager
def _nothing_raised_unseen():
    """What a slot or an observer raises, Qt and VTK print and go on; here it counts."""
    sys.last_value = None
    yield
    if sys.last_value is not None:
        raise AssertionError("raised in a slot or an observer") from sys.last_value


@pytest.fixture(scope="session")
def application():
    """The stand-in Slicer with the module loaded."""
    return host.start()


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory):
    """A folder with an untrained model that runs in a blink."""
    folder = tmp_path_factory.mktemp("models")
    code = f"import sys; sys.path.insert(0, {str(ROOT / 'Testing' / 'core')!r})\n"
    code += f"from small_model import save_small_model; save_small_model({str(folder / 'small')!r})"
    subprocess.run([WORKER_PYTHON, "-c", code], check=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    return folder


@pytest.fixture
def slicer_window(application, tmp_path, monkeypatch):
    """The module's panel, entered, in an empty scene; its temporary folder is the test's own."""
    monkeypatch.setenv("DIFF2CT_MODELS", str(tmp_path / "models"))
    monkeypatch.setattr("Diff2CTReconstructionLib.worker.dependencies.missing_packages", lambda comparison=False: [])
    (tmp_path / "temporary").mkdir()
    application.use_temporary_folder(tmp_path / "temporary")
    application.enter()
    yield application
    application.leave()


@pytest.fixture(scope="session")
def picture_files(tmp_path_factory):
    """Files by side of two pictures that say nothing of themselves."""
    folder = tmp_path_factory.mktemp("pictures")
    files = {}
    for side, pixels in aligned_pair.pictures().items():
        files[side] = folder / f"{side} picture.png"
        SimpleITK.WriteImage(SimpleITK.GetImageFromArray(pixels), str(files[side]))
    return files


@pytest.fixture
def window(request, slicer_window, models_folder, monkeypatch):
    """The same, with the small model installed; a run of the worker that was made before is not made again."""
    monkeypatch.setenv("DIFF2CT_MODELS", str(models_folder))
    if request.node.get_closest_marker("real_worker") is None:
        remembered_runs.remember(monkeypatch)
    slicer_window.widget.models.fill()
    slicer_window.widget.models.update()
    slicer_window.parameters.model = "small"
    return slicer_window


@pytest.fixture
def loaded(window):
    """The same, with the sample pair chosen and its files looked at."""
    window.ui.loadSampleButton.click()
    host.wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))
    return window


@pytest.fixture
def reconstructed(window):
    """The sample pair reconstructed with the small model in two samples, so that there is an uncertainty."""
    window.ui.loadSampleButton.click()
    window.ui.samplesSpinBox.setValue(2)
    window.reconstruct()
    return window


@pytest.fixture
def worker(slicer_window, tmp_path, monkeypatch):
    """A script in the worker's place; the panel has the sample pair and starts no worker of its own."""
    slicer_window.ui.loadSampleButton.click()
    for panel in slicer_window.widget.panels.values():
        panel.stop()
    return scripted_worker.ScriptedWorker(slicer_window, tmp_path, monkeypatch)


@pytest.fixture
def unread_pair(window, picture_files, tmp_path, monkeypatch):
    """A `PairWorker`; two pictures that say nothing of themselves are in the panel, which has not read them yet.

    The one that is chosen as frontal lies on its side and is dark where it is dense; in each one block stands out.
    """
    worker = scripted_worker.PairWorker(window, tmp_path, monkeypatch)
    for side, path in picture_files.items():
        assert window.widget.panels[side].loadFile(str(path))
    return worker


@pytest.fixture
def pair(unread_pair):
    """The same, read."""
    host.wait_for(lambda: all(panel.facts for panel in unread_pair.window.widget.panels.values()))
    return unread_pair


@pytest.fixture
def proposed(pair):
    """The same, with a proposal that waits."""
    pair.answer("align", aligned_pair.result())
    aligned_pair.align(pair.window)
    return pair
