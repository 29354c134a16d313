"""What a reconstruction costs: seconds and memory."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MIB = 2.0**20


@contextmanager
def measured_cost() -> Iterator[dict[str, float]]:
    """Fills in `seconds` and `peak_memory_mib` when the block ends.

    The memory is the largest resident size of this process during the block, interpreter and libraries
    included; NaN where the operating system (other than Linux) cannot start counting anew.
    """
    cost: dict[str, float] = {}
    counting = _reset_peak()
    start = time.perf_counter()
    yield cost
    cost["seconds"] = time.perf_counter() - start
    cost["peak_memory_mib"] = _peak_mib() if counting else math.nan


def _reset_peak() -> bool:
    try:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    except OSError:
        return False
    return True


def _peak_mib() -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    kib = next((line.split()[1] for line in lines if line.startswith("VmHWM:")), "nan")
    return float(kib) * 1024.0 / MIB
