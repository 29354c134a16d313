"""How a running job reports where it stands: a bar for people, JSON lines for programs.

A reporter is called as `progress(stage, step, of)`: `step` of `of` equal steps of the named stage are
done. A JSON line is one event; programs read `event`: "progress", "note", "case" (one of a batch), "result" or "error".
"""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable
from typing import TextIO

MIN_INTERVAL_S = 0.1
"""JSON events of one stage come no faster than this, but for its first and last."""


def well_formed(text: str) -> str:
    """Text that every program can read and every file can hold.

    A name that the system's encoding does not know comes with its bytes hidden in surrogates; they are read as UTF-8,
    which nearly all of them are, and what is not is spelled out.
    """
    try:
        content = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        content = text.encode("utf-8", "backslashreplace")
    return content.decode("utf-8", "backslashreplace")


def plain(value):
    """A value made of what JSON knows: non-finite numbers become null, tuples lists, keys text; well formed."""
    if isinstance(value, dict):
        return {well_formed(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, (bool, int, float)):
        return value
    return well_formed(str(value))


class StageClock:
    """Seconds left in a stage, from the pace of its steps so far."""

    def __init__(self, now: Callable[[], float] = time.monotonic):
        self._now = now
        self._stage: str | None = None
        self._start = (0.0, 0)

    def seconds_left(self, stage: str, step: int, of: int) -> float | None:
        """Seconds until `step` reaches `of`; None as long as no step of the stage was timed."""
        now = self._now()
        if stage != self._stage:
            self._stage, self._start = stage, (now, step)
        if step >= of:
            return 0.0
        done = step - self._start[1]
        return (now - self._start[0]) / done * (of - step) if done > 0 else None


class Silent:
    """Reports nothing but what the caller prints itself."""

    def __call__(self, stage: str, step: int, of: int):
        """Nothing."""

    def note(self, message: str):
        """Nothing."""

    def line(self, event: str, text: str, /, **values):
        """Nothing."""

    def close(self):
        """Nothing."""


class Bar:
    """A progress bar on standard error for each stage of several steps; nothing where that is no terminal."""

    def __init__(self, stream: TextIO | None = None):
        self._stream = stream or sys.stderr
        self._stage: str | None = None
        self._bar = None

    def __call__(self, stage: str, step: int, of: int):
        """Show that `step` of `of` steps of `stage` are done."""
        from tqdm import tqdm

        if stage != self._stage:
            self.close()
            self._stage = stage
            if of > 1:
                title = stage.capitalize()
                self._bar = tqdm(total=of, desc=title, file=self._stream, unit="step", dynamic_ncols=True, disable=None)
        if self._bar is not None:
            self._bar.update(step - self._bar.n)

    def note(self, message: str):
        """Print a sentence without tearing the bar."""
        self.close()
        print(well_formed(message), file=self._stream, flush=True)

    def line(self, event: str, text: str, /, **values):
        """One of several results: print its text."""
        self.note(text)

    def close(self):
        """Finish the current bar."""
        if self._bar is not None:
            self._bar.close()
        self._bar, self._stage = None, None


class JsonLines:
    """One JSON object a line on standard output."""

    def __init__(self, stream: TextIO | None = None, now: Callable[[], float] = time.monotonic):
        self._stream = stream or sys.stdout
        self._now = now
        self._clock = StageClock(now)
        self._last: tuple[str, float] = ("", -math.inf)

    def __call__(self, stage: str, step: int, of: int):
        """A progress event."""
        left = self._clock.seconds_left(stage, step, of)
        now = self._now()
        if stage == self._last[0] and step < of and now - self._last[1] < MIN_INTERVAL_S:
            return
        self._last = (stage, now)
        self.event("progress", stage=stage, step=step, of=of, seconds_left=None if left is None else round(left, 1))

    def note(self, message: str):
        """Something that the user should read while the job runs."""
        self.event("note", message=message)

    def line(self, event: str, text: str, /, **values):
        """One of several results: an event with its values."""
        self.event(event, **values)

    def event(self, name: str, /, **values):
        """Write any event."""
        line = json.dumps(plain({"event": name, **values}), allow_nan=False)
        print(line, file=self._stream, flush=True)

    def close(self):
        """Nothing; each line was flushed."""


REPORTERS = {"bar": Bar, "json": JsonLines, "none": Silent}
