"""A timer that lets go of what it calls.

Qt's signals hold each Python function that is connected, until the sender is gone: an object that keeps a timer and
is called by it would keep itself alive, out of sight of Python's garbage collector.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable

import qt


class Timer:
    """Calls a function later, in the window's thread, and holds it only as long as it runs.

    Args:
        interval_ms: time until the call; 0 is the next turn of the event loop.
        repeats: whether it goes on until it is stopped; else it calls once.
    """

    def __init__(self, interval_ms: int, repeats: bool = False):
        self._interval_ms = interval_ms
        self._repeats = repeats
        self._callback: Callable[[], None] | None = None
        self._timer = qt.QTimer()
        self._timer.setSingleShot(not repeats)
        own = weakref.ref(self)
        self._timer.timeout.connect(lambda: _fire(own))

    @property
    def running(self) -> bool:
        """Whether a call is to come."""
        return self._callback is not None

    def start(self, callback: Callable[[], None], at_once: bool = False) -> None:
        """Call a function when the time is over; a call that is still to come is put off.

        Args:
            at_once: whether the next turn of the event loop is time enough.
        """
        self._callback = callback
        self._timer.start(0 if at_once else self._interval_ms)

    def stop(self) -> None:
        """Call nothing any more."""
        self._timer.stop()
        self._callback = None

    def _fire(self) -> None:
        callback = self._callback
        if not self._repeats:
            self._callback = None
        if callback is not None:
            callback()


def _fire(timer: weakref.ref) -> None:
    alive = timer()
    if alive is not None:
        alive._fire()
