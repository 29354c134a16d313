"""Pairs of radiographs of one body, each view from a source of its own, with the spine's line in both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.geometry import IsoPlane, VolumeGrid
from Diff2CTCore.storage import replaced_when_complete

from ..data import (
    BONE_FROM_HU,
    AugmentationRange,
    Placement,
    RealScan,
    both_radiographs,
    laid_out,
    random_placement,
)

GRID = VolumeGrid((216, 160, 176), 2.5)
"""Where bodies are laid out: tall, so that two views with different heights in them fit."""

PLANE = IsoPlane(352, 288, 1.5, 1.5)
PHANTOM_MM = 2.5
PHANTOM_SHAPE = (200, 160, 176)

SOURCE_DEPTH_MM = (700.0, 1700.0)
SOURCE_HEIGHT_MM = 130.0
SOURCE_ASIDE_MM = 60.0
AUGMENTATION = AugmentationRange(turn_deg=8.0, scale=0.16, centre_mm=10.0, mirror=0.0, elastic_mm=20.0)


class RenderingError(Diff2CTError):
    """A file of rendered pairs that cannot be read."""

    kind = "rendering"


@dataclass(frozen=True, eq=False)
class RenderedPairs:
    """Several pairs of one body.

    Attributes:
        images: float16 (K, 2, rows, columns), line integrals on `PLANE`, frontal then lateral; rows run to the feet,
            columns to the patient's left or back, as in `Diff2CTCore.radiograph`.
        bone: float16, same shape, what bone adds to `images`, so that it can be shown within another body; None where
            it was not rendered apart.
        known: bool, same shape: where the body was scanned all along the ray.
        lines_mm: float32 (K, 2, n, 2), the same points of the spine in both views, (row, column) mm from the image's
            middle, towards the feet and the left or the back; from the lowest to the highest.
        name: of the body.
    """

    images: np.ndarray
    bone: np.ndarray | None
    known: np.ndarray
    lines_mm: np.ndarray
    name: str

    def save(self, path: Path) -> None:
        """Write whole or not at all."""
        with replaced_when_complete(path) as staged, open(staged, "wb") as file:
            np.savez(file, **{name: np.asarray(value) for name, value in self._values().items() if value is not None})

    def _values(self) -> dict:
        return {item.name: getattr(self, item.name) for item in fields(self)}

    @classmethod
    def load(cls, path: Path) -> RenderedPairs:
        """Inverse of `save`; RenderingError when the file is none."""
        try:
            with np.load(path, allow_pickle=False) as data:
                values = {"bone": None} | {name: data[name] for name in data.files}
                return cls(**{**values, "name": str(values["name"])})
        except (OSError, ValueError, KeyError, EOFError, TypeError) as error:
            raise RenderingError(f"{path} holds no rendered pairs; delete it and render again.") from error


def phantom_scan(seed: int) -> RealScan:
    """A procedural patient with its spine's line, tall enough for two views of different heights."""
    from ..phantom import REGIONS, make_phantom

    region = str(np.random.default_rng([seed, 0]).choice(REGIONS))
    phantom = make_phantom(seed, shape=PHANTOM_SHAPE, spacing_mm=PHANTOM_MM, region=region)
    centres = np.array(list(phantom.description["vertebra_centres_mm"].values()))[::-1]
    half = (np.array(PHANTOM_SHAPE) - 1) / 2.0 * PHANTOM_MM
    inside = np.abs(centres[:, 0]) <= half[0]
    return RealScan(f"phantom-{seed}", phantom.hu, np.full(3, PHANTOM_MM), -half, centres[inside])


def render(
    scan: RealScan, count: int, rng: np.random.Generator, augmented: bool = True, bone_apart: bool = False
) -> RenderedPairs:
    """`count` pairs of a scan, which is placed and deformed anew for each; with the bone apart, if wanted."""
    images, bones, known, lines = [], [], [], []
    hu = torch.from_numpy(np.ascontiguousarray(scan.hu))
    top = scan.origin_mm[0] + scan.hu.shape[0] * scan.spacing_mm[0]
    middle = np.array([[(scan.origin_mm[0] + top) / 2.0, *np.median(scan.centreline_mm[:, 1:], axis=0)]])
    extent = np.array(GRID.shape) * GRID.spacing_mm
    for _ in range(count):
        placement = (
            random_placement(middle, extent, AUGMENTATION, rng) if augmented else Placement(np.eye(3), middle[0])
        )
        found, unknown = laid_out(hu, scan.spacing_mm, scan.origin_mm, placement, GRID)
        sources = np.array([_source(view, rng) for view in range(2)])
        shown, mask = _radiographs(found, unknown, sources)
        images.append(shown.astype(np.float16))
        known.append(mask > 0.5)
        if bone_apart:
            soft, _ = _radiographs(found.clamp(max=BONE_FROM_HU), unknown, sources)
            bones.append((shown - soft).astype(np.float16))
        # The elastic part moves places by some 2 mm, of the line and of its surroundings alike.
        line = np.linalg.solve(placement.linear, (scan.centreline_mm - placement.centre_mm).T).T
        lines.append([_seen(line, source, view) for view, source in enumerate(sources)])
    bone = np.array(bones) if bone_apart else None
    return RenderedPairs(np.array(images), bone, np.array(known), np.array(lines, dtype=np.float32), scan.name)


def _radiographs(hu: torch.Tensor, unknown: torch.Tensor, sources_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(2, rows, columns) each, frontal and lateral, rows to the feet: line integrals, and where they are known."""
    with torch.no_grad():
        images, masks = both_radiographs(
            hu[None], unknown[None], GRID, torch.as_tensor(sources_mm, dtype=torch.float32)[None], PLANE
        )
    return images[0].flip(1).numpy(), masks[0].flip(1).numpy()


def _source(view: int, rng: np.random.Generator) -> np.ndarray:
    """(superior, posterior, left) mm; from either side."""
    depth = rng.uniform(*SOURCE_DEPTH_MM) * rng.choice([-1.0, 1.0])
    height, aside = rng.uniform(-1, 1) * SOURCE_HEIGHT_MM, rng.uniform(-1, 1) * SOURCE_ASIDE_MM
    return np.array([height, depth, aside] if view == 0 else [height, aside, depth])


def _seen(points_mm: np.ndarray, source_mm: np.ndarray, view: int) -> np.ndarray:
    """(n, 3) superior, posterior, left on the iso-plane of a view: (n, 2) towards the feet, and left or back."""
    depth, across = (1, 2) if view == 0 else (2, 1)
    stretch = source_mm[depth] / (source_mm[depth] - points_mm[:, depth])
    seen = source_mm + (points_mm - source_mm) * stretch[:, None]
    return np.stack([-seen[:, 0], seen[:, across]], axis=1)


def render_all(scans: Sequence[Path], seeds: Sequence[int], folder: Path, per_scan: int, per_phantom: int) -> None:
    """Fill a folder with pairs of scans and of phantoms; what is there stays."""
    for path in scans:
        target = folder / f"{path.name.split('.')[0]}.npz"
        if not target.exists():
            scan = RealScan.read(path)
            seed = int.from_bytes(scan.name.encode(), "little") % 2**63
            render(scan, per_scan, np.random.default_rng([seed, 3]), bone_apart=True).save(target)
    for seed in seeds:
        target = folder / f"phantom-{seed}.npz"
        if not target.exists():
            render(phantom_scan(seed), per_phantom, np.random.default_rng([seed, 3])).save(target)
