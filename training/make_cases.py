"""`python -m training.make_cases CACHE --prepared FOLDER --phantoms N --real M`: fill a cache of training cases.

Cases already there are kept, so an interrupted run goes on where it stopped, and a cache can be
enlarged while a training run reads it.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from .command import command
from .data import (
    CACHE_GRID,
    CACHE_PLANE,
    VALIDATION_SEED,
    AugmentationRange,
    CaseError,
    GeometryRange,
    RealScan,
    make_case,
    phantom_body,
)
from .phantom import REGIONS
from .run import TrainConfig, load_config


@dataclass(frozen=True)
class _Job:
    kind: str
    index: int
    path: Path
    geometry: GeometryRange
    augmentation: AugmentationRange
    cameras: int
    scan: Path | None = None
    augmented: bool = True


def _run(job: _Job) -> None:
    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng([job.index, 0 if job.kind == "phantom" else 2])
    if job.kind == "phantom":
        body = phantom_body(job.index, CACHE_GRID, str(rng.choice(REGIONS)), job.augmentation.centre_mm)
    else:
        body = RealScan.read(job.scan).body(CACHE_GRID, job.augmentation if job.augmented else None, rng)
    sources = [job.geometry.sample_pair(rng) for _ in range(job.cameras)]
    make_case(body, CACHE_GRID.spacing_mm, CACHE_PLANE, np.array(sources)).save(job.path)


def _jobs(arguments, config: TrainConfig) -> list[_Job]:
    jobs = []
    common = {"geometry": config.geometry, "augmentation": config.augmentation, "cameras": arguments.cameras}
    held_common = {**common, "cameras": 1}  # only the first pair of a validation case is ever used
    for split, count, first, settings in (
        ("training", arguments.phantoms, arguments.first, common),
        ("validation", arguments.validation_phantoms, VALIDATION_SEED, held_common),
    ):
        folder = arguments.cache / split
        folder.mkdir(parents=True, exist_ok=True)
        seeds = range(first, first + count)
        jobs += [_Job("phantom", seed, folder / f"phantom-{seed:07d}.npz", **settings) for seed in seeds]
    if arguments.prepared:
        scans, held_out = _split_scans(arguments.prepared)
        if arguments.real and not scans:
            raise CaseError(f"{arguments.prepared} holds no training scans; fill it with python -m training.prepare.")
        for index in range(arguments.first, arguments.first + arguments.real):
            path = arguments.cache / "training" / f"real-{index:07d}.npz"
            jobs.append(_Job("real", index, path, scan=scans[index % len(scans)], **common))
        for index, scan in enumerate(held_out):
            path = arguments.cache / "validation" / f"real-{index:07d}.npz"
            jobs.append(_Job("real", index, path, scan=scan, augmented=False, **held_common))
    return [job for job in jobs if not job.path.exists()]


def _split_scans(prepared: Path) -> tuple[list[Path], list[Path]]:
    """Training and validation scans of a prepared folder; CaseError when a patient is in both."""
    splits: dict[str, list[Path]] = {"train": [], "validation": []}
    patients: dict[str, set[str]] = {"train": set(), "validation": set(), "test": set()}
    for path in sorted(item for item in prepared.glob("*.json") if item.name != "datalist.json"):
        try:
            card = json.loads(path.read_text(encoding="utf-8"))
            split, patient = card["split"], card["patient"]
            # A scan that is not to be used is in no split.
            sound = split is None or (split in patients and isinstance(patient, str) and patient)
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _no_card(path) from error
        if not sound:
            raise _no_card(path)
        if split is not None:
            patients[split].add(patient)
        if split in splits:
            splits[split].append(path.with_suffix(".nii.gz"))
    for other in ("validation", "test"):
        shared = sorted(patients["train"] & patients[other])
        if shared:
            raise CaseError(
                f"The patient {shared[0]} is in the training and the {other} split of {prepared}; "
                "run python -m training.prepare again with --resplit."
            )
    return splits["train"], splits["validation"]


def _no_card(path: Path) -> CaseError:
    return CaseError(f"{path} is not the card of a prepared scan; run python -m training.prepare again.")


@command
def main(argv: list[str] | None = None) -> None:
    """Fill the cache."""
    parser = argparse.ArgumentParser(prog="python -m training.make_cases", description=__doc__.splitlines()[0])
    parser.add_argument("cache", type=Path)
    parser.add_argument("--prepared", type=Path, help="folder written by training.prepare")
    parser.add_argument("--phantoms", type=int, default=0)
    parser.add_argument("--validation-phantoms", type=int, default=0)
    parser.add_argument("--real", type=int, default=0, help="augmented copies of the training scans")
    parser.add_argument("--cameras", type=int, default=3, help="pairs of radiographs of each case (default: 3)")
    parser.add_argument("--config", type=Path, help="configuration whose [geometry] and [augmentation] are used")
    parser.add_argument("--first", type=int, default=0, help="first seed, to enlarge a cache")
    parser.add_argument("--workers", type=int, default=2)
    arguments = parser.parse_args(argv)
    if arguments.cameras < 1 or arguments.workers < 1:
        raise CaseError("--cameras and --workers must be at least 1.")
    jobs = _jobs(arguments, load_config(arguments.config) if arguments.config else TrainConfig())
    # A fresh interpreter for each worker: torch does not survive a fork once it has threads.
    with ProcessPoolExecutor(arguments.workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for _ in tqdm(pool.map(_run, jobs), total=len(jobs), unit="case"):
            pass


if __name__ == "__main__":
    raise SystemExit(main())
