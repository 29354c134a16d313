"""A script in the worker's place, for what a real worker hardly ever does."""

import sys

from host import lib, wait_for
from node_facts import node_ids


class ScriptedWorker:
    """Called with Python code, puts it in the worker's place.

    Attributes:
        window: the panel, with the sample pair chosen.
        script: the file of the code.
    """

    def __init__(self, window, folder, monkeypatch):
        self.window = window
        self.script = folder / "worker.py"
        self._monkeypatch = monkeypatch

    def __call__(self, code):
        self.script.write_text("import json, os, subprocess, sys, time\n" + code, encoding="utf-8")
        self._monkeypatch.setattr(lib("worker.job"), "python_command", lambda: [sys.executable, str(self.script)])

    def run(self):
        """Press Reconstruct and wait for the failure, which leaves scene and disk alone; gives what the panel says."""
        before = node_ids()
        self.window.ui.reconstructButton.click()
        wait_for(lambda: not self.window.widget.logic.busy)
        assert node_ids() == before
        assert self.window.ui.reconstructButton.text == "Reconstruct"
        assert not self.window.ui.progressBar.visible
        assert not list(self.window.temporary_folder.glob("Diff2CT-job-*"))
        return self.window.status
