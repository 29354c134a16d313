"""A step's operations, counted in a process of its own while the training goes on."""

from __future__ import annotations

import multiprocessing
import signal
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .config import TrainConfig


class FlopCount:
    """Counts `flops.step_flops`, which takes seconds, beside the run.

    Args:
        config: with its numbers of examples.
    """

    def __init__(self, config: TrainConfig):
        context = multiprocessing.get_context("spawn")  # a fork of a process that uses CUDA is not safe
        self._receiver, sender = context.Pipe(duplex=False)
        self._process = context.Process(target=_count, args=(config, sender), daemon=True)
        # Ctrl-C reaches every process of a terminal; this one, which inherits that it is ignored, is ended by the run.
        handler = signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._process.start()
        signal.signal(signal.SIGINT, handler)
        sender.close()
        self._found: float | None = None

    def value(self, patience_s: float = 0.0) -> float | None:
        """Operations of a step; None when they are not counted after the seconds that the caller can wait."""
        try:
            if self._found is None and self._receiver.poll(patience_s):
                self._found = self._receiver.recv()
        except (EOFError, OSError):
            return None
        return self._found

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.join()


def _count(config: TrainConfig, sender: Connection) -> None:
    import torch

    from .flops import step_flops

    torch.set_num_threads(1)
    sender.send(step_flops(config))
