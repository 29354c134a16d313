"""As many examples in a batch as the GPU's memory holds."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace

import torch

from Diff2CTCore.errors import DeviceError

from ..data import blank_batch
from ..methods import method_class
from .config import TrainConfig
from .phase_run import PhaseRun
from .precision import uses_bfloat16
from .processes import Processes

MEMORY_SHARE = 0.85
"""Of the free memory is used: sampling, fragments and libraries need the rest."""

KINDS = {"volumes": True, "crops": False}
"""Field of `[data]` to whether its batches hold whole volumes."""


def with_batch_sizes(config: TrainConfig, processes: Processes) -> TrainConfig:
    """The configuration with numbers for `data.volumes` and `data.crops` where they are 0.

    On CUDA they are measured; elsewhere they are 1. All processes take the smallest that one of them finds.

    Raises:
        DeviceError: the memory does not hold one example.
    """
    for name, whole in KINDS.items():
        if getattr(config.data, name):
            continue
        occurs = config.data.whole_share > 0.0 if whole else config.data.whole_share < 1.0
        count = 1
        if occurs and processes.device.type == "cuda":
            meter = StepMeter(config, name, processes)
            count = processes.least(largest_batch(meter.peak, meter.free, config.data.batch_limit))
            del meter
            gc.collect()
            torch.cuda.empty_cache()
        config = replace(config, data=replace(config.data, **{name: count}))
    return config


def largest_batch(peak: Callable[[int], int], free: int, limit: int) -> int:
    """The most examples in a batch, by what a step with one and with two needs and by a step with that many.

    Args:
        peak: the most bytes that a step with some examples holds at a time; raises `torch.OutOfMemoryError`.
        free: bytes that there are.
        limit: the most examples that are wanted.

    Raises:
        DeviceError: not even one fits.
    """
    allowed = MEMORY_SHARE * free
    one = _peak_or_none(peak, 1)
    if one is None:
        raise DeviceError(
            f"The memory of {free / 2**30:.1f} GiB does not hold a step with one case; take a GPU with more, or a "
            "smaller model."
        )
    two = _peak_or_none(peak, 2) if limit > 1 else None
    if two is None or two > allowed:
        return 1
    each = max(two - one, 1)
    count = min(limit, 2 + int((allowed - two) // each))
    while count > 2:
        found = _peak_or_none(peak, count)
        if found is not None and found <= allowed:
            break
        # One fewer where it was nearly right; what does not run at all is far off.
        count = count - 1 if found is not None else count // 2
    return max(count, 2)


def _peak_or_none(peak: Callable[[int], int], count: int) -> int | None:
    try:
        return peak(count)
    except torch.OutOfMemoryError:
        pass  # what the failed step held is free only when the exception is gone
    torch.cuda.empty_cache()
    return None


class StepMeter:
    """What a step needs, on a model of its own, so that the run's weights stay as they are.

    Args:
        config: of the run.
        name: "volumes" or "crops".
        processes: whose device is measured.

    Attributes:
        free: bytes on the device that PyTorch holds or may take.
    """

    def __init__(self, config: TrainConfig, name: str, processes: Processes):
        self.config, self.name, self.device = config, name, processes.device
        alone = Processes(0, 1, processes.device)
        self.free = torch.cuda.mem_get_info(self.device)[0] + torch.cuda.memory_reserved(self.device)
        self._method = method_class(config.architecture)(config.model, config.loss).to(self.device)
        self._average = [value.clone() for value in self._method.network.state_dict().values()]
        self._phases = [PhaseRun(self._method, phase, config.optimiser, alone) for phase in self._method.phases]

    def peak(self, count: int) -> int:
        """The most bytes held at a time in a step with `count` examples, optimiser and averaged weights included."""
        config = replace(self.config, data=replace(self.config.data, **{self.name: count}))
        self._method.zero_grad(set_to_none=True)
        # Where CUDA tries convolutions, it does so for the batch that is likely to stay.
        benchmark = torch.backends.cudnn.benchmark
        torch.backends.cudnn.benchmark = benchmark and count > 2
        batch = blank_batch(config, KINDS[self.name]).to(self.device)
        torch.cuda.reset_peak_memory_stats(self.device)
        try:
            for run in self._phases:
                with torch.autocast(self.device.type, torch.bfloat16, enabled=uses_bfloat16(config, self.device)):
                    run.step([(0, batch)], config.loss, 0.0)
            self._method.finish_step(lambda tensor: tensor)
            torch.cuda.synchronize(self.device)
        finally:
            torch.backends.cudnn.benchmark = benchmark
        return torch.cuda.max_memory_allocated(self.device)
