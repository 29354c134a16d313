"""How long each stage took."""

from __future__ import annotations

import time
from contextlib import contextmanager


class StageClock:
    """Wall-clock seconds by stage."""

    def __init__(self):
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str):
        start = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - start, 3)
