"""Drawing one vertebra: body, pedicles, laminae, articular, transverse and spinous processes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .canvas import Box, Canvas
from .labels import LEVELS
from .shapes import ellipsoid, smooth_intersection, smooth_union
from .spine import Vertebra
from .texture import Wobble, speckle
from .vertebral_arch import arch_distance


@dataclass(frozen=True)
class BoneLook:
    """HU of a person's bone and how worn it is.

    `trabecular` and `cortical` are HU at the lumbar spine; `thickness` scales the cortical shell; `wear` (0..1) is the
    severity of degeneration: osteophytes, sclerotic endplates. `arch` are the HU by which the inside of vertebral
    arches and ribs, which is mostly compact bone, exceeds `trabecular`.
    """

    trabecular: float
    cortical: float
    thickness: float
    wear: float
    arch: float


_DENSITY = ((0.0, 12.0, 17.0, 19.0), (1.35, 1.2, 1.08, 1.0))
"""Trabecular HU at level indices relative to the lower lumbar spine: it falls from the neck to L3."""


def local_box(canvas: Canvas, vertebra: Vertebra, low, high) -> Box | None:
    """Index box around a box given in the vertebra's frame."""
    corners = np.array(
        [
            vertebra.to_world(up, back, left)
            for up in (low[0], high[0])
            for back in (low[1], high[1])
            for left in (low[2], high[2])
        ]
    )
    return canvas.box(corners.min(0), corners.max(0))


def _front_narrowing(vertebra: Vertebra) -> float:
    return {"C": 0.0, "T": 0.16, "L": 0.05}[vertebra.region]


def body_distances(vertebra: Vertebra, point, lips=()) -> tuple[np.ndarray, np.ndarray]:
    """Signed distances of the body's side wall and of its endplates.

    `lips` are osteophytes: (direction in radians from the front, size in mm, +1 upper or -1 lower endplate).
    """
    up, back, left = point
    size = vertebra.size
    half_width, half_depth = 0.5 * size.body_width, 0.5 * size.body_depth
    half = 0.5 * size.body_height * (1.0 - vertebra.wedge * np.clip(0.5 - back / size.body_depth, 0.0, 1.0))
    hollow = 1.6 * np.exp(-((left / (0.22 * size.body_width)) ** 2)) * (back > 0)
    depth = (back + hollow) / half_depth
    width = left / (half_width * (1.0 + _front_narrowing(vertebra) * np.clip(depth, -1.0, 0.6)))
    norm = (np.abs(width) ** 2.3 + np.abs(depth) ** 2.3) ** np.float32(1 / 2.3)
    level = up / half
    waist = 0.11 * np.maximum(1.0 - level * level, 0.0) * np.clip(0.6 - 0.6 * depth + 0.5 * np.abs(width), 0.0, 1.0)
    side = (norm - 1.0 + waist) * np.sqrt(half_width * half_depth)
    radius = np.sqrt(back * back + left * left) + 1e-3
    for angle, lip, plate in lips:
        toward = np.maximum((-back * np.cos(angle) + left * np.sin(angle)) / radius, 0.0) ** 4
        side = side - lip * toward * np.exp(-(((half - plate * up) / 3.0) ** 2))
    dish = (0.05 + 0.5 * vertebra.crush) * size.body_height * np.maximum(1.0 - norm * norm, 0.0)
    plate = np.abs(up) - half + dish
    return side, plate


def canal_distance(vertebra: Vertebra, point) -> np.ndarray:
    """Signed distance of the vertebral foramen, a column along the vertebra's axis."""
    _, back, left = point
    size = vertebra.size
    middle = 0.5 * (size.body_depth + size.canal_depth)
    return ellipsoid((back - np.float32(middle), left), (0.5 * size.canal_depth, 0.5 * size.canal_width))


def paint_vertebra(canvas: Canvas, vertebra: Vertebra, look: BoneLook, rng: np.random.Generator, grain) -> None:
    """Paint one vertebra. `rng` decides its shape, `grain` (another generator) only its texture."""
    size = vertebra.size
    warp = Wobble(rng, 38.0), Wobble(rng, 38.0)
    rough = Wobble(rng, 11.0)
    density = np.interp(LEVELS.index(vertebra.name), *_DENSITY) + 0.08 * float(np.clip(rng.standard_normal(), -2, 2))
    wear = look.wear * rng.uniform(0.3, 1.0)
    lips = [
        (rng.normal(0.0, 0.9), wear * rng.uniform(1.0, 6.5), rng.choice([-1.0, 1.0]))
        for _ in range(int(rng.integers(0, 5)))
    ]
    eburnation = wear * rng.uniform(0.0, 1.6) * (rng.random() < 0.5)
    spinous_turn = rng.normal(0.0, 0.05)

    behind = 0.5 * size.body_depth + size.canal_depth + size.spinous_length + 8.0
    slope = np.radians(size.spinous_slope)
    below = max(0.5 * size.body_height + size.disc_below + 12.0, size.spinous_length * np.sin(slope) + 14.0)
    side = 0.5 * max(size.transverse_span, size.body_width) + 8.0
    box = local_box(
        canvas,
        vertebra,
        (-below, -0.5 * size.body_depth - 9.0, -side),
        (0.5 * size.body_height + 14.0, behind, side),
    )
    if box is None:
        return
    mesh = canvas.grid(box)
    up, back, left = vertebra.local(*mesh)
    back = back + np.float32(0.9) * warp[0](mesh)
    left = left + np.float32(0.9) * warp[1](mesh)
    left_behind = left - np.float32(spinous_turn) * np.maximum(back - np.float32(0.5 * size.body_depth), 0.0)
    wall, plate = body_distances(vertebra, (up, back, left), lips)
    body = smooth_intersection(wall, plate, 3.0)
    arch = arch_distance(vertebra, (up, back, left_behind))
    distance = smooth_union(body, arch, 2.5) + np.float32(0.45) * rough(mesh)
    distance = np.maximum(distance, -canal_distance(vertebra, (up, back, left)))

    behind_wall = np.clip((back - 0.5 * size.body_depth + 3.0) / 5.0, 0.0, 1.0)
    endplate = np.clip((plate - wall) / 2.0 + 1.0, 0.0, 1.0) * (1.0 - behind_wall)
    pillar = np.exp(
        -(((np.abs(left) - 0.5 * size.canal_width - 4.0) / 8.0) ** 2)
        - ((back - 0.5 * size.body_depth - size.canal_depth + 3.0) / 9.0) ** 2
    )
    shell = look.thickness * (0.4 + (eburnation - 0.17) * endplate + behind_wall * (0.28 + 0.4 * pillar))
    level = up / (0.5 * size.body_height)
    trabecular = look.trabecular * density * (0.95 + 0.35 * np.clip(level * level, 0.0, 1.1) ** 2)
    trabecular = trabecular + (look.arch + 200.0 * pillar) * behind_wall
    trabecular = trabecular * (1.0 + 0.10 * rough(mesh)) + (8.0 + 0.06 * look.trabecular) * speckle(
        grain, up.shape, 1.0
    )
    cleft = np.exp(-((up / 2.2) ** 2) - (left / 4.5) ** 2 - ((back - 0.5 * size.body_depth) / 7.0) ** 2)
    trabecular = trabecular * (1.0 - 0.6 * cleft)
    whole = canvas.fill(distance)
    core = canvas.fill(distance + shell)
    cortex = (whole - core) / np.maximum(whole, 1e-3)
    canvas.mix(box, whole, trabecular + (look.cortical - trabecular) * cortex, vertebra.name)
