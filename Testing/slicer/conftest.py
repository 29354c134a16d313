"""The stand-in application, and the module loaded into it. Needs slicer-core and PySide6-Essentials."""

import os
import sys
import time
from pathlib import Path

import pytest

os.environ["QT_QPA_PLATFORM"] = "offscreen"

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent / "standin"), str(ROOT / "Diff2CTReconstruction")]

import host  # noqa: E402


@pytest.fixture(scope="session")
def application():
    """The stand-in Slicer with the module loaded."""
    return host.start()


@pytest.fixture
def module(application, tmp_path, monkeypatch):
    """The module's panel, entered, in an empty scene; its temporary folder is the test's own."""
    monkeypatch.setenv("DIFF2CT_MODELS", str(tmp_path / "models"))
    application.use_temporary_folder(tmp_path)
    application.enter()
    yield application
    application.leave()


def wait_for(condition, seconds=60.0):
    """Let the event loop run until the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        host.process_events()
        time.sleep(0.005)
