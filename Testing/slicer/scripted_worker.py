"""A script in the worker's place, for what a real worker hardly ever does."""

import json
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
        self._real = lib("worker.job").python_command

    def withdraw(self):
        """Put the real worker back."""
        self._monkeypatch.setattr(lib("worker.job"), "python_command", self._real)

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


PAIR_SCRIPT = """
for line in sys.stdin:
    arguments = json.loads(line)["arguments"]
    with open(sys.argv[0] + ".jobs", "a", encoding="utf-8") as file:
        file.write(json.dumps(arguments) + "\\n")
    with open(sys.argv[0] + ".answers", encoding="utf-8") as file:
        events = json.load(file)[arguments[0]]
    for event in events:
        print(json.dumps(event), flush=True)
    if not events or events[-1]["event"] == "progress":
        time.sleep(600)
"""
REFUSED = {"event": "error", "kind": "model", "message": "Nothing is made here.", "exit_code": 2}


class PairWorker(ScriptedWorker):
    """A worker that answers each command with events that a test gives; after progress alone it goes on for ever.

    Radiographs are read by the real one's script (see `remembered_runs`).
    """

    def __init__(self, window, folder, monkeypatch):
        super().__init__(window, folder, monkeypatch)
        self._answers = {"align": [REFUSED], "reconstruct": [REFUSED]}
        self(PAIR_SCRIPT)
        self._write()

    def answer(self, command, *events):
        """Give these events to the next jobs of a command."""
        self._answers[command] = events
        self._write()

    def jobs(self, command):
        """The arguments of the jobs of a command so far, without its name."""
        path = self.script.with_name("worker.py.jobs")
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        return [arguments[1:] for arguments in map(json.loads, lines) if arguments[0] == command]

    def _write(self):
        path = self.script.with_name("worker.py.answers")
        path.write_text(json.dumps(self._answers), encoding="utf-8")
