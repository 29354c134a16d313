"""Files that are written while the training goes on."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor


class Background:
    """One thread that writes one thing at a time.

    Args:
        now: the clock, in seconds.
    """

    def __init__(self, now: Callable[[], float]):
        self.now = now
        self._thread = ThreadPoolExecutor(1)
        self._open: tuple[str, Future[float]] | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is being written, nor waits to be collected."""
        return self._open is None

    @property
    def ready(self) -> bool:
        """Whether what was written can be collected without waiting."""
        return self._open is not None and self._open[1].done()

    def start(self, name: str, write: Callable[[], None]) -> None:
        """Begin to write; what was written before must have been collected."""
        self._open = name, self._thread.submit(self._timed, write)

    def collect(self) -> tuple[str, float] | None:
        """Wait for what is being written: its name and seconds, or None when there is nothing.

        Raises whatever the writing raised.
        """
        if self._open is None:
            return None
        (name, future), self._open = self._open, None
        return name, future.result()

    def close(self) -> None:
        """Wait for what is being written."""
        self._thread.shutdown()

    def _timed(self, write: Callable[[], None]) -> float:
        began = self.now()
        write()
        return self.now() - began
