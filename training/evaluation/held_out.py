"""Held-out cases: phantoms drawn by seed, and crops of real scans that no model was trained on."""

from __future__ import annotations

import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from tqdm import tqdm

from Diff2CTCore.errors import Diff2CTError

from ..data import CACHE_GRID, CACHE_PLANE, AugmentationRange, GeometryRange, RealScan, make_case, phantom_body
from ..phantom import REGIONS

TEST_SEED = 2_000_000
"""Phantom seeds from here on are neither trained on nor used to choose between models."""

SETS = ("phantom", "real")
UNCHANGED = AugmentationRange(turn_deg=0.0, scale=0.0, centre_mm=0.0, bone_gain=0.0, mirror=0.0, elastic_mm=0.0)
DATALIST = "datalist.json"


@dataclass(frozen=True)
class _Draw:
    """A case to be made: a phantom (`scan` is None) or a crop of a scan at a random height of its spine."""

    path: Path
    seed: int
    scan: Path | None = None


def find_cases(source: Path, cache: Path, crops: int = 3, workers: int = 2) -> dict[str, list[Path]]:
    """{set: case files} of a folder or a datalist.

    Args:
        source: a folder of cases (`phantom-*.npz`, `real-*.npz`); a JSON file {"phantom": [...], "real": [...]} whose
            entries are case files relative to it; or what `training.prepare` wrote (its folder or its datalist), of
            which the scans of the split `test`, or else `validation`, are cut.
        cache: where crops of scans are kept.
        crops: number of crops of each scan.
        workers: processes.

    Raises:
        Diff2CTError: nothing is found there, or the datalist is not of that form.
    """
    source = Path(source)
    datalist = source / DATALIST if (source / DATALIST).is_file() else source
    if datalist.is_file():
        sections = _sections(datalist)
        if set(sections) <= set(SETS):
            found = {kind: [datalist.parent / name for name in sections.get(kind, [])] for kind in SETS}
        else:
            scans = [datalist.parent / name for name in sections.get("test") or sections.get("validation", [])]
            found = {"real": real_crops(scans, cache, crops, workers)}
    else:
        found = {kind: sorted(source.glob(f"{kind}-*.npz")) for kind in SETS}
    found = {kind: files for kind, files in found.items() if files}
    missing = next((file for files in found.values() for file in files if not file.is_file()), None)
    if missing:
        raise Diff2CTError(f"The case {missing} is missing; correct {datalist}.")
    if not found:
        raise Diff2CTError(
            f"{source} holds no held-out cases; give a folder of phantom-*.npz and real-*.npz, or one that "
            "training.prepare wrote, with scans in the split test or validation."
        )
    return found


def held_out_phantoms(count: int, cache: Path, workers: int = 2) -> list[Path]:
    """The first `count` held-out phantoms, drawn where the cache lacks them; the same on every machine."""
    seeds = range(TEST_SEED, TEST_SEED + count)
    return _draw([_Draw(Path(cache) / f"phantom-{seed}.npz", seed) for seed in seeds], workers)


def real_crops(scans: list[Path], cache: Path, crops: int = 3, workers: int = 2) -> list[Path]:
    """Crops of prepared scans at random heights along their spines, neither turned nor scaled."""
    draws = [
        _Draw(Path(cache) / f"real-{scan.name.split('.')[0]}-{index}.npz", index, scan)
        for scan in scans
        for index in range(crops)
    ]
    return _draw(draws, workers)


def _draw(draws: list[_Draw], workers: int) -> list[Path]:
    missing = [draw for draw in draws if not draw.path.exists()]
    for draw in missing:
        draw.path.parent.mkdir(parents=True, exist_ok=True)
    if len(missing) > 1 and workers > 1:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            list(tqdm(pool.map(_make, missing), total=len(missing), desc="draw cases", unit="case"))
    else:
        for draw in missing:
            _make(draw)
    return [draw.path for draw in draws]


def _make(draw: _Draw) -> None:
    import torch

    torch.set_num_threads(1)
    rng = np.random.default_rng([draw.seed, 3])
    if draw.scan is None:
        body = phantom_body(draw.seed, CACHE_GRID, str(rng.choice(REGIONS)))
    else:
        body = RealScan.read(draw.scan).body(CACHE_GRID, UNCHANGED, rng)
    sources = GeometryRange().sample_pair(rng)[None]
    make_case(body, CACHE_GRID.spacing_mm, CACHE_PLANE, sources).save(draw.path)


def _sections(path: Path) -> dict[str, list[str]]:
    """{section: files} of a datalist; a patient may not be both in `training` and held out."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        entries = {section: [_entry(item) for item in items] for section, items in data.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Diff2CTError(
            f"The datalist {path} cannot be used ({error}); it must be a JSON object of lists of files."
        ) from error
    trained = {patient for _, patient in entries.pop("training", []) if patient}
    shared = sorted(trained & {patient for items in entries.values() for _, patient in items})
    if shared:
        raise Diff2CTError(
            f"The patient {shared[0]} is both in training and held out in {path}; prepare the data with --resplit."
        )
    return {section: [file for file, _ in items] for section, items in entries.items()}


def _entry(item: str | dict) -> tuple[str, str | None]:
    file, patient = (item["image"], item.get("patient")) if isinstance(item, dict) else (item, None)
    if not isinstance(file, str):
        raise TypeError(f"{json.dumps(item)[:80]} names no file")
    return file, None if patient is None else str(patient)
