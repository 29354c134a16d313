"""The worker that stays ready between jobs, so that the second one starts at once."""

from __future__ import annotations

import os
from pathlib import Path

from ..timer import Timer
from .job_folder import WORKER_PREFIX, create_job_folder, remove_job_folder
from .processes import StartedProcess, end_at_once, start_process

IDLE_MS = 5 * 60 * 1000
"""An idle worker is ended after this time: it holds half a gigabyte, or memory of the GPU."""


class ReadyWorker:
    """At most one process of `python -m Diff2CTCore worker` that waits for a job.

    It is ended when it was idle for too long, or by `release`.
    """

    def __init__(self) -> None:
        self._kept: StartedProcess | None = None
        self._started_as: tuple | None = None
        self._wanted = True
        self._timer = Timer(IDLE_MS)

    @property
    def pid(self) -> int | None:
        """Process id of the worker that waits."""
        return self._kept.process.pid if self._kept else None

    def take(self, command: list[str], environment: dict[str, str], temporary_folder: Path) -> StartedProcess:
        """A worker for one job: the one that waits, or a new one. OSError when none can be started."""
        self._timer.stop()
        self._wanted = True
        wanted_as = (command, environment, dict(os.environ))
        if self._kept is not None and (self._kept.process.poll() is not None or wanted_as != self._started_as):
            self._end(self._kept)
        if self._kept is not None:
            taken, self._kept = self._kept, None
            return taken
        folder = create_job_folder(temporary_folder, WORKER_PREFIX)
        try:
            started = start_process(command, folder, environment, takes_jobs=True)
        except OSError:
            remove_job_folder(folder)
            raise
        self._started_as = wanted_as
        return started

    def give_back(self, worker: StartedProcess, usable: bool) -> None:
        """The job is over: keep the worker, or end it when it is not usable or was released meanwhile."""
        if usable and self._wanted:
            self._kept = worker
            self._timer.start(self.release)
        else:
            self._end(worker)

    def release(self) -> None:
        """End the worker: at once if it waits, else after its job."""
        self._wanted = False
        if self._kept is not None:
            self._end(self._kept)

    def _end(self, worker: StartedProcess) -> None:
        self._timer.stop()
        self._kept = None
        end_at_once(worker.process)
        remove_job_folder(worker.output_path.parent)
