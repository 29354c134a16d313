"""Time two things in turn, so that whatever else the machine does meets both."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LEAST_S = 0.2
"""What is quicker is repeated until it has taken so long."""


def alternate(ours: Callable[[], object], theirs: Callable[[], object], rounds: int) -> tuple[list[float], list[float]]:
    """Seconds of a call of each, round by round, after one call of each that is not counted."""
    ours()
    theirs()
    return in_turn(lambda: seconds_of(ours), lambda: seconds_of(theirs), rounds)


def in_turn(ours: Callable[[], T], theirs: Callable[[], T], rounds: int) -> tuple[list[T], list[T]]:
    """What two measurements give, round by round, the first of the one before the first of the other."""
    results: tuple[list[T], list[T]] = ([], [])
    for number in range(rounds):
        # Who is first may find warmer or colder caches, so they take turns.
        for index in (0, 1) if number % 2 == 0 else (1, 0):
            results[index].append((ours, theirs)[index]())
    return results


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
