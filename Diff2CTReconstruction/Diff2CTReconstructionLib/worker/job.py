"""One job: a private folder, input files, the worker, the result taken over, the folder removed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

from slicer.i18n import tr as _

from ..timer import Timer
from .commands import CORE
from .environment import python_command, worker_environment
from .job_folder import create_job_folder, remove_job_folder
from .outcome import ChangedMeanwhileError, Outcome
from .ready_worker import ReadyWorker
from .worker_process import WorkerProcess

PACKAGE_PARENT = Path(__file__).resolve().parents[2]
"""Where Diff2CTCore lies beside this module in an installed extension."""


def package_parent() -> Path:
    """The folder from which the worker imports Diff2CTCore."""
    beside = PACKAGE_PARENT.parent
    return PACKAGE_PARENT if (PACKAGE_PARENT / "Diff2CTCore").is_dir() else beside


class Job:
    """A job that never blocks the window; each callback comes from a timer.

    Args:
        temporary_folder: where the private folder is made.
        prepare: called with the private folder; an iterator that does a short piece of work at each step and
            returns the worker's arguments. It raises ValueError with a sentence for the user.
        take_over: called with the worker's result event and the folder; brings the result into the scene whole or
            not at all. What takes longer gives an iterator, like `prepare`, and ends well when that is closed.
        on_event: called with the worker's progress and note events.
        on_finished: called once with the `Outcome`, when the folder is gone.
        ready: the worker that stays ready, for jobs of Diff2CTCore.
    """

    def __init__(
        self,
        temporary_folder: str,
        prepare: Callable[[Path], Iterator[None]],
        take_over: Callable[[dict, Path], Iterator[None] | None],
        on_event: Callable[[dict], None],
        on_finished: Callable[[Outcome], None],
        ready: ReadyWorker | None = None,
    ):
        self._ready = ready
        self._temporary_folder = temporary_folder
        self._prepare = prepare
        self._take_over = take_over
        self._on_event = on_event
        self._on_finished = on_finished
        self._folder: Path | None = None
        self._steps: Iterator[None] | None = None
        self._worker: WorkerProcess | None = None
        self._outcome: Outcome | None = None
        self._cancelled = False
        self._timer = Timer(0, repeats=True)

    @property
    def worker_pid(self) -> int | None:
        return self._worker.pid if self._worker else None

    def start(self) -> None:
        """Begin; failures come through `on_finished`, too."""
        try:
            self._folder = create_job_folder(self._temporary_folder)
        except OSError as error:
            reason = error.strerror or error.__class__.__name__
            text = _("No temporary folder can be made in {folder}: {reason}; choose another in the settings.")
            self._finish(Outcome("folder", text.format(folder=self._temporary_folder, reason=reason)))
            return
        self._steps = self._prepare(self._folder)
        self._timer.start(self._prepare_next)

    def cancel(self) -> None:
        """Stop the job; `on_finished` follows within about two seconds."""
        self._cancelled = True
        if self._worker is not None:
            self._worker.cancel()

    def abandon(self) -> None:
        """Stop the job at once and remove its folder, without a callback."""
        self._timer.stop()
        if self._worker is not None:
            self._worker.abandon()
        self._let_go()

    def _prepare_next(self) -> None:
        if self._cancelled:
            self._timer.stop()
            self._finish(Outcome("cancelled"))
            return
        try:
            next(self._steps)
        except StopIteration as done:
            self._timer.stop()
            self._start_worker(done.value)
        except ValueError as error:
            self._timer.stop()
            self._finish(Outcome("input", str(error)))
        except OSError as error:
            self._timer.stop()
            reason = error.strerror or error.__class__.__name__
            text = _("The temporary files cannot be written: {reason}; free some space or choose another folder.")
            self._finish(Outcome("folder", text.format(reason=reason)))
        # PythonQt hands exceptions of a slot to the console; the job must not stay behind as "running".
        except Exception:
            self._timer.stop()
            logging.exception("Diff2CT: the job could not be prepared")
            self._finish(Outcome("garbage", _("What is in the scene could not be handed to the worker; see the log.")))

    def _start_worker(self, arguments: list[str]) -> None:
        command, job = arguments, None
        if self._ready is not None:
            command, job = [*CORE, "worker"], arguments[len(CORE) :]
        self._worker = WorkerProcess(
            [*python_command(), *command],
            self._folder,
            self._on_event,
            self._worker_finished,
            worker_environment(package_parent()),
            ready=self._ready,
            job=job,
        )
        self._worker.start()

    def _worker_finished(self, outcome: Outcome) -> None:
        if not outcome.succeeded:
            self._finish(outcome)
            return
        self._outcome = outcome
        self._steps = self._taking_over(outcome.result)
        self._timer.start(self._take_over_next)

    def _taking_over(self, result: dict) -> Iterator[None]:
        steps = self._take_over(result, self._folder)
        if steps is not None:
            yield from steps

    def _take_over_next(self) -> None:
        outcome = self._outcome
        if self._cancelled:
            outcome = Outcome("cancelled")
        else:
            try:
                next(self._steps)
                return
            except StopIteration:
                pass
            except ChangedMeanwhileError as error:
                outcome = Outcome("input", str(error), log=outcome.log)
            except Exception:
                logging.exception("Diff2CT: the result could not be taken over")
                text = _("The worker's result could not be loaded; the scene is unchanged.")
                outcome = Outcome("garbage", text, log=outcome.log)
        self._timer.stop()
        self._finish(outcome)

    def _finish(self, outcome: Outcome) -> None:
        self._let_go()
        self._on_finished(outcome)

    def _let_go(self) -> None:
        if self._steps is not None:
            self._steps.close()
        # The worker refers to the job: together they would stay, with the nodes that the job is about.
        self._worker = self._steps = self._outcome = None
        if self._folder is not None:
            remove_job_folder(self._folder)
            self._folder = None
