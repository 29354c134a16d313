"""Run methods over cases: each method in processes of its own, each case once."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from Diff2CTCore.geometry import IsoPlane, VolumeGrid

from ..data import UNKNOWN_HU, TrainingCase
from .case_metrics import case_metrics, known_slab
from .cost import measured_cost
from .features import feature_networks, file_sha256, volume_features
from .observation import Observation, observe
from .reconstructors import MethodSpec, Reconstructor, load_reconstructor
from .results import TRUTH, CaseResult, ResultStore
from .slices import middle_slices


@dataclass(frozen=True)
class RunSettings:
    """Attributes:
    workers: processes; 1 works in the calling one.
    seed: of the samples.
    inception_weights: file with InceptionV3's weights, for the usual FID.
    store: folder of finished results, or None to keep none.
    features: whether to take the features of slices, for Frechet distances.
    """

    workers: int = 2
    seed: int = 0
    inception_weights: Path | None = None
    store: Path | None = None
    features: bool = True


@dataclass(frozen=True)
class CaseTask:
    """A case to be worked on by the method that the process holds."""

    case: Path
    grid: VolumeGrid
    plane: IsoPlane

    def rng(self, seed: int) -> np.random.Generator:
        """The case's own random numbers, the same in whatever order cases are worked on."""
        return np.random.default_rng([seed, zlib.crc32(self.case.stem.encode())])


class _TruthReconstructor:
    """Stands in for a method, so that the truth's features and pictures are taken like all others."""

    evaluations = 0

    def __init__(self):
        self.truth = np.empty(0)

    def __call__(self, observation: Observation, seed: int, start: float | None = None) -> np.ndarray:
        return np.where(self.truth == UNKNOWN_HU, -1000, self.truth).astype(np.float32)


_held: dict[str, Any] = {}
"""What a process keeps between cases: the method, and the feature networks."""


def _prepare(spec: MethodSpec | None, grid: VolumeGrid, threads: int, networks: bool, weights: Path | None) -> None:
    if threads:
        torch.set_num_threads(threads)
    _held["method"] = _TruthReconstructor() if spec is None else load_reconstructor(spec, grid)
    _held["networks"] = feature_networks(weights) if networks else []


def _measure(seed: int, task: CaseTask) -> CaseResult:
    """Reconstruct and compare one case."""
    method = _held["method"]
    truth, observation = observe(TrainingCase.load(task.case), task.grid, task.plane)
    if isinstance(method, _TruthReconstructor):
        method.truth = truth
    with measured_cost() as cost:
        hu = method(observation, seed)
    values = case_metrics(hu, truth, task.grid, observation)
    values |= {"network_evaluations": float(method.evaluations), **cost}
    slab = hu[known_slab(truth)]
    features = {network.metric: volume_features(network, slab) for network in _held["networks"]}
    return CaseResult(task.case.stem, values, features, middle_slices(hu))


def _call(work: Callable[[Reconstructor, CaseTask], Any], task: CaseTask) -> Any:
    return work(_held["method"], task)


def over_cases(
    spec: MethodSpec,
    tasks: list[CaseTask],
    work: Callable[[Reconstructor, CaseTask], Any],
    workers: int,
) -> list[Any]:
    """`work(method, task)` of each case in processes that hold the method; `work` must be picklable."""
    return list(_iterate(spec, tasks, partial(_call, work), workers, False, None, spec.name))


def evaluate_method(
    spec: MethodSpec | None, cases: list[Path], grid: VolumeGrid, plane: IsoPlane, settings: RunSettings
) -> list[CaseResult]:
    """One method (None: the truth itself) on all cases, in their order; stored results are taken over."""
    name = TRUTH if spec is None else spec.name
    weights = settings.inception_weights
    identity = name if spec is None or spec.model is None else f"{spec.weights_sha256} {spec.sampling}"
    dependencies = [identity, repr(grid), repr(plane), str(settings.seed), str(settings.features), file_sha256(weights)]
    store = ResultStore(settings.store) if settings.store else None
    paths = {case: store.path(case, *dependencies) for case in cases} if store else {}
    found = {case: store.load(paths[case]) if store else None for case in cases}
    missing = [case for case in cases if found[case] is None]
    tasks = [CaseTask(case, grid, plane) for case in missing]
    measure = partial(_measure, settings.seed)
    results = _iterate(spec, tasks, measure, settings.workers, settings.features, weights, name)
    for case, result in zip(missing, results, strict=True):
        found[case] = result
        if store:
            store.save(paths[case], result)
    return [found[case] for case in cases]


def _iterate(
    spec: MethodSpec | None,
    tasks: list[CaseTask],
    function: Callable[[CaseTask], Any],
    workers: int,
    networks: bool,
    weights: Path | None,
    label: str,
) -> Iterable[Any]:
    """Results in the order of the tasks, each as soon as it and those before it are there."""
    if not tasks:
        return
    bar = partial(tqdm, total=len(tasks), desc=label, unit="case")
    if workers <= 1:
        _prepare(spec, tasks[0].grid, 0, networks, weights)
        yield from bar(map(function, tasks))
        return
    threads = max(1, torch.get_num_threads() // workers)
    initial = (spec, tasks[0].grid, threads, networks, weights)
    # Fresh processes for each method: what one leaves in memory must not count for the next.
    with ProcessPoolExecutor(workers, get_context("spawn"), _prepare, initial) as pool:
        yield from bar(pool.map(function, tasks))
