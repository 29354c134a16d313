"""`python -m training.flops CONFIG...`: floating-point operations of a training step, to compare methods fairly.

Counted by PyTorch's own counter (matrix products and convolutions, forward and backward; a multiply-add
is two operations) on tensors without memory, so that any configuration is counted on any machine.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode

from Diff2CTCore.errors import Diff2CTError

from .batches import blank_batch
from .config import TrainConfig, load_config
from .fields import ConfigError
from .methods import method_class


def step_flops(config: TrainConfig) -> float:
    """Expected operations of one optimiser step, over all phases, batches and processes together."""
    share = config.data.whole_share
    kinds = [(whole, part) for whole, part in ((True, share), (False, 1.0 - share)) if part > 0.0]
    return config.optimiser.accumulate * sum(part * _batch_flops(config, whole) for whole, part in kinds)


def _batch_flops(config: TrainConfig, whole: bool) -> int:
    device = torch.device("meta")  # tensors with shapes and without numbers
    method = method_class(config.architecture)(config.model, config.loss).to(device)
    batch = blank_batch(config, whole).to(device)
    with FlopCounterMode(display=False) as counter:
        for phase in method.phases:
            parameters = [parameter for module in phase.modules for parameter in module.parameters()]
            own = {id(parameter) for parameter in parameters}
            for parameter in method.parameters():
                parameter.requires_grad_(id(parameter) in own)
            losses = method.losses(batch, torch.Generator(), phase.name)
            torch.autograd.grad(sum(losses.values()), parameters, allow_unused=True)
    return counter.get_total_flops()


def within_budget(config: TrainConfig) -> TrainConfig:
    """The configuration with the steps that its `budget_tflop` allows, if it has one."""
    if config.budget_tflop <= 0.0:
        return config
    steps = int(config.budget_tflop * 1e12 / step_flops(config))
    if steps < 1:
        raise ConfigError(f"The budget of {config.budget_tflop:g} TFLOP does not suffice for one step; raise it.")
    return replace(config, steps=steps)


def main(argv: list[str] | None = None) -> int:
    """Print a table; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.flops", description=__doc__.splitlines()[0])
    parser.add_argument("configs", type=Path, nargs="+")
    arguments = parser.parse_args(argv)
    try:
        for path in arguments.configs:
            config = within_budget(load_config(path))
            each = step_flops(config) / 1e12
            print(f"{path}: {each:.4g} TFLOP a step, {config.steps} steps, {each * config.steps:.4g} TFLOP")
    except Diff2CTError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
