"""One reconstruction with and without bfloat16, with one thread and with more."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from unittest.mock import patch

import torch
from rows import TIMES_FASTER, Goal, Row, row
from scale import Scale
from timing import alternate

from Diff2CTCore.reconstruction import RadiographInput, Settings, cpu_has_bfloat16, run_job
from Diff2CTCore.storage import resource_path

THREADS = (1, 2, 4)
WORK = "reconstruction of the bundled pair in a ready process"


def measure(scale: Scale) -> list[Row]:
    """Each number of threads that there are against one; bfloat16, where the CPU has it, against single precision."""
    inputs = [RadiographInput(resource_path("SampleData", name)) for name in ("ap.dcm", "lateral.dcm")]

    def reconstruct(threads: int, single: bool = False):
        def run():
            torch.set_num_threads(threads)
            with _single_precision() if single else nullcontext():
                run_job(*inputs, Settings(scale.steps, device="cpu"), scale.model)

        return run

    rows, kept = [], torch.get_num_threads()
    with _all_processors() as processors:
        counts = [count for count in THREADS if count <= processors]
        for count in counts[1:]:
            seconds = alternate(reconstruct(count), reconstruct(1), scale.slow_rounds)
            rows.append(row(f"{WORK}, {count} threads", "1 thread", Goal(TIMES_FASTER, 1.0), *seconds))
        for count in counts if cpu_has_bfloat16() else ():
            seconds = alternate(reconstruct(count), reconstruct(count, single=True), scale.slow_rounds)
            work = f"{WORK}, bfloat16, {count} thread{'s' if count > 1 else ''}"
            rows.append(row(work, "single precision", Goal(TIMES_FASTER, 1.0), *seconds))
    torch.set_num_threads(kept)
    return rows


def missing() -> list[tuple[str, str]]:
    """What this machine cannot tell, and why."""
    with _all_processors() as processors:
        found = [(f"{count} threads", f"this machine has {processors}") for count in THREADS if count > processors]
    return found if cpu_has_bfloat16() else [*found, ("bfloat16", "this CPU has none")]


@contextmanager
def _single_precision() -> Iterator[None]:
    with patch("Diff2CTCore.reconstruction.device.cpu_has_bfloat16", lambda: False):
        yield


@contextmanager
def _all_processors() -> Iterator[int]:
    """Every processor of the machine, of which the other sections use some; their number."""
    if not hasattr(os, "sched_setaffinity"):
        yield os.cpu_count() or 1
        return
    kept = os.sched_getaffinity(0)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    try:
        yield len(os.sched_getaffinity(0))
    finally:
        os.sched_setaffinity(0, kept)
