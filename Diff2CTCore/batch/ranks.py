"""Sharing work among the processes that `torchrun` starts, on one machine or many."""

from __future__ import annotations

import datetime
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from ..errors import Diff2CTError

LONGEST_WAIT = datetime.timedelta(days=30)
"""How long a process that is done waits for the others."""


class RankError(Diff2CTError):
    """RANK and WORLD_SIZE contradict each other."""

    kind = "usage"


@dataclass(frozen=True)
class Ranks:
    """Which process this is.

    Attributes:
        rank: 0 to `world` - 1.
        world: number of processes.
        local_rank: its number on this machine.
    """

    rank: int = 0
    world: int = 1
    local_rank: int = 0

    def __post_init__(self):
        if not 0 <= self.rank < self.world or self.local_rank < 0:
            raise RankError(
                f"RANK is {self.rank} and WORLD_SIZE is {self.world}; set both with RANK below WORLD_SIZE, or neither."
            )

    @classmethod
    def from_environment(cls) -> Ranks:
        """From RANK, WORLD_SIZE and LOCAL_RANK; alone where the first two are not set.

        Raises:
            RankError: one of the two is missing, or a value is no whole number.
        """
        values = {name: os.environ.get(name, "").strip() for name in _VARIABLES}
        rank, world = values["RANK"], values["WORLD_SIZE"]
        if not rank and not world:
            return cls()
        if not rank or not world:
            missing = "WORLD_SIZE" if rank else "RANK"
            raise RankError(
                f"{missing} is not set although its counterpart is; set both RANK and WORLD_SIZE, or neither."
            )
        # On one machine the two numbers are the same.
        values["LOCAL_RANK"] = values["LOCAL_RANK"] or rank
        if not all(re.fullmatch(r"[0-9]{1,9}", value) for value in values.values()):
            raise RankError("RANK, WORLD_SIZE and LOCAL_RANK must be whole numbers; set or unset them.")
        return cls(*(int(values[name]) for name in _VARIABLES))

    def share(self, items: Sequence) -> list:
        """The items of this process: every `world`-th one."""
        return list(items[self.rank :: self.world])

    def device(self, name: str) -> str:
        """The device of this process where "auto" was chosen and several processes share the GPUs of a machine."""
        if name != "auto" or self.world == 1:
            return name
        import torch

        count = torch.cuda.device_count()
        return f"cuda:{self.local_rank % count}" if count else name

    @contextmanager
    def ending_together(self) -> Iterator[None]:
        """Under torchrun, wait at the end for the other processes: it ends all of them when one of them fails."""
        if self.world == 1:
            yield
            return
        from torch import distributed

        if not distributed.is_torchelastic_launched():
            yield
            return
        distributed.init_process_group("gloo", timeout=LONGEST_WAIT)
        try:
            yield
            distributed.barrier()
        finally:
            distributed.destroy_process_group()


_VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK")
