"""The worker: `python -m Diff2CTCore` in a process group of its own, watched by a timer.

The worker's output goes to files in a private folder and a Qt timer reads what was added: no thread, no
pipe that could fill up, and nothing that waits in the window's event loop.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable
from pathlib import Path

from slicer.i18n import tr as _

from ..timer import Timer
from .outcome import Outcome, judged
from .processes import StartedProcess, end_at_once, signal_tree, start_process
from .ready_worker import ReadyWorker

POLL_INTERVAL_MS = 50
TERMINATION_GRACE_SECONDS = 1.0
SILENCE_LIMIT_SECONDS = 600.0
OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024
READ_SIZE = 256 * 1024
LINE_LIMIT = 1024 * 1024
BAD_INPUT_EXIT_CODE = 2
LOG_TAIL_BYTES = 4000


class WorkerProcess:
    """One run of the worker. The callbacks are called in the window's thread.

    Args:
        command: program and arguments.
        folder: the job's private folder, which receives the output files.
        on_event: called with each event that is not the last, a dict whose "event" is "progress" or "note".
        on_finished: called once with the `Outcome`.
        environment: variables to add to the application's own.
        silence_limit_seconds: a worker that writes nothing for so long is ended.
        ready: where the worker comes from and goes back to when it serves several jobs; else `command` is the job.
        job: arguments of the job for a worker that serves several.
    """

    def __init__(
        self,
        command: list[str],
        folder: Path,
        on_event: Callable[[dict], None],
        on_finished: Callable[[Outcome], None],
        environment: dict[str, str] | None = None,
        silence_limit_seconds: float = SILENCE_LIMIT_SECONDS,
        *,
        ready: ReadyWorker | None = None,
        job: list[str] | None = None,
    ):
        self._command = command
        self._on_event = on_event
        self._on_finished = on_finished
        self._environment = environment or {}
        self._silence_limit = silence_limit_seconds
        self._folder = folder
        self._ready = ready
        self._job = job
        self._started: StartedProcess | None = None
        self._first_position = 0
        self._log_start = 0
        self._partial = b""
        self._last_sign_of_life = 0.0
        self._final_event: dict | None = None
        self._ending: Outcome | None = None
        self._kill_at: float | None = None
        self._timer = Timer(POLL_INTERVAL_MS, repeats=True)

    @property
    def running(self) -> bool:
        return self._started is not None

    @property
    def pid(self) -> int | None:
        return self._started.process.pid if self._started else None

    def start(self) -> None:
        """Start the process; a failure to start is reported through `on_finished` like every other one."""
        try:
            self._started = self._begin()
        except OSError as error:
            reason = error.strerror or error.__class__.__name__
            self._on_finished(Outcome("start", _("The worker could not be started: {reason}.").format(reason=reason)))
            return
        self._first_position = self._started.position
        self._last_sign_of_life = time.monotonic()
        self._timer.start(self._poll)

    def _begin(self) -> StartedProcess:
        if self._ready is None:
            return start_process(self._command, self._folder, self._environment)
        worker = self._ready.take(self._command, self._environment, self._folder.parent)
        self._log_start = worker.log_path.stat().st_size
        # A worker that is gone already is noticed by the timer, like one that goes later.
        with contextlib.suppress(OSError):
            worker.process.stdin.write(json.dumps({"arguments": self._job}).encode() + b"\n")
            worker.process.stdin.flush()
        return worker

    def cancel(self) -> None:
        """End the process tree; `on_finished` follows within about two seconds."""
        self._end(Outcome("cancelled"))

    def abandon(self) -> None:
        """End the process tree at once, without a callback: the scene, the module or the application closes."""
        self._timer.stop()
        if self._started is not None:
            self._let_go(usable=False)

    def _let_go(self, usable: bool) -> None:
        started, self._started = self._started, None
        if self._ready is not None:
            self._ready.give_back(started, usable)
        else:
            # Children that outlived the worker belong to the same group.
            end_at_once(started.process)

    def _end(self, outcome: Outcome) -> None:
        if self._started is None or self._ending is not None:
            return
        self._ending = outcome
        self._kill_at = time.monotonic() + TERMINATION_GRACE_SECONDS
        signal_tree(self._started.process, forced=False)

    def _poll(self) -> None:
        # PythonQt hands exceptions of a slot to the console; the job must not stay behind as "running".
        try:
            if self._started is not None:
                self._read_events()
            self._watch()
        except Exception:
            self.abandon()
            self._on_finished(Outcome("crash", _("The worker's messages could not be processed.")))
            raise

    def _watch(self) -> None:
        if self._started is None:
            return
        process = self._started.process
        if process.poll() is not None:
            if self._ending is None:
                while self._read_events():
                    pass
                self._take(self._partial)
            self._finish(process.returncode)
            return
        if self._ready is not None and self._ending is None and self._worker_goes_on():
            self._finish(None)
            return
        now = time.monotonic()
        if self._kill_at is not None and now >= self._kill_at:
            signal_tree(process, forced=True)
        elif self._started.position - self._first_position > OUTPUT_LIMIT_BYTES:
            self._end(Outcome("garbage", _("The worker wrote far more than it should and was stopped.")))
        elif now - self._last_sign_of_life > self._silence_limit:
            minutes = self._silence_limit / 60.0
            text = _("The worker gave no sign of life for {minutes:.0f} minutes and was stopped.")
            self._end(Outcome("silent", text.format(minutes=minutes)))

    def _worker_goes_on(self) -> bool:
        """Whether the job is over and the worker waits for the next: after a result, or bad input."""
        event = self._final_event or {}
        return event.get("event") == "result" or event.get("exit_code") == BAD_INPUT_EXIT_CODE

    def _finish(self, exit_code: int | None) -> None:
        """The job is over; `exit_code` is None for a worker that goes on."""
        self._timer.stop()
        outcome = self._ending or judged(exit_code, self._final_event or {}, self._log_tail())
        self._let_go(usable=exit_code is None)
        self._on_finished(outcome)

    def _log_tail(self) -> str:
        path = self._started.log_path
        with contextlib.suppress(OSError), open(path, "rb") as log:
            log.seek(max(self._log_start, path.stat().st_size - LOG_TAIL_BYTES))
            return log.read().decode("utf-8", "replace")
        return ""

    def _read_events(self) -> bool:
        """Take in what the worker has added, at most READ_SIZE; tell whether there was anything."""
        with open(self._started.output_path, "rb") as output:
            output.seek(self._started.position)
            added = output.read(READ_SIZE)
        if not added:
            return False
        self._started.position += len(added)
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
