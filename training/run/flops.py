"""Floating-point operations and memory of a training step.

Operations serve to compare methods fairly. They are counted by PyTorch's own counter (matrix products and
convolutions, forward and backward; a multiply-add is two operations). Memory is what a step must hold at
least. Both are found on tensors without numbers, so that any configuration is counted on any machine.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import torch
from torch.utils.flop_counter import FlopCounterMode

from ..data import DataConfig, blank_batch
from ..methods import method_class
from .config import TrainConfig
from .fields import ConfigError

FLOAT32_BYTES = 4

COPIES = 5
"""Of each weight: itself, its gradient, the optimiser's two moments, its moving average."""


def step_flops(config: TrainConfig) -> float:
    """Expected operations of one optimiser step, over all phases, batches and processes together."""
    return config.optimiser.accumulate * sum(part * _batch_cost(config, whole)[0] for whole, part in _kinds(config))


def step_memory(config: TrainConfig) -> float:
    """Bytes of one process: weights, their copies, and what is stored for the backward pass in single precision.

    Bfloat16 needs about half of the latter; work space comes on top.
    """
    method = method_class(config.architecture)(config.model, config.loss)
    weights = COPIES * FLOAT32_BYTES * sum(parameter.numel() for parameter in method.parameters())
    return weights + max(_batch_cost(config, whole)[1] for whole, _ in _kinds(config))


def _kinds(config: TrainConfig) -> list[tuple[bool, float]]:
    """(whole volumes or crops, their share of the batches) of the kinds of batches that occur."""
    share = config.data.whole_share
    return [(whole, part) for whole, part in ((True, share), (False, 1.0 - share)) if part > 0.0]


def _batch_cost(config: TrainConfig, whole: bool) -> tuple[int, int]:
    """Operations of a batch, and the most bytes that a phase of it stores for its backward pass.

    Where the number of examples is not known before a run, those of one.
    """
    data = config.data
    sizes = {"volumes": max(1, data.volumes), "crops": max(1, data.crops), "crop_blocks": data.crop_blocks}
    part = DataConfig(whole_share=1.0, **sizes)
    return _counted(
        TrainConfig(architecture=config.architecture, model=config.model, loss=config.loss, data=part), whole
    )


@cache
def _counted(config: TrainConfig, whole: bool) -> tuple[int, int]:
    """`_batch_cost` of a configuration in which all that it does not depend on is as it is by default.

    Kept, for a run asks for it up to three times (budget, log, card), and each count takes up to seconds.
    """
    device = torch.device("meta")  # tensors with shapes and without numbers
    method = method_class(config.architecture)(config.model, config.loss).to(device)
    batch = blank_batch(config, whole).to(device)
    most = 0
    with FlopCounterMode(display=False) as counter:
        for phase in method.phases:
            parameters = [parameter for module in phase.modules for parameter in module.parameters()]
            own = {id(parameter) for parameter in parameters}
            for parameter in method.parameters():
                parameter.requires_grad_(id(parameter) in own)
            stored: dict[int, torch.UntypedStorage] = {}

            def store(tensor: torch.Tensor, stored=stored) -> torch.Tensor:
                storage = tensor.untyped_storage()
                stored[storage._cdata] = storage  # held, so that its number is not given to another
                return tensor

            with torch.autograd.graph.saved_tensors_hooks(store, lambda tensor: tensor):
                losses = method.losses(batch, torch.Generator(), phase.name)
            torch.autograd.grad(sum(losses.values()), parameters, allow_unused=True)
            most = max(most, sum(storage.nbytes() for storage in stored.values()))
    return counter.get_total_flops(), most


def within_budget(config: TrainConfig) -> TrainConfig:
    """The configuration with the steps that its `budget_tflop` allows, if it has one."""
    if config.budget_tflop <= 0.0:
        return config
    steps = int(config.budget_tflop * 1e12 / step_flops(config))
    if steps < 1:
        raise ConfigError(f"The budget of {config.budget_tflop:g} TFLOP does not suffice for one step; raise it.")
    return replace(config, steps=steps)
