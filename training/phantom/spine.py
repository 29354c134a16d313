"""Where each vertebra sits: the curve of the spine in mm about the centre level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from .labels import LEVELS
from .morphometry import LOCAL_SD, SIZES, LevelSize

SACRUM = len(LEVELS)
"""Index of the first sacral vertebra, which follows the last level."""


@dataclass(frozen=True)
class Vertebra:
    """One vertebra: its size, its frame and what is wrong with it.

    `frame` has the rows up, back and left (unit vectors over superior, posterior, left); `centre` is the middle of the
    body in mm. `wedge` is the share of height lost at the front, `crush` the share lost in the middle.
    """

    name: str
    size: LevelSize
    centre: np.ndarray
    frame: np.ndarray
    wedge: float = 0.0
    crush: float = 0.0

    @property
    def region(self) -> str:
        """The part of the spine: "C", "T" or "L"."""
        return self.name[0]

    def to_world(self, up: float, back: float, left: float) -> np.ndarray:
        """Position in mm of a point given in the vertebra's own frame."""
        return self.centre + np.array([up, back, left]) @ self.frame

    def local(self, superior, posterior, left) -> list[np.ndarray]:
        """Coordinates up, back, left in the vertebra's frame of an open mesh in mm."""
        offset = [
            coordinate - np.float32(middle)
            for coordinate, middle in zip((superior, posterior, left), self.centre, strict=True)
        ]
        return [sum(part * np.float32(weight) for part, weight in zip(offset, row, strict=True)) for row in self.frame]

    @property
    def front_height(self) -> float:
        """Height of the body at its front in mm."""
        return self.size.body_height * (1.0 - self.wedge)


@dataclass(frozen=True)
class SpineCurve:
    """Angles of a spine in degrees and its lateral curves.

    `sagittal` are the tilts (positive: the upper end leans back) at the node levels; each of `coronal` is
    (apex level index, half-width in levels, Cobb angle, axial rotation at the apex).
    """

    sagittal_nodes: tuple[float, ...]
    sagittal: tuple[float, ...]
    coronal: tuple[tuple[float, float, float, float], ...]

    def tilt(self, index: float) -> float:
        """Sagittal tilt at a (fractional) level index, in degrees."""
        return float(PchipInterpolator(self.sagittal_nodes, self.sagittal)(index))

    def lean(self, index: float) -> float:
        """Coronal tilt at a level index, in degrees; positive leans to the left."""
        total = 0.0
        for apex, width, cobb, _ in self.coronal:
            step = (index - apex) / width
            total += 0.5 * cobb * step * np.exp(0.5 - 0.5 * step * step)
        return total * float(np.interp(index, [0.0, 6.0, 18.0, SACRUM], [0.3, 1.0, 1.0, 0.15]))

    def turn(self, index: float) -> float:
        """Axial rotation at a level index, in degrees."""
        total = sum(rotation * np.exp(-(((index - apex) / width) ** 2)) for apex, width, _, rotation in self.coronal)
        return total * float(np.interp(index, [18.0, SACRUM], [1.0, 0.15]))

    def frame(self, index: float) -> np.ndarray:
        """Rows up, back, left at a level index."""
        tilt, lean, turn = np.radians([self.tilt(index), self.lean(index), self.turn(index)])
        up = np.array([np.cos(tilt) * np.cos(lean), np.sin(tilt) * np.cos(lean), np.sin(lean)])
        back = np.array([0.0, np.cos(turn), np.sin(turn)])
        back = back - up * (up @ back)
        back /= np.linalg.norm(back)
        return np.stack([up, back, np.cross(up, back)])


def sample_curve(rng: np.random.Generator) -> SpineCurve:
    """Random spine of a supine adult: most straight or slightly curved, some scoliotic, kyphotic or flat."""
    slope = np.clip(rng.normal(36.0, 8.0), 15.0, 58.0)
    lordosis = np.clip(slope + rng.normal(14.0, 7.0), 20.0, 80.0)
    kyphosis = np.clip(rng.normal(36.0, 10.0), 12.0, 72.0)
    upper = lordosis - slope
    tail = SACRUM
    nodes = (0.0, 5.0, 8.0, 11.0, 15.0, 17.0, 19.0, 21.0, float(tail))
    top = upper - kyphosis
    neck = top + rng.uniform(5.0, 25.0)
    # the lower levels carry about two thirds of the lordosis
    tilts = (
        neck,
        top,
        top + 0.32 * kyphosis,
        top + 0.62 * kyphosis,
        top + 0.96 * kyphosis,
        upper,
        upper - lordosis * rng.uniform(0.22, 0.32),
        upper - lordosis * rng.uniform(0.62, 0.72),
        -slope,
    )
    coronal = []
    kind = rng.random()
    cobb = rng.uniform(0.0, 8.0) if kind < 0.6 else rng.uniform(8.0, 25.0) if kind < 0.88 else rng.uniform(25.0, 55.0)
    side = rng.choice([-1.0, 1.0])
    apex = rng.uniform(9.0, 20.0)
    coronal.append((apex, rng.uniform(2.5, 4.5), side * cobb, -side * cobb * rng.uniform(0.2, 0.5)))
    if rng.random() < 0.6:
        other = apex + rng.choice([-1.0, 1.0]) * rng.uniform(5.0, 7.0)
        share = rng.uniform(0.3, 0.8)
        bend = side * cobb * share
        coronal.append((other, rng.uniform(2.5, 4.0), -bend, bend * rng.uniform(0.2, 0.5)))
    return SpineCurve(nodes, tilts, tuple(coronal))


def sample_sizes(rng: np.random.Generator, scale: float) -> list[LevelSize]:
    """Sizes of all levels of one person: the published means times `scale`, with a personal and a local deviation."""
    names = list(LevelSize.__dataclass_fields__)
    personal = {name: 1.0 + 0.04 * rng.standard_normal() for name in names}
    for name in ("pedicle_angle", "spinous_slope"):
        personal[name] = 1.0 + 0.1 * rng.standard_normal()
    sizes = []
    for level in LEVELS:
        values = {}
        for name in names:
            local = 1.0 + LOCAL_SD * float(np.clip(rng.standard_normal(), -2.5, 2.5))
            linear = 1.0 if name in ("pedicle_angle", "spinous_slope") else scale
            values[name] = getattr(SIZES[level], name) * personal[name] * local * linear
        sizes.append(LevelSize(**values))
    return sizes


def stack_vertebrae(
    curve: SpineCurve,
    sizes: list[LevelSize],
    centre_index: int,
    fractures: dict[int, tuple[float, float]],
    slips: dict[int, float],
) -> tuple[list[Vertebra], np.ndarray, np.ndarray]:
    """Vertebrae from head to feet, and centre and frame of the sacral endplate.

    The centre level's body lies at the origin; the others are stacked on it with their discs. `fractures` maps a level
    index to (wedge, crush), `slips` to the forward slip in mm of this and all higher levels.
    """
    frames = [curve.frame(index) for index in range(SACRUM)]
    wedges = [fractures.get(index, (0.0, 0.0)) for index in range(SACRUM)]
    heights = [size.body_height * (1.0 - 0.5 * wedge) for size, (wedge, _) in zip(sizes, wedges, strict=True)]
    centres: list[np.ndarray] = [np.zeros(3)] * SACRUM

    def step(index: int) -> np.ndarray:
        """From the centre of a level to that of the level above."""
        between = frames[index][0] + frames[index - 1][0]
        between /= np.linalg.norm(between)
        reach = 0.5 * heights[index] * frames[index][0] + 0.5 * heights[index - 1] * frames[index - 1][0]
        return reach + sizes[index - 1].disc_below * between - slips.get(index - 1, 0.0) * frames[index][1]

    for index in range(centre_index, 0, -1):
        centres[index - 1] = centres[index] + step(index)
    for index in range(centre_index + 1, SACRUM):
        centres[index] = centres[index - 1] - step(index)
    plate_frame = curve.frame(SACRUM)
    between = frames[-1][0] + plate_frame[0]
    between /= np.linalg.norm(between)
    plate = centres[-1] - 0.5 * heights[-1] * frames[-1][0] - sizes[-1].disc_below * between
    plate = plate + slips.get(SACRUM - 1, 0.0) * plate_frame[1]
    vertebrae = [Vertebra(name, sizes[i], centres[i], frames[i], *wedges[i]) for i, name in enumerate(LEVELS)]
    return vertebrae, plate, plate_frame
