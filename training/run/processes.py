"""The processes of a run that `torchrun` started, and what they tell each other; a run alone is a group of one."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist

from Diff2CTCore.errors import DeviceError, Diff2CTError
from Diff2CTCore.reconstruction import choose_device

PATIENCE = datetime.timedelta(minutes=10)
"""How long a process waits for another: longer than a checkpoint or a picture takes."""


class LostProcessError(Diff2CTError):
    """Another process of the run is gone."""

    kind = "training"


@dataclass(frozen=True)
class Processes:
    """Attributes:
    rank: number of this process, from 0.
    count: of all processes.
    device: of this process.
    """

    rank: int
    count: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this is the process that writes files and speaks."""
        return self.rank == 0

    def mean(self, tensor: torch.Tensor) -> torch.Tensor:
        """The average of a tensor over all processes."""
        if self.count == 1:
            return tensor
        total = tensor.detach().clone()
        dist.all_reduce(total)
        return total / self.count

    def least(self, value: int) -> int:
        """The smallest of a value over all processes."""
        if self.count == 1:
            return value
        smallest = torch.tensor(value, device=self.device)
        dist.all_reduce(smallest, dist.ReduceOp.MIN)
        return int(smallest)

    def mean_number(self, value: float) -> float:
        """The average of a number over all processes, the same in all of them."""
        return value if self.count == 1 else float(self.mean(torch.tensor(value, device=self.device)))

    def any(self, flag: bool) -> bool:
        """Whether a flag is set in any process."""
        if self.count == 1:  # without a tensor, for which a GPU would be waited for
            return flag
        return bool(self.mean(torch.tensor(float(flag), device=self.device)) > 0.0)


def alone(device: str = "auto") -> Processes:
    """A run of one process."""
    return Processes(0, 1, choose_device(device))


@contextmanager
def joined(device: str) -> Iterator[Processes]:
    """The group that this process belongs to; the environment of `torchrun` says which.

    Raises:
        LostProcessError: another process ended, so that this one waits in vain.
    """
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield alone(device)
        return
    place = choose_device(device)
    if place.type == "cuda":
        local = int(os.environ.get("LOCAL_RANK", "0"))
        if local >= torch.cuda.device_count():
            raise DeviceError(f"There are {torch.cuda.device_count()} GPUs; start no more processes per node.")
        place = torch.device("cuda", local)
        torch.cuda.set_device(place)
    dist.init_process_group("nccl" if place.type == "cuda" else "gloo", timeout=PATIENCE)
    try:
        yield Processes(dist.get_rank(), count, place)
    except RuntimeError as error:
        if _is_about_peers(error):
            raise LostProcessError(
                f"Process {dist.get_rank()} lost the others ({str(error).splitlines()[0][:200]}); one of them ended or "
                "the network failed. The last checkpoint is intact: look at the first message above and resume."
            ) from error
        raise
    finally:
        dist.destroy_process_group()


def _is_about_peers(error: RuntimeError) -> bool:
    if isinstance(error, dist.DistError):
        return True
    text = str(error).lower()
    return any(word in text for word in ("gloo", "nccl", "connection closed", "connection reset", "timed out waiting"))
