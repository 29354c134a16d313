"""The time of a run: when its process began, what has to be done before it ends, how much of it has passed."""

from __future__ import annotations

import math
import os
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

from Diff2CTCore.errors import Diff2CTError

LEAVING_SECONDS = 2.0
"""Kept free for what no estimate covers: the last lines, the end of the process."""

SAFETY = 1.5
"""What comes at the end is taken to need this many times what it needed before."""

UNKNOWN_ENDING_SECONDS = 1.0
"""A checkpoint and a model are taken to need this before either was written."""

MEASURE_SHARE = 0.05
"""Most of the time that measurements may take."""

EVALUATION_SHARE = 0.2
"""Of a training step's time, which an evaluation of the denoiser takes: a step has X2NoiseNet, and goes back, too."""

RECENT_STEPS = 30
_IMPORTED = time.monotonic()


class BudgetError(Diff2CTError):
    """A time that is none, or does not suffice for the run's start and end."""

    kind = "training"


def process_start() -> float:
    """When this process began, as `time.monotonic` counts; where the system does not tell, when this was imported."""
    try:
        # The name in parentheses may hold spaces; the start is the 20th entry after it, in ticks since the boot.
        entries = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        started = int(entries[19]) / os.sysconf("SC_CLK_TCK")
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - started
    except (OSError, ValueError, IndexError, AttributeError):
        return _IMPORTED
    # Some sandboxes give 0 for every process.
    return time.monotonic() - max(0.0, age) if started > 0.0 else _IMPORTED


class Budget:
    """A run's minutes and how they are divided into the start, the steps and the end.

    The end's length is estimated from checkpoints, exports and measurements that were made; the share of the time that
    has passed is that of the time for steps.

    Args:
        minutes: from `start` to the exported model.
        start: seconds as `now` counts them.
        now: the clock.

    Attributes:
        steps_ahead: steps that may still have to be done when one more is begun, that one included.
    """

    def __init__(self, minutes: float, start: float, now: Callable[[], float] = time.monotonic):
        self.minutes, self.start, self.now = minutes, start, now
        self.steps_ahead = 1
        self.deadline = start + 60.0 * minutes
        self._began = math.inf
        self._steps: deque[float] = deque(maxlen=RECENT_STEPS)
        self._taken: dict[str, deque[float]] = {}
        self._share = 0.0

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return self.now() - self.start

    def begin(self) -> None:
        """The start is over, the first step comes.

        Raises:
            BudgetError: nothing is left for steps.
        """
        self._began = self.now()
        if self._began + self._step() >= self.stop_at:
            need = (self._began - self.start + self._step() + self.reserve) / 60.0
            raise BudgetError(
                f"{self.minutes:g} minutes do not suffice: the start took {self.elapsed:.0f} s and the end needs about "
                f"{self.reserve:.0f} s; give more than {math.ceil(10.0 * need) / 10.0:g} minutes."
            )

    def step_took(self, seconds: float) -> None:
        """Count a step. The first ones hold what is done once, and are forgotten when there are others."""
        if len(self._steps) == 3 and self._steps[0] > 3.0 * max(self._steps[1], self._steps[2]):
            self._steps.popleft()
        self._steps.append(seconds)

    def took(self, work: str, seconds: float) -> None:
        """Count the seconds of a "checkpoint", an "export" or a "measurement", until its numbers are there."""
        self._taken.setdefault(work, deque(maxlen=3)).append(seconds)

    @property
    def reserve(self) -> float:
        """Seconds to be kept for the end: the last checkpoint, the export, the last measurement."""
        needed = sum(max(self._taken.get(work, (UNKNOWN_ENDING_SECONDS,))) for work in ("checkpoint", "export"))
        return LEAVING_SECONDS + SAFETY * (needed + self._last_measurement())

    @property
    def stop_at(self) -> float:
        """When the last step must be over."""
        return self.deadline - self.reserve

    def share(self) -> float:
        """The part of the time for steps that has passed in the middle of the next step, in [0, 1]; it never falls."""
        whole = max(1e-9, self.stop_at - self._began)
        passed = (self.now() - self._began + self._step() / 2.0) / whole
        self._share = max(self._share, min(1.0, passed))
        return self._share

    def has_time_for(self, seconds: float = 0.0) -> bool:
        """Whether some work and a step after it end before the end begins."""
        return self.now() + seconds + self.steps_ahead * self._step() <= self.stop_at

    def has_time_for_measurement(self, evaluations: int = 0) -> bool:
        """Whether a measurement is over before the end, which has one of its own, begins.

        Before the first one it is taken to need what its `evaluations` of the network do, by the time of a step.
        """
        taken = self._taken.get("measurement", (evaluations * EVALUATION_SHARE * self._step(),))
        return self.has_time_for(SAFETY * max(taken))

    def may_still_measure(self) -> bool:
        """Whether the last measurement ends in time, when all else is done."""
        needed = self._last_measurement()
        return needed > 0.0 and self.now() + LEAVING_SECONDS + SAFETY * needed <= self.deadline

    def _step(self) -> float:
        return max(self._steps, default=0.0)

    def _last_measurement(self) -> float:
        """Seconds of the measurement after the last step; 0 when there is none or it takes too much of the run."""
        needed = max(self._taken.get("measurement", (0.0,)))
        return needed if SAFETY * needed < 2.0 * MEASURE_SHARE * 60.0 * self.minutes else 0.0


class Every:
    """Says when work that is done again and again is due.

    Args:
        seconds: between its beginnings.
        now: the clock.
        share: the work's most part of the time; the longer it takes, the rarer it is.
    """

    def __init__(self, seconds: float, now: Callable[[], float], share: float = 1.0):
        self.seconds, self.now, self.share = seconds, now, share
        self._next = now() + seconds

    def due(self) -> bool:
        """Whether it is time."""
        return self.now() >= self._next

    def done(self, began: float) -> None:
        """The work that began at a time is over."""
        self._next = began + max(self.seconds, (self.now() - began) / self.share)
