"""`python -m training.try_device CONFIG [--pack PACK] [--sizes 4 8 16]`: what a device does with a configuration.

A look of a minute before a long run: seconds to load the data, for each size of a batch the time to make one, the time
of a step and the memory it needs, then a checkpoint and an export. All is done as a run does it; nothing is kept.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import torch

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.storage import check_output_path, private_folder, write_json

from .command import command
from .run import (
    Exporter,
    TrainConfig,
    Trainer,
    alone,
    load_config,
    process_start,
    save_checkpoint,
    step_flops,
    use_fast_arithmetic,
)

UNNAMED_SOURCE = [{"name": "trial", "licence": "none", "citation": "none"}]


@command
def main(argv: list[str] | None = None) -> None:
    """Print what was measured, a line each."""
    parser = argparse.ArgumentParser(prog="python -m training.try_device", description=__doc__.splitlines()[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--pack", help="instead of the configuration's data.pack")
    parser.add_argument("--device", help="instead of the configuration's device: auto, cpu or cuda")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[0], help="volumes a batch; 0 (default): as many as fit"
    )
    parser.add_argument("--steps", type=int, default=20, help="steps of each size (default: 20)")
    parser.add_argument("-o", "--output", type=Path, help="JSON file with the same numbers")
    arguments = parser.parse_args(argv)
    if min(arguments.sizes) < 0 or arguments.steps < 2:
        raise Diff2CTError("Sizes must not be negative, and at least 2 steps are needed to time one.")
    config = load_config(arguments.config)
    if arguments.pack:
        config = replace(config, data=replace(config.data, pack=arguments.pack))
    config = replace(config, device=arguments.device or config.device)
    output = check_output_path(arguments.output, (".json",)) if arguments.output else None
    found = try_device(config, arguments.sizes, arguments.steps, lambda line: print(line, flush=True))
    if output:
        write_json(output, found)


def try_device(config: TrainConfig, sizes: list[int], steps: int, tell: Callable[[str], None]) -> dict:
    """Measure; {"device", "start_seconds", "sizes": [one dict each], "checkpoint_seconds", "export_seconds"}.

    Args:
        config: of a run on whole volumes.
        sizes: volumes a batch; 0 for as many as fit.
        steps: of each size; the first is not timed.
        tell: called with each line to read.

    Raises:
        Diff2CTError: as a run.
    """
    processes = alone(config.device)
    if processes.device.type == "cuda":
        use_fast_arithmetic()
    trainer = None
    config = replace(config, data=replace(config.data, volumes=sizes[0], whole_share=1.0))
    try:
        trainer = Trainer(config, processes)
        found = {"device": _name(processes.device), "start_seconds": time.monotonic() - process_start(), "sizes": []}
        tell(f"{found['device']}: the start took {found['start_seconds']:.1f} s")
        for size in sizes:
            if size:
                data = replace(trainer.config.data, volumes=size)
                trainer.config = trainer.source.config = replace(trainer.config, data=data)
            found["sizes"].append(_one_size(trainer, steps))
            tell(_line(found["sizes"][-1]))
        found |= _endings(trainer)
        tell(f"a checkpoint takes {found['checkpoint_seconds']:.1f} s, an export {found['export_seconds']:.1f} s")
        return found
    except torch.OutOfMemoryError:
        raise Diff2CTError("The device's memory does not hold a batch of that size; give smaller --sizes.") from None
    finally:
        if trainer:
            trainer.source.close()


def _one_size(trainer: Trainer, steps: int) -> dict:
    device, volumes = trainer.device, trainer.config.data.volumes
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    trainer.train_step()
    _wait(device)
    began = time.monotonic()
    for _ in range(steps - 1):
        trainer.train_step()
    _wait(device)
    step = (time.monotonic() - began) / (steps - 1)
    began, batches = time.monotonic(), min(steps, 5)
    for number in range(batches):
        trainer.source.batch(number)
    _wait(device)
    batch = (time.monotonic() - began) / batches
    flop = step_flops(trainer.config)
    memory = torch.cuda.max_memory_allocated(device) / 2**30 if device.type == "cuda" else None
    return {
        "volumes": volumes,
        "step_seconds": step,
        "batch_seconds": batch,
        "volumes_a_second": volumes / step,
        "tflop_a_second": flop / step / 1e12,
        "memory_gib": memory,
    }


def _line(found: dict) -> str:
    memory = "" if found["memory_gib"] is None else f", {found['memory_gib']:.1f} GiB"
    return (
        f"{found['volumes']} volumes: a step {found['step_seconds']:.3f} s "
        f"(of it the batch {found['batch_seconds']:.3f} s), "
        f"{found['volumes_a_second']:.2f} volumes/s, {found['tflop_a_second']:.2f} TFLOP/s{memory}"
    )


def _endings(trainer: Trainer) -> dict:
    with private_folder(Path.cwd()) as folder:
        began = time.monotonic()
        made = trainer.checkpoint()
        save_checkpoint(folder / "checkpoint.safetensors", made.groups, made.state)
        checkpoint = time.monotonic() - began
        began = time.monotonic()
        sources = trainer.sources or UNNAMED_SOURCE
        config = replace(trainer.config, output=str(folder), name="trial")
        Exporter(config, sources).write(trainer.average, trainer.step, 0.0)
        return {"checkpoint_seconds": checkpoint, "export_seconds": time.monotonic() - began}


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else f"CPU, {torch.get_num_threads()} threads"


if __name__ == "__main__":
    raise SystemExit(main())
