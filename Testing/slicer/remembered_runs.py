"""Runs of the worker that are made once in a test process; the same run again gives the same, without a process.

A run is the same when its arguments, its environment, and the names and contents of all files that it is told of are
the same. A module that hands the worker anything else than before gets a real run, as it does for the first time.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

from host import lib

CORE = ["-m", "Diff2CTCore"]
REMEMBERED = {"reconstruct", "simulate", "evaluate"}
"""Commands that write nowhere but into the job's folder."""

_runs = {}
"""By key: what was told, as JSON, and the contents of the files that were made, by name."""


def remember(monkeypatch):
    """Let the module's jobs remember their runs from now on."""
    monkeypatch.setattr(lib("worker.job"), "WorkerProcess", _remembering(lib("worker.worker_process").WorkerProcess))


def _remembering(process):
    """A kind of `WorkerProcess` that starts none for a run that is known."""
    timer = lib("timer").Timer
    inspection = str(lib("worker.commands").INSPECTION_SCRIPT)

    class RememberingProcess(process):
        def __init__(self, command, folder, on_event, on_finished, environment, ready, job):
            if inspection in command:
                # What a test puts in the worker's place answers jobs alone.
                command = [sys.executable, *command[command.index(inspection) :]]
            self._recorder = _Recorder(folder, on_event, on_finished)
            super().__init__(
                command, folder, self._recorder.heard, self._recorder.ended, environment, ready=ready, job=job
            )
            self._soon = timer(0)

        def start(self):
            _python, *arguments = self._command
            by_the_core = arguments[:2] == CORE and self._job[0] in REMEMBERED
            if arguments[0] == inspection or by_the_core:
                self._recorder.begin([*arguments, *(self._job or [])], self._environment)
            if self._recorder.key in _runs:
                self._soon.start(self._recorder.repeat)
            else:
                super().start()

        def cancel(self):
            if self._soon.running:
                self._soon.start(self._recorder.cancelled)
            super().cancel()

        def abandon(self):
            self._soon.stop()
            super().abandon()

    return RememberingProcess


class _Recorder:
    """Hands on what a process tells its job, and keeps that and the files that it makes.

    Attributes:
        key: of the run; None for one that is not to be kept.
    """

    def __init__(self, folder, on_event, on_finished):
        self.key = None
        self._folder = folder
        self._on_event = on_event
        self._on_finished = on_finished
        self._events = []
        self._given = {}
        self._folders = []

    def begin(self, arguments, environment):
        """The run is about to be made, and the job's folder holds what it is given."""
        self._given = self._files()
        told = list(arguments)
        for name, content in self._given.items():
            told += _texts(json.loads(content)) if name.endswith(".json") else []
        elsewhere = [Path(text) for text in told if text.startswith("/") and Path(text).is_file()]
        self._folders = list(dict.fromkeys([self._folder, *(path.parent for path in elsewhere)]))
        digest = hashlib.sha256(self._nameless(json.dumps(arguments)).encode())
        digest.update(json.dumps(sorted({**os.environ, **environment}.items())).encode())
        files = [*self._given.items(), *((path.name, path.read_bytes()) for path in elsewhere)]
        for name, content in files:
            compared = self._nameless(content.decode()).encode() if name.endswith(".json") else content
            digest.update(f"\0{name}\0{len(compared)}\0".encode() + compared)
        self.key = digest.hexdigest()

    def heard(self, event):
        self._events.append(event)
        self._on_event(event)

    def ended(self, outcome):
        if self.key is not None and outcome.succeeded:
            made = {name: content for name, content in self._files().items() if name not in self._given}
            if not any(str(folder).encode() in content for folder in self._folders for content in made.values()):
                _runs[self.key] = (self._nameless(json.dumps([*self._events, outcome.result])), made)
        self._on_finished(outcome)

    def repeat(self):
        """Give what was kept."""
        told, made = _runs[self.key]
        for name, content in made.items():
            path = self._folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        for index, folder in enumerate(self._folders):
            told = told.replace(f"{{folder {index}}}", str(folder))
        *events, result = json.loads(told)
        for event in events:
            self._on_event(event)
        self._on_finished(lib("worker.outcome").Outcome("result", result=result))

    def cancelled(self):
        self._on_finished(lib("worker.outcome").Outcome("cancelled"))

    def _nameless(self, text):
        """A text that does not say where the job's files lie in this run."""
        for folder in sorted(self._folders, key=lambda folder: -len(str(folder))):
            text = text.replace(str(folder), f"{{folder {self._folders.index(folder)}}}")
        return text

    def _files(self):
        """Contents by name of what lies in the job's folder, but for what the process itself says."""
        found = {str(path.relative_to(self._folder)): path for path in sorted(self._folder.rglob("*"))}
        names = [name for name, path in found.items() if path.is_file() and name not in ("events.jsonl", "log.txt")]
        return {name: found[name].read_bytes() for name in names}


def _texts(value):
    """The texts in what a JSON file holds."""
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for item in items for text in _texts(item)]
