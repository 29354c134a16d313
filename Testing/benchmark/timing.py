"""Time two things in turn, so that whatever else the machine does meets both."""

from __future__ import annotations

import time
from collections.abc import Callable

LEAST_S = 0.2
"""What is quicker is repeated until it has taken so long."""


def alternate(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of a call of each, round by round, after one call of each that is not counted."""
    ours()
    theirs()
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(rounds):
        # Who is first may find warmer or colder caches, so they take turns.
        for index in (0, 1) if number % 2 == 0 else (1, 0):
            seconds[index].append(seconds_of((ours, theirs)[index]))
    return seconds


def seconds_of(work: Callable[[], object]) -> float:
    """Seconds of one call, averaged over as many as fit into `LEAST_S`."""
    calls = 0
    begun = time.perf_counter()
    while True:
        work()
        calls += 1
        spent = time.perf_counter() - begun
        if spent >= LEAST_S:
            return spent / calls
