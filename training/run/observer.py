"""Reconstructions of held-out cases while a model trains: their picture and how good they are."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from tqdm import tqdm

from Diff2CTCore.geometry import HU_AIR, network_to_hu
from Diff2CTCore.storage import png_bytes, replaced_when_complete

from ..data import UNKNOWN_HU, case_inputs
from ..methods import Sampling, reconstruct
from .measure import Measured, as_text, means_by_kind, measure_case
from .planes_png import planes_picture

if TYPE_CHECKING:
    from .run_log import RunLog
    from .trainer import Trainer

THREADS = 4


@dataclass(frozen=True)
class _Measurement:
    step: int
    elapsed: float
    began: float
    cases: list[tuple[str, Future[dict[str, float]]]]


class Observer:
    """Draws, shows and measures a run's held-out cases.

    The device draws; the metrics are taken in threads while the training goes on, so that a measurement is
    begun with `begin` and its numbers come with `collect`.

    Args:
        trainer: its averaged weights are measured.
        log: of the run; gets a line with the numbers.
        started: `time.monotonic()` from which its minutes are counted.
        longest: seconds that a measurement may hold the training up. Cases that the first one has no time for are left
            out of all.

    Attributes:
        cases: what is measured, real scans and phantoms in turn.
        latest: the last numbers.
    """

    def __init__(self, trainer: Trainer, log: RunLog, started: float, longest: float = float("inf")):
        self.trainer, self.log, self.started, self.longest = trainer, log, started, longest
        self.cases = _in_turn(trainer.source.held_out(trainer.config.validation_cases))
        self.latest: Measured = {}
        self._threads = ThreadPoolExecutor(max(1, min(THREADS, (os.cpu_count() or 2) // 2)))
        self._open: _Measurement | None = None

    @property
    def idle(self) -> bool:
        """Whether no measurement is being made, nor waits to be collected."""
        return self._open is None

    @property
    def ready(self) -> bool:
        """Whether a measurement's metrics can be collected without waiting."""
        return self._open is not None and all(future.done() for _, future in self._open.cases)

    def begin(self) -> None:
        """Reconstruct the cases, write their picture, and leave the metrics to the threads."""
        if not self.cases:
            return
        trainer, began = self.trainer, time.monotonic()
        network = trainer.averaged_network()
        grid = trainer.config.model.grid
        pairs, measured = [], []
        for held in self.cases:
            inputs = case_inputs(network, held.case, device=trainer.device)
            sampling = Sampling(trainer.config.picture_steps)
            with _without_trying():
                drawn = reconstruct(network, *inputs, sampling, torch.Generator().manual_seed(0))
            found, truth = network_to_hu(drawn[0, 0].float().cpu()).numpy(), held.case.volume
            line = held.line_voxels
            future = self._threads.submit(measure_case, found, truth, grid.spacing_mm, line)
            measured.append((held.kind, future))
            pairs.append((np.where(truth == UNKNOWN_HU, HU_AIR, truth), found))
            if time.monotonic() - began > self.longest:
                break
        if len(pairs) < len(self.cases):
            self.cases = self.cases[: len(pairs)]
            self.log.note({"measured_cases": len(pairs)})
        self._open = _Measurement(trainer.step, time.monotonic() - self.started, began, measured)
        self._show(planes_picture(pairs))

    def collect(self) -> float | None:
        """Wait for a measurement's metrics, log and print them; seconds since it began, None when there is none."""
        if self._open is None:
            return None
        now, self._open = self._open, None
        self.latest = means_by_kind([(kind, future.result()) for kind, future in now.cases])
        minutes = now.elapsed / 60.0
        self.log.note({"step": now.step, "minutes": round(minutes, 3), "measured": self.latest})
        tqdm.write(f"{minutes:.1f} min, step {now.step}: {as_text(self.latest)}")
        return time.monotonic() - now.began

    def close(self) -> None:
        """Give up what is being measured."""
        self._threads.shutdown(cancel_futures=True)

    def _show(self, picture: np.ndarray) -> None:
        content = png_bytes(picture)
        for name in (f"samples-{self.trainer.step:07d}.png", "samples-latest.png"):
            with replaced_when_complete(Path(self.trainer.config.output) / name) as staged:
                staged.write_bytes(content)
        self.log.picture(self.trainer.step, picture)


@contextmanager
def _without_trying() -> Iterator[None]:
    """CUDA takes the convolutions that promise most: to try others for a few cases takes longer than they do."""
    tries, torch.backends.cudnn.benchmark = torch.backends.cudnn.benchmark, False
    try:
        yield
    finally:
        torch.backends.cudnn.benchmark = tries


def _in_turn(cases: list) -> list:
    """Real scans and phantoms by turns, so that the first few of them hold both."""
    kinds = [[case for case in cases if (case.kind == "real") is real] for real in (True, False)]
    places = sorted((place, side) for side, of_kind in enumerate(kinds) for place in range(len(of_kind)))
    return [kinds[side][place] for place, side in places]
