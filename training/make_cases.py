"""`python -m training.make_cases CACHE --prepared FOLDER --phantoms N --real M`: fill a cache of training cases.

Cases already there are kept, so an interrupted run goes on where it stopped, and a cache can be
enlarged while a training run reads it.
"""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from Diff2CTCore.networks.diff2ct import Diff2CTConfig

from .bodies import AugmentationRange, RealScan, phantom_body
from .cases import make_case
from .randomisation import GeometryRange

FRONTAL_CHOICES, LATERAL_CHOICES = ("AP", "PA"), ("LL", "RL")
REGIONS = ("lumbar", "thoracolumbar", "thoracic")
VALIDATION_SEED = 1_000_000
"""Phantom seeds from here on are never trained on."""


@dataclass(frozen=True)
class _Job:
    kind: str
    index: int
    path: Path
    scan: Path | None = None
    augmented: bool = True


def _run(job: _Job) -> None:
    import torch

    torch.set_num_threads(1)
    grid, plane = Diff2CTConfig().grid, Diff2CTConfig().plane
    rng = np.random.default_rng([job.index, 0 if job.kind == "phantom" else 2])
    if job.kind == "phantom":
        body = phantom_body(job.index, grid, str(rng.choice(REGIONS)))
    else:
        body = RealScan(job.scan).body(grid, AugmentationRange() if job.augmented else None, rng)
    ranges = GeometryRange()
    sources = [ranges.sample_source(str(rng.choice(views)), rng) for views in (FRONTAL_CHOICES, LATERAL_CHOICES)]
    make_case(body, plane, np.stack(sources)).save(job.path)


def _jobs(arguments) -> list[_Job]:
    jobs = []
    for split, count, first in (
        ("training", arguments.phantoms, arguments.first),
        ("validation", arguments.validation_phantoms, VALIDATION_SEED),
    ):
        folder = arguments.cache / split
        folder.mkdir(parents=True, exist_ok=True)
        seeds = range(first, first + count)
        jobs += [_Job("phantom", seed, folder / f"phantom-{seed:07d}.npz") for seed in seeds]
    if arguments.prepared:
        cards = {path: json.loads(path.read_text()) for path in sorted(arguments.prepared.glob("*.json"))}
        scans = [path.with_suffix(".nii.gz") for path, card in cards.items() if card.get("split") == "train"]
        held_out = [path.with_suffix(".nii.gz") for path, card in cards.items() if card.get("split") == "validation"]
        for index in range(arguments.first, arguments.first + arguments.real):
            scan = scans[index % len(scans)]
            jobs.append(_Job("real", index, arguments.cache / "training" / f"real-{index:07d}.npz", scan))
        for index, scan in enumerate(held_out):
            path = arguments.cache / "validation" / f"real-{index:07d}.npz"
            jobs.append(_Job("real", index, path, scan, augmented=False))
    return [job for job in jobs if not job.path.exists()]


def main(argv: list[str] | None = None) -> int:
    """Fill the cache; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m training.make_cases", description=__doc__.splitlines()[0])
    parser.add_argument("cache", type=Path)
    parser.add_argument("--prepared", type=Path, help="folder written by training.prepare")
    parser.add_argument("--phantoms", type=int, default=0)
    parser.add_argument("--validation-phantoms", type=int, default=0)
    parser.add_argument("--real", type=int, default=0, help="augmented copies of the training scans")
    parser.add_argument("--first", type=int, default=0, help="first seed, to enlarge a cache")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args(argv)
    jobs = _jobs(arguments)
    with ProcessPoolExecutor(arguments.workers) as pool:
        for _ in tqdm(pool.map(_run, jobs), total=len(jobs), unit="case"):
            pass
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
