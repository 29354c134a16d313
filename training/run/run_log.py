"""The log of a run: `log.jsonl`, and TensorBoard's files beside it where TensorBoard is installed."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from Diff2CTCore.storage import output_errors, replaced_when_complete

LOG_FILE = "log.jsonl"


class RunLog:
    """Args:
    folder: of the run.
    step: at which it begins; what an interrupted run logged after its checkpoint is dropped.
    every: steps whose losses are averaged to one line.
    active: whether this process writes at all.
    """

    def __init__(self, folder: Path, step: int, every: int, active: bool = True):
        self.path = folder / LOG_FILE
        self.every, self.active = every, active
        self._losses: list[Mapping[str, torch.Tensor | float]] = []
        self._since = time.monotonic()
        self._board = None
        if active:
            self._drop_after(step)
            self._board = _tensorboard(folder, step)

    def __enter__(self) -> RunLog:
        return self

    def __exit__(self, failure: type[BaseException] | None, *_) -> None:
        if self._board is not None:
            # TensorBoard writes in a thread of its own and fails here; what failed before it is told instead.
            with contextlib.suppress(OSError) if failure else output_errors(self.path.parent):
                self._board.close()

    def note(self, entries: dict) -> None:
        """Write plain values as a line of their own."""
        self._write(entries)

    def add(self, step: int, losses: Mapping[str, torch.Tensor | float]) -> dict[str, float] | None:
        """Count the losses of a step that was done; when it is time, writes their means and returns them.

        Tensors are read only then, for that waits for the device.
        """
        self._losses.append(losses)
        if step % self.every:
            return None
        means = {
            name: float(torch.stack([torch.as_tensor(found[name]).double() for found in self._losses]).mean())
            for name in losses
        }
        pace = (time.monotonic() - self._since) / len(self._losses)
        self._write({"step": step, "seconds_per_step": round(pace, 3), **means})
        if self._board is not None:
            for name, value in means.items():
                self._board.add_scalar(f"loss/{name}", value, step)
            self._board.add_scalar("seconds_per_step", pace, step)
        self._losses, self._since = [], time.monotonic()
        return means

    def picture(self, step: int, grey: np.ndarray) -> None:
        """Add a picture, uint8 (rows, columns), to TensorBoard if there is one."""
        if self._board is not None:
            self._board.add_image("samples", grey, step, dataformats="HW")

    def _write(self, values: dict) -> None:
        if not self.active:
            return
        with output_errors(self.path), open(self.path, "a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")

    def _drop_after(self, step: int) -> None:
        if not self.path.exists():
            return
        kept = []
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                values = json.loads(line)
            except ValueError:
                continue  # half a line of a run that was killed
            if values.get("step", 0) <= step:
                kept.append(line)
        with replaced_when_complete(self.path) as staged:
            staged.write_text("".join(line + "\n" for line in kept), encoding="utf-8")


def _tensorboard(folder: Path, step: int):
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1)
