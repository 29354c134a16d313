"""Training batches made on the device from a pack of bodies and a stream of phantoms, anew at every step."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from tqdm import tqdm

from Diff2CTCore.geometry import HU_AIR, HU_MAX, HU_MIN, hu_to_network
from Diff2CTCore.networks import standardise

from ..phantom import PhantomStream, PhantomStreamError
from .appearance import change_appearance
from .batch import Batch, crop_start, example_shape
from .bodies import PHANTOM_SOURCE, VALIDATION_SEED
from .cases import UNKNOWN_HU, CaseError, TrainingCase
from .deformation import inner_points, middle_placement, random_placement
from .device_bodies import BodyPool, DeviceBody
from .device_cases import CaseMaker
from .held_out import HeldOut
from .pack import check_line, read_pack
from .sending import sent

if TYPE_CHECKING:
    from .settings import DataRun

FIRST_PHANTOM_S = 120.0
"""How long a run waits for its first phantoms; one takes a few seconds to draw."""

SEEDS_A_RUN = 100_000
"""Phantoms of runs with different seeds are different ones; a run draws fewer than these."""

CORES_FOR_TRAINING = 2
"""Left free of phantoms where there are more."""


class DeviceSource:
    """Batch n is a function of the seed, of n, and of the phantoms that are there at that moment.

    Raises:
        PackError: the pack cannot be used.
        CaseError: it has no body to train on, or does not fit the model's grid.
        PhantomStreamError: no phantoms can be drawn.
    """

    def __init__(self, config: DataRun, device: torch.device):
        self.config, self.device = config, device
        data = config.data
        self.make = CaseMaker(config.model.grid, config.model.plane)
        self.real_share = data.real_share
        packed = read_pack([Path(data.pack)])
        for body in packed:
            check_line(body)
        self._trained, self._validation = ([b for b in packed if b.split == split] for split in ("train", "validation"))
        if not self._trained:
            raise CaseError(
                f"The pack {data.pack} holds no body of the split train; pack scans that may be trained on."
            )
        self.pool = BodyPool([DeviceBody.packed(body, device) for body in self._trained], data.phantom_pool)
        self._stream = None
        mixed = data.real_share < 1.0 or 0.0 <= data.real_share_end < 1.0
        if mixed and (data.phantom_workers or data.phantoms_first):
            first_seed = config.seed * SEEDS_A_RUN % VALIDATION_SEED
            spare = (os.cpu_count() or 1) - CORES_FOR_TRAINING
            self._stream = PhantomStream(first_seed, max(1, min(data.phantom_workers, spare)))
        self._held_out_phantoms = config.validation_cases // 2
        self._held_out_stream = None
        if self._held_out_phantoms:
            # Drawn while the run starts; they are asked for later.
            self._held_out_stream = PhantomStream(VALIDATION_SEED, 1, ready=self._held_out_phantoms)
        if self._stream and data.phantoms_first:
            self._add(self._stream.first(data.phantoms_first, FIRST_PHANTOM_S))
            if data.phantom_workers == 0:
                self._stream.close()
                self._stream = None

    def iterate(self, numbers: Iterable[int]) -> Iterator[Batch]:
        """These batches in this order, on the device."""
        for number in numbers:
            if self._stream:
                self._take_new_phantoms()
            yield self.batch(number)

    def batch(self, number: int) -> Batch:
        """The batch of a number."""
        config = self.config
        rng = np.random.default_rng([config.seed, number])
        whole = bool(rng.random() < config.data.whole_share)
        bodies = [
            self.pool.draw(self.real_share, rng) for _ in range(config.data.volumes if whole else config.data.crops)
        ]
        placements = [self._placement(body, rng) for body in bodies]
        sources = np.stack([config.geometry.sample_pair(rng) for _ in bodies])
        with torch.no_grad():
            cases = self.make(bodies, placements, sources)
            pitch, shape = config.model.plane.row_spacing_mm, cases.images.shape
            flat = (cases.images.flatten(0, 1), cases.masks.flatten(0, 1))
            images, masks = change_appearance(*flat, pitch, config.appearance, rng)
            views = standardise(images.view(shape), masks.view(shape))
            return Batch(views, cases.sources, *self._examples(cases, whole, rng))

    def held_out(self, count: int) -> list[HeldOut]:
        """At most `count` cases of the pack's validation scans, and of phantoms that are never trained on.

        Scans lie as they are; cameras are always the same. Phantoms are the smaller half of the cases.
        """
        phantoms = min(count // 2, self._held_out_phantoms)
        scans = self._validation[: count - phantoms]
        found = [self._held_out_case(DeviceBody.packed(body, self.device), "real", n) for n, body in enumerate(scans)]
        if phantoms:
            drawn = self._held_out_stream.first(phantoms, FIRST_PHANTOM_S)[:phantoms]
            self._held_out_stream.close()
            self._held_out_phantoms = 0
            bodies = [DeviceBody.drawn(phantom, self.device) for phantom in drawn]
            found += [self._held_out_case(body, "phantom", n) for n, body in enumerate(bodies)]
        return found

    def share(self, done: float) -> None:
        """Tells which part of the run, 0 to 1, has passed; the share of real scans follows it."""
        first, last = self.config.data.real_share, self.config.data.real_share_end
        self.real_share = first if last < 0.0 else first + (last - first) * min(max(done, 0.0), 1.0)

    def sources(self) -> list[dict[str, str]]:
        """What is trained on, for the model's card: {"name", "licence", "citation"} of each source."""
        patients: dict[tuple[str, str], set[str]] = {}
        for body in self._trained:
            key = (body.source or "unnamed source", body.licence or "unknown")
            patients.setdefault(key, set()).add(body.patient)
        found = [
            {"name": source, "licence": licence, "citation": f"{source}, patients {', '.join(sorted(names))}"}
            for (source, licence), names in patients.items()
        ]
        if self._stream or self.pool.phantoms:
            found.append(dict(PHANTOM_SOURCE))
        return found

    def patients(self) -> tuple[set[str], set[str]]:
        """Those trained on, and those held out to measure the run."""
        trained, held_out = ({body.patient for body in bodies} for bodies in (self._trained, self._validation))
        return trained, held_out

    def close(self) -> None:
        """End the processes that draw phantoms."""
        for stream in (self._stream, self._held_out_stream):
            if stream:
                stream.close()

    def _take_new_phantoms(self) -> None:
        try:
            self._add(self._stream.new())
        except PhantomStreamError as error:
            if not self.pool.phantoms:
                raise
            # A run on rented time goes on with what it has.
            tqdm.write(f"{error} The run goes on with the {len(self.pool.phantoms)} phantoms that there are.")
            self._stream.close()
            self._stream = None

    def _add(self, drawn) -> None:
        self.pool.add(DeviceBody.drawn(phantom, self.device) for phantom in drawn)

    def _placement(self, body: DeviceBody, rng: np.random.Generator):
        grid = self.config.model.grid
        points = inner_points(body.centreline_mm, *body.height_mm, grid.shape[0] * grid.spacing_mm)
        return random_placement(points, self.make.extent_mm, self.config.augmentation, rng)

    def _examples(self, cases, whole: bool, rng: np.random.Generator) -> tuple:
        """Axes, volume and known voxels of whole volumes, or of a crop of each."""
        grid, size = self.config.model.grid, example_shape(self.config, whole)
        starts = [[0, 0, 0] if whole else crop_start(self.config, size, rng) for _ in cases.hu]
        axes = [
            sent(np.stack([grid.axis_mm(axis)[start[axis] :][: size[axis]] for start in starts]), self.device)
            for axis in range(3)
        ]
        hu, known = cases.hu, cases.known
        if not whole:
            windows = [tuple(slice(a, a + length) for a, length in zip(start, size, strict=True)) for start in starts]
            hu, known = (
                torch.stack([one[window] for one, window in zip(each, windows, strict=True)]) for each in (hu, known)
            )
        return tuple(axes), hu_to_network(hu.masked_fill(~known, HU_AIR))[:, None], known.float()[:, None]

    def _held_out_case(self, body: DeviceBody, kind: str, number: int) -> HeldOut:
        grid, plane = self.config.model.grid, self.config.model.plane
        placement = middle_placement(body.centreline_mm)
        sources = self.config.geometry.sample_pair(np.random.default_rng([number, 3]))[None]
        with torch.no_grad():
            made = self.make([body], [placement], sources)
        hu = made.hu[0].clamp(HU_MIN, HU_MAX).masked_fill(~made.known[0], UNKNOWN_HU)
        case = TrainingCase(
            volume=hu.round().cpu().numpy().astype(np.int16),
            images=made.images.cpu().numpy().astype(np.float16),
            masks=made.masks.cpu().numpy().astype(np.uint8),
            sources=made.sources.cpu().numpy(),
            spacing_mm=grid.spacing_mm,
            plane_spacing_mm=plane.row_spacing_mm,
            name=body.name,
        )
        line = (body.centreline_mm - placement.centre_mm) / grid.spacing_mm + (np.array(grid.shape) - 1) / 2.0
        inside = np.all((line >= 0) & (line <= np.array(grid.shape) - 1), axis=1)
        return HeldOut(case, kind, body.name, line[inside])
