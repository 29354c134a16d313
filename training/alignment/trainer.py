"""Training of the two networks of the alignment on a CPU, for as long as one likes."""

from __future__ import annotations

import math
import multiprocessing
import time
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save

from Diff2CTCore.alignment import AspectNetwork, RowNetwork, alignment_model, alignment_weights
from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.models import LoadedModel
from Diff2CTCore.storage import replaced_when_complete

from ..run import KernelMuon
from .losses import aspect_loss, row_loss
from .rendering import RenderedPairs
from .varying import VariedBody
from .views import ViewPair, draw_pair

BATCH = 10
REAL_SHARE = 0.7
JOINED_SHARE = 0.5
"""Share of patients whose bones are shown within another one."""

ALONE_SHARE = 0.3
"""Share of pairs whose views hardly overlap that are kept: what cannot be aligned is to be recognised as such."""

CANVASES = ((112, 128, 144, 160), (96, 112, 128))
"""Rows and columns that the pictures of a batch may have: a file may be as large as its field, or larger."""

WARM_UP_STEPS = 100
LAST_RATE = 0.03
LARGEST_GRADIENT = 2.0
AVERAGED = 0.995
TOLD_EVERY = 50
KEPT_EVERY = 500


class AlignmentTrainingError(Diff2CTError):
    """There is nothing to train on."""

    kind = "training"


@dataclass(frozen=True)
class AlignmentSettings:
    """Attributes:
    minutes: until the learning rate has come to its end.
    learning_rate: the largest.
    weight_decay: of kernels.
    seed: of weights and pairs.
    """

    minutes: float
    learning_rate: float = 3e-3
    weight_decay: float = 0.02
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Networks:
    """Both networks."""

    rows: RowNetwork
    aspect: AspectNetwork

    def weights(self) -> dict[str, torch.Tensor]:
        """By name, as `add_alignment` of `Diff2CTCore.models` takes them."""
        return alignment_weights(self.rows, self.aspect)

    def parameters(self) -> list[torch.nn.Parameter]:
        return [*self.rows.parameters(), *self.aspect.parameters()]


def networks_of(model: LoadedModel) -> Networks:
    """Copies of a model's networks that can be trained; AlignmentTrainingError where it has none."""
    kept = alignment_model(model)
    if kept is None:
        raise AlignmentTrainingError(f"The model {model.card.name} has no networks that align a pair.")
    networks = deepcopy(Networks(kept.rows, kept.aspect))
    for parameter in networks.parameters():
        parameter.requires_grad_(True)
    return networks


class PairSource:
    """Random pairs of the bodies in a folder, half of them of patients."""

    def __init__(self, folder: Path, seed: int):
        """AlignmentTrainingError where the folder holds no rendered pairs."""
        bodies = [RenderedPairs.load(path) for path in sorted(folder.glob("*.npz"))]
        if not bodies:
            raise AlignmentTrainingError(f"{folder} holds no rendered pairs; fill it with training.align render.")
        self._phantoms = [body for body in bodies if body.name.startswith("phantom-")]
        self._patients = [body for body in bodies if not body.name.startswith("phantom-")]
        self._rng = np.random.default_rng(seed)

    def batch(self, count: int) -> list[ViewPair]:
        """That many pairs, with pictures of one size."""
        found: list[ViewPair] = []
        canvas = tuple(int(self._rng.choice(lengths)) for lengths in CANVASES)
        while len(found) < count:
            real = self._patients and (not self._phantoms or self._rng.random() < REAL_SHARE)
            bodies = self._patients if real else self._phantoms
            (pairs, index), other = self._drawn(bodies), None
            if real and self._rng.random() < JOINED_SHARE:
                other = self._drawn(bodies)
            pair = draw_pair(VariedBody(pairs, index, self._rng, other), self._rng, canvas)
            if pair.line is not None or self._rng.random() < ALONE_SHARE:
                found.append(pair)
        return found

    def _drawn(self, bodies: list[RenderedPairs]) -> tuple[RenderedPairs, int]:
        body = bodies[self._rng.integers(len(bodies))]
        return body, int(self._rng.integers(len(body.images)))


def read_networks(path: Path) -> Networks:
    """Networks out of a file of `write_networks`; AlignmentTrainingError where it is none."""
    networks = Networks(RowNetwork(), AspectNetwork())
    try:
        found = load(path.read_bytes())
        for name, network in (("rows", networks.rows), ("aspect", networks.aspect)):
            network.load_state_dict({key: found[f"{name}.{key}"] for key in network.state_dict()})
    except (OSError, KeyError, RuntimeError, SafetensorError) as error:
        raise AlignmentTrainingError(f"{path} holds no networks of this version that align a pair.") from error
    return networks


def write_networks(networks: Networks, path: Path) -> None:
    """Write whole or not at all."""
    content = save({name: value.contiguous() for name, value in networks.weights().items()})
    with replaced_when_complete(path) as staged:
        staged.write_bytes(content)


def train(
    folder: Path,
    settings: AlignmentSettings,
    start: Networks | None = None,
    tell=print,
    checkpoint: Path | None = None,
) -> Networks:
    """Train on rendered pairs and return the averaged networks.

    Args:
        folder: of `render_all`.
        settings: of the run.
        start: weights to go on from; new ones if None.
        tell: is given a line of the losses now and then.
        checkpoint: file that holds the averaged networks, some minutes old while it trains; see `read_networks`.
    """
    torch.manual_seed(settings.seed)
    networks = start or Networks(RowNetwork(), AspectNetwork())
    averaged = deepcopy(networks)
    parameters = networks.parameters()
    kernels = [each for each in parameters if each.dim() > 1]
    others = [each for each in parameters if each.dim() <= 1]
    optimisers = [
        KernelMuon(kernels, settings.learning_rate, settings.weight_decay),
        torch.optim.AdamW(others, settings.learning_rate, (0.9, 0.98), weight_decay=0.0),
    ]
    rng, begin, losses = np.random.default_rng(settings.seed), time.monotonic(), []
    with _Drawing(folder, settings.seed + 1) as drawing:
        step = 0
        while (part := (time.monotonic() - begin) / 60.0 / settings.minutes) < 1.0:
            rate = settings.learning_rate * min(1.0, (step + 1) / WARM_UP_STEPS)
            rate *= LAST_RATE + (1.0 - LAST_RATE) * 0.5 * (1.0 + math.cos(math.pi * part))
            for group in (group for each in optimisers for group in each.param_groups):
                group["lr"] = rate
            losses.append(_step(networks, optimisers, drawing.next(), rng))
            step += 1
            with torch.no_grad():
                for kept, now in zip(averaged.parameters(), parameters, strict=True):
                    kept.lerp_(now, 1.0 - min(AVERAGED, step / (step + 9.0)))
            if checkpoint and step % KEPT_EVERY == 0:
                write_networks(averaged, checkpoint)
            if step % TOLD_EVERY == 0:
                tell(f"{step} steps, {part * settings.minutes:.1f} min: {_in_words(losses[-TOLD_EVERY:])}")
    if checkpoint:
        write_networks(averaged, checkpoint)
    return averaged


def _step(networks: Networks, optimisers, pairs: Sequence[ViewPair], rng: np.random.Generator) -> dict[str, float]:
    for optimiser in optimisers:
        optimiser.zero_grad()
    with torch.autocast("cpu", torch.bfloat16):
        rows, parts = row_loss(networks.rows, pairs)
        aspect, wrong = aspect_loss(networks.aspect, pairs, rng)
    (rows + aspect).backward()
    for network in (networks.rows, networks.aspect):
        torch.nn.utils.clip_grad_norm_(network.parameters(), LARGEST_GRADIENT)
    for optimiser in optimisers:
        optimiser.step()
    return {**parts, **wrong}


def _in_words(losses: list[dict[str, float]]) -> str:
    return ", ".join(f"{name} {np.mean([each[name] for each in losses]):.3f}" for name in losses[0])


class _Drawing:
    """A process that draws pairs, so that the training does not wait for them."""

    def __init__(self, folder: Path, seed: int):
        PairSource(folder, seed)  # so that an empty folder is told of here
        context = multiprocessing.get_context("spawn")
        self._queue = context.Queue(4)
        self._process = context.Process(target=_draw, args=(folder, seed, self._queue), daemon=True)

    def __enter__(self) -> _Drawing:
        self._process.start()
        return self

    def __exit__(self, *_) -> None:
        self._process.kill()
        self._process.join()

    def next(self) -> list[ViewPair]:
        """The next batch."""
        return self._queue.get()


def _draw(folder: Path, seed: int, queue) -> None:
    torch.multiprocessing.set_sharing_strategy("file_system")
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    source = PairSource(folder, seed)
    while True:
        queue.put(source.batch(BATCH))
