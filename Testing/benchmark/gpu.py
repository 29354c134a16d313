"""What a GPU is worth: reconstruction, samples, DRR, lift and training step on it and on the CPU of the same machine.

    python Testing/benchmark/gpu.py FOLDER

Needs PyTorch, NumPy, SciPy, safetensors and tqdm, and two minutes; writes gpu.json and gpu.md to FOLDER. With --device
cpu it compares the CPU with itself, which shows that it works.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import torch

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "cuda"), str(HERE.parents[1])]

from rows import TIMES_FASTER, Goal, Row, row, table  # noqa: E402
from synthetic_pair import radiograph_pair  # noqa: E402
from timing import alternate  # noqa: E402

SAMPLES, CHANNELS, SIDE, ROUNDS = 8, 32, 128, 3


def main(argv: list[str] | None = None) -> None:
    """Measure, write, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="for gpu.json and gpu.md")
    parser.add_argument("--device", default="cuda", help="default: %(default)s")
    parser.add_argument("--quick", action="store_true", help="the smallest problems: whether it runs, not how fast")
    arguments = parser.parse_args(argv)
    device = torch.device(arguments.device)
    if device.type == "cuda" and not torch.cuda.is_available():
        sys.exit("PyTorch finds no GPU on this machine; give --device cpu to see whether the script works.")
    rows = measure(device, arguments.quick)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "the CPU itself"
    heading = f"Measured on {name}, against {torch.get_num_threads()} threads of its CPU, PyTorch {torch.__version__}."
    text = f"{heading}\n\n{table(rows)}\n"
    arguments.folder.mkdir(parents=True, exist_ok=True)
    values = [item.to_dict() for item in rows]
    (arguments.folder / "gpu.json").write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
    (arguments.folder / "gpu.md").write_text(text, encoding="utf-8")
    print(text)


def measure(device: torch.device, quick: bool) -> list[Row]:
    """A row for each kind of work."""
    side, rounds = (32, 1) if quick else (SIDE, ROUNDS)
    works = {
        "reconstruction of a pair in memory, default quality": lambda place: _reconstruction(place, 1, quick),
        f"the same with {SAMPLES} samples": lambda place: _reconstruction(place, SAMPLES, quick),
        f"DRR forward, {side}^3 volume, two {2 * side} x {2 * side} detectors": lambda place: _drr(place, side, False),
        "DRR forward and backward": lambda place: _drr(place, side, True),
        f"lift of two views, {CHANNELS} channels to {side}^3": lambda place: _lift(place, side),
        "training step of default on one crop": lambda place: _training_step(place, quick),
    }
    rows = []
    for name, prepare in works.items():
        ours, theirs = (_waited_for(prepare(place), place) for place in (device, torch.device("cpu")))
        rows.append(row(name, "the CPU", Goal(TIMES_FASTER, 1.0), *alternate(ours, theirs, rounds)))
    return rows


def _waited_for(work, device: torch.device):
    def run():
        work()
        if device.type == "cuda":
            torch.cuda.synchronize(device)

    return run


def _reconstruction(device: torch.device, samples: int, quick: bool):
    from Diff2CTCore.models import load_model
    from Diff2CTCore.reconstruction import Settings, reconstruct

    frontal, lateral, geometry = radiograph_pair()
    model = _small_model() if quick else load_model()
    settings = Settings(samples=samples, device=str(device))
    return lambda: reconstruct(frontal, lateral, geometry, model, settings)


def _small_model():
    import tempfile

    sys.path.insert(0, str(HERE.parent / "core"))
    from small_model import save_small_model

    from Diff2CTCore.models import load_model

    with tempfile.TemporaryDirectory() as folder:
        return load_model(save_small_model(Path(folder) / "small"))


def _drr(device: torch.device, side: int, backward: bool):
    from Diff2CTCore.geometry import ViewGeometry, VolumeGrid, project

    pixels, grid = 2 * side, VolumeGrid((side,) * 3, 256.0 / side)
    views = [ViewGeometry(name, pixels, pixels, (360.0 / pixels,) * 2) for name in ("AP", "LL")]
    density = torch.rand(1, 1, *grid.shape, generator=torch.Generator().manual_seed(0)).to(device).div_(100.0)

    def run():
        with torch.set_grad_enabled(backward):
            variable = density.clone().requires_grad_(backward)
            total = sum(project(variable, grid, view).square().sum() for view in views)
            if backward:
                total.backward()

    return run


def _lift(device: torch.device, side: int):
    from Diff2CTCore.geometry import VolumeGrid, grid_axes_mm, lift_from_iso_plane

    grid = VolumeGrid((side,) * 3, 256.0 / side)
    count = side * 5 // 4
    features = torch.rand(1, CHANNELS, count, count, generator=torch.Generator().manual_seed(0)).to(device)
    places = ((torch.arange(count, device=device) - (count - 1) / 2.0) * grid.spacing_mm,) * 2
    axes = grid_axes_mm(grid, device)
    sources = torch.tensor([[[0.0, -900.0, 0.0]], [[0.0, 0.0, -900.0]]], device=device)

    def run():
        with torch.no_grad():
            for index, source in enumerate(sources):
                lift_from_iso_plane(features, *places, source, index == 0, axes)

    return run


def _training_step(device: torch.device, quick: bool):
    from dataclasses import replace

    from training_step import CONFIGURATION, own_step, random_batch

    from training.run import load_config

    config = load_config(CONFIGURATION)
    config = replace(config, data=replace(config.data, crops=1, crop_blocks=4 if quick else config.data.crop_blocks))
    if quick:
        # In bfloat16 the CPU's convolutions give gradients that are not numbers on grids as small as these.
        config = replace(config, precision="float32")
    return own_step(config, random_batch(config).to(device), str(device))[0]


if __name__ == "__main__":
    main()
