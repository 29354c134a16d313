"""`python -m training.flops CONFIG...`: floating-point operations and memory of a training step.

What they mean, and how they are counted, is told in `training.run.flops`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from .command import command
from .run import load_config, step_flops, step_memory, within_budget


@command
def main(argv: list[str] | None = None) -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(prog="python -m training.flops", description=__doc__.splitlines()[0])
    parser.add_argument("configs", type=Path, nargs="+")
    arguments = parser.parse_args(argv)
    for path in arguments.configs:
        config = within_budget(load_config(path))
        each = step_flops(config) / 1e12
        print(
            f"{path}: {each:.4g} TFLOP a step, {config.steps} steps, {each * config.steps:.4g} TFLOP; "
            f"{step_memory(config) / 1e9:.3g} GB in float32",
            flush=True,
        )


if __name__ == "__main__":
    raise SystemExit(main())
