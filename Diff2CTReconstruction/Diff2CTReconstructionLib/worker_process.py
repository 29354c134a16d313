"""The worker: `python -m Diff2CTCore` in a process group of its own, watched by a timer.

The worker's output goes to files in the job's private folder and a Qt timer reads what was added:
no thread, no pipe that could fill up, and nothing that waits in the window's event loop.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import qt
from slicer.i18n import tr as _

POLL_INTERVAL_MS = 50
TERMINATION_GRACE_SECONDS = 1.0
SILENCE_LIMIT_SECONDS = 600.0
OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024
READ_SIZE = 256 * 1024
LINE_LIMIT = 1024 * 1024
LOG_TAIL_BYTES = 4000


@dataclass(frozen=True)
class Outcome:
    """How a run of the worker ended.

    Attributes:
        kind: "result", "cancelled", or the kind of failure: the worker's own ("radiograph", "device", ...) or
            "start", "crash", "silent", "garbage".
        message: one sentence for the user; empty for "result" and "cancelled".
        result: the worker's result event, for "result" alone.
        log: the end of what the worker wrote to its error stream.
    """

    kind: str
    message: str = ""
    result: dict = field(default_factory=dict)
    log: str = ""

    @property
    def succeeded(self) -> bool:
        return self.kind == "result"


class WorkerProcess:
    """One run of the worker. The callbacks are called in the window's thread.

    Args:
        command: program and arguments.
        folder: the job's private folder, which receives the output files.
        on_event: called with each event that is not the last, a dict whose "event" is "progress" or "note".
        on_finished: called once with the `Outcome`.
        environment: variables to add to the application's own.
        silence_limit_seconds: a worker that writes nothing for so long is ended.
    """

    def __init__(
        self,
        command: list[str],
        folder: Path,
        on_event: Callable[[dict], None],
        on_finished: Callable[[Outcome], None],
        environment: dict[str, str] | None = None,
        silence_limit_seconds: float = SILENCE_LIMIT_SECONDS,
    ):
        self._command = command
        self._on_event = on_event
        self._on_finished = on_finished
        self._environment = environment or {}
        self._silence_limit = silence_limit_seconds
        self._output_path = folder / "events.jsonl"
        self._log_path = folder / "log.txt"
        self._folder = folder
        self._process: subprocess.Popen | None = None
        self._position = 0
        self._partial = b""
        self._last_sign_of_life = 0.0
        self._final_event: dict | None = None
        self._ending: Outcome | None = None
        self._kill_at: float | None = None
        self._timer = qt.QTimer()
        self._timer.setInterval(POLL_INTERVAL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def running(self) -> bool:
        return self._process is not None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process; a failure to start is reported through `on_finished` like every other one."""
        try:
            with (
                open(self._output_path, "wb", opener=_private) as output,
                open(self._log_path, "wb", opener=_private) as log,
            ):
                self._process = subprocess.Popen(
                    self._command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=log,
                    cwd=self._folder,
                    env={**os.environ, **self._environment},
                    **_own_group(),
                )
        except OSError as error:
            reason = error.strerror or error.__class__.__name__
            self._on_finished(Outcome("start", _("The worker could not be started: {reason}.").format(reason=reason)))
            return
        self._last_sign_of_life = time.monotonic()
        self._timer.start()

    def cancel(self) -> None:
        """End the process tree; `on_finished` follows within about two seconds."""
        self._end(Outcome("cancelled"))

    def abandon(self) -> None:
        """End the process tree at once, without a callback: the scene, the module or the application closes."""
        self._timer.stop()
        if self._process is None:
            return
        _signal_tree(self._process, forced=True)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=1.0)
        self._process = None

    def _end(self, outcome: Outcome) -> None:
        if self._process is None or self._ending is not None:
            return
        self._ending = outcome
        self._kill_at = time.monotonic() + TERMINATION_GRACE_SECONDS
        _signal_tree(self._process, forced=False)

    def _poll(self) -> None:
        # PythonQt hands exceptions of a slot to the console; the job must not stay behind as "running".
        try:
            self._read_events()
            self._watch()
        except Exception:
            self.abandon()
            self._on_finished(Outcome("crash", _("The worker's messages could not be processed.")))
            raise

    def _watch(self) -> None:
        process = self._process
        if process is None:
            return
        if process.poll() is not None:
            if self._ending is None:
                while self._read_events():
                    pass
                self._take(self._partial)
            self._finish(process.returncode)
            return
        now = time.monotonic()
        if self._kill_at is not None and now >= self._kill_at:
            _signal_tree(process, forced=True)
        elif self._position > OUTPUT_LIMIT_BYTES:
            self._end(Outcome("garbage", _("The worker wrote far more than it should and was stopped.")))
        elif now - self._last_sign_of_life > self._silence_limit:
            minutes = self._silence_limit / 60.0
            text = _("The worker gave no sign of life for {minutes:.0f} minutes and was stopped.")
            self._end(Outcome("silent", text.format(minutes=minutes)))

    def _finish(self, exit_code: int) -> None:
        self._timer.stop()
        # Children that outlived the worker belong to the same group.
        _signal_tree(self._process, forced=True)
        self._process = None
        self._on_finished(self._ending or self._judge(exit_code))

    def _judge(self, exit_code: int) -> Outcome:
        log = self._log_tail()
        event = self._final_event or {}
        if event.get("event") == "error":
            message = event.get("message")
            kind = event.get("kind")
            if isinstance(message, str) and message and isinstance(kind, str):
                return Outcome("cancelled" if kind == "cancelled" else kind, message, log=log)
        if exit_code != 0:
            text = _("The worker stopped unexpectedly (exit code {code}); the scene is unchanged.")
            return Outcome("crash", text.format(code=exit_code), log=log)
        if event.get("event") != "result":
            return Outcome("garbage", _("The worker ended without a result; the scene is unchanged."), log=log)
        return Outcome("result", result=event, log=log)

    def _log_tail(self) -> str:
        with contextlib.suppress(OSError), open(self._log_path, "rb") as log:
            log.seek(max(0, self._log_path.stat().st_size - LOG_TAIL_BYTES))
            return log.read().decode("utf-8", "replace")
        return ""

    def _read_events(self) -> bool:
        """Take in what the worker has added, at most READ_SIZE; tell whether there was anything."""
        with open(self._output_path, "rb") as output:
            output.seek(self._position)
            added = output.read(READ_SIZE)
        if not added:
            return False
        self._position += len(added)
        self._last_sign_of_life = time.monotonic()
        *lines, self._partial = (self._partial + added).split(b"\n")
        if len(self._partial) > LINE_LIMIT:
            self._partial = b""
        for line in lines:
            self._take(line)
        return True

    def _take(self, line: bytes) -> None:
        try:
            event = json.loads(line)
        except ValueError:
            return
        if not isinstance(event, dict) or self._ending is not None:
            return
        if event.get("event") in ("result", "error"):
            self._final_event = event
        elif event.get("event") in ("progress", "note"):
            self._on_event(event)


def python_command() -> list[str]:
    """Slicer's Python interpreter; outside of Slicer the running one."""
    return [shutil.which("PythonSlicer") or sys.executable]


def worker_environment(package_parent: str | os.PathLike) -> dict[str, str]:
    """Variables that let the worker find Diff2CTCore in `package_parent` and write events at once, in UTF-8."""
    inherited = os.environ.get("PYTHONPATH")
    path = [str(package_parent), *([inherited] if inherited else [])]
    return {
        "PYTHONPATH": os.pathsep.join(path),
        "PYTHONUNBUFFERED": "1",
        "PYTHONUTF8": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _own_group() -> dict:
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True, "umask": 0o077}


def _signal_tree(process: subprocess.Popen, forced: bool) -> None:
    if os.name == "nt":
        if process.poll() is not None:
            return
        # Windows knows no polite request to a process without window, and no process groups to end.
        subprocess.Popen(
            ["taskkill", "/PID", str(process.pid), "/T", "/F"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            creationflags=subprocess.CREATE_NO_WINDOW,
        )
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL if forced else signal.SIGTERM)
