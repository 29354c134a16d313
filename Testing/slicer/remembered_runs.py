"""Runs of the worker that are made once in a test process; the same run again gives the same, without a process.

A run is the same when its arguments, its environment, and the contents of all files that it is told of are the same. A
module that hands the worker anything else than before gets a real run, as it does for the first time.
"""

import hashlib
import json
import os
import sys
from pathlib import Path

from host import lib

REMEMBERED = {"reconstruct", "simulate", "evaluate"}
"""Commands that write nowhere but into the job's folder."""

CORE = ["-m", "Diff2CTCore"]
FOLDER = "{the job's folder}"

_runs = {}


def remember(monkeypatch):
    """Let the module's jobs remember their runs from now on."""
    monkeypatch.setattr(lib("worker.job"), "WorkerProcess", _remembering(lib("worker.worker_process").WorkerProcess))


class _Recorder:
    """Hands on what a process tells its job, and keeps it and the files that it made under a key.

    Attributes:
        key: of the run; None for one that is not to be kept.
    """

    def __init__(self, folder, on_event, on_finished):
        self.key = None
        self._folder = folder
        self._on_event = on_event
        self._on_finished = on_finished
        self._events = []
        self._before = {}

    def begin(self, arguments, environment):
        """The run is about to be made, and its folder holds what it is given."""
        self._before = _files(self._folder)
        self.key = _key(arguments, environment, self._folder, self._before)

    def heard(self, event):
        self._events.append(event)
        self._on_event(event)

    def ended(self, outcome):
        if self.key is not None and outcome.succeeded:
            made = {name: content for name, content in _files(self._folder).items() if name not in self._before}
            _runs[self.key] = (_without(self._folder, json.dumps([*self._events, outcome.result])), made)
        self._on_finished(outcome)

    def repeat(self):
        """Give what was kept."""
        events, made = _runs[self.key]
        for name, content in made.items():
            path = self._folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        *events, result = json.loads(events.replace(FOLDER, str(self._folder)))
        for event in events:
            self._on_event(event)
        self._on_finished(lib("worker.outcome").Outcome("result", result=result))

    def cancelled(self):
        self._on_finished(lib("worker.outcome").Outcome("cancelled"))


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


def _without(folder, text):
    return text.replace(str(folder), FOLDER)


def _files(folder):
    """Contents by name of what lies in a folder, but for what the process itself says."""
    found = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if name not in ("events.jsonl", "log.txt")}


def _key(arguments, environment, folder, files):
    given = {name: content.replace(str(folder).encode(), FOLDER.encode()) for name, content in files.items()}
    told = [_without(folder, text) for text in arguments]
    for name, content in given.items():
        if name.endswith(".json"):
            told += _texts(json.loads(content))
    outside = {text: Path(text).read_bytes() for text in told if text.startswith("/") and Path(text).is_file()}
    digest = hashlib.sha256(json.dumps([told, sorted({**os.environ, **environment}.items())]).encode())
    for name, content in (*given.items(), *outside.items()):
        digest.update(f"\0{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _texts(value):
    """The texts in what a JSON file holds."""
    if isinstance(value, str):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [text for item in items for text in _texts(item)]
