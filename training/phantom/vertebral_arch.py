"""The shape of a vertebral arch: pedicles, laminae, spinous, transverse and articular processes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .shapes import elliptic_rod, smooth_union
from .spine import Vertebra

_UP, _LEFT = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)


def arch_distance(vertebra: Vertebra, point) -> np.ndarray:
    """Signed distance of the vertebral arch and its processes, mm.

    Args:
        point: coordinates (up, back, left) in the vertebra's frame, mm, arrays of one shape.
    """
    arch = _Arch(vertebra)
    up, back, left = point
    half = (up, back, np.abs(left))
    found = smooth_union(arch.pedicle(half), arch.lamina(half), 3.0)
    found = smooth_union(found, arch.spinous_process(point), 3.0)
    found = smooth_union(found, arch.transverse_process(half), 2.5)
    upper, lower = arch.lumbar_facets(half) if arch.lumbar else arch.thoracic_facets(half)
    return smooth_union(smooth_union(found, upper, 2.0), lower, 2.0)


@dataclass(frozen=True)
class _Arch:
    """The parts of one vertebra's arch as signed distances; `half` are coordinates with the left side for both."""

    vertebra: Vertebra

    @property
    def lumbar(self) -> bool:
        return self.vertebra.region == "L"

    @property
    def height(self) -> float:
        return self.vertebra.size.body_height

    @property
    def wall(self) -> float:
        """How far behind the body's middle its posterior wall lies."""
        return 0.5 * self.vertebra.size.body_depth

    @property
    def canal_back(self) -> float:
        return self.wall + self.vertebra.size.canal_depth

    @property
    def canal_side(self) -> float:
        return 0.5 * self.vertebra.size.canal_width

    @property
    def unit(self) -> float:
        """The size of a process relative to that of a vertebra of middle height."""
        return self.height / 26.0 if self.lumbar else self.height / 20.0

    def pedicle(self, half) -> np.ndarray:
        size = self.vertebra.size
        angle = np.radians(size.pedicle_angle)
        up = {"C": 0.05, "T": 0.24, "L": 0.17}[self.vertebra.region] * self.height
        isthmus = np.array([up, self.wall + 2.0, self.canal_side + 0.5 * size.pedicle_width])
        along = np.array([0.0, np.cos(angle), np.sin(angle)])
        radii = (0.5 * size.pedicle_height, 0.5 * size.pedicle_width)
        return elliptic_rod(half, isthmus - 8.0 * along, isthmus + 0.45 * size.canal_depth * along, _UP, radii)

    def lamina(self, half) -> np.ndarray:
        tall = (0.34 if self.lumbar else 0.52) * self.height
        return elliptic_rod(
            half,
            (-0.2 * self.height, self.wall + 0.85 * self.vertebra.size.canal_depth, self.canal_side + 1.5),
            (-0.14 * self.height, self.canal_back + 3.5, 0.0),
            _UP,
            (tall, 3.2 * self.unit),
            (tall * 0.9, 3.4 * self.unit),
        )

    def spinous_process(self, point) -> np.ndarray:
        size, height, unit = self.vertebra.size, self.height, self.unit
        slope = np.radians(size.spinous_slope)
        root = np.array([-0.22 * height, self.canal_back + 3.0, 0.0])
        tip = root + size.spinous_length * np.array([-np.sin(slope), np.cos(slope), 0.0])
        radii = (
            ((0.30 * height, 3.4 * unit), (0.39 * height, 4.2 * unit))
            if self.lumbar
            else ((0.26 * height, 2.8 * unit), (0.17 * height, 3.2 * unit))
        )
        return elliptic_rod(point, root, tip, (np.cos(slope), np.sin(slope), 0.0), *radii)

    def transverse_process(self, half) -> np.ndarray:
        size, height, unit = self.vertebra.size, self.height, self.unit
        reach = 0.5 * size.transverse_span - 3.0
        if self.lumbar:
            start = (0.08 * height, self.wall + 0.55 * size.canal_depth, self.canal_side + size.pedicle_width * 0.8)
            end = (0.12 * height, self.wall + 0.85 * size.canal_depth + 2.0, reach)
            return elliptic_rod(half, start, end, _UP, (6.2 * unit, 3.4 * unit), (5.0 * unit, 2.6 * unit))
        start = (0.12 * height, self.wall + 0.85 * size.canal_depth, self.canal_side + 2.0)
        lean = 9.0 * unit if self.vertebra.region == "T" else -3.0
        end = (0.2 * height, self.canal_back + lean, reach)
        return elliptic_rod(half, start, end, _UP, (4.6 * unit, 3.6 * unit), (4.8 * unit, 4.2 * unit))

    def lumbar_facets(self, half) -> tuple[np.ndarray, np.ndarray]:
        """Upper and lower articular process; the facets look at each other across the body's axis."""
        size, height, unit, disc = self.vertebra.size, self.height, self.unit, self.vertebra.size.disc_below
        facet = self.canal_side + 4.5
        upper = elliptic_rod(
            half,
            (0.05 * height, self.wall + 0.85 * size.canal_depth, facet - 1.0),
            (0.5 * height + 0.55 * disc + 3.0, self.wall + 0.72 * size.canal_depth, facet + 2.5),
            (0.0, 0.75, 0.66),
            (6.5 * unit, 4.2 * unit),
            (5.5 * unit, 3.2 * unit),
        )
        lower = elliptic_rod(
            half,
            (-0.15 * height, self.canal_back - 0.5, facet - 2.0),
            (-0.5 * height - 0.75 * disc - 3.0, self.canal_back + 1.5, facet - 2.5),
            (0.0, 0.75, 0.66),
            (6.5 * unit, 4.0 * unit),
            (5.5 * unit, 3.4 * unit),
        )
        return upper, lower

    def thoracic_facets(self, half) -> tuple[np.ndarray, np.ndarray]:
        """Upper and lower articular process of a thoracic or cervical vertebra; the facets look to back and front."""
        size, height, unit, disc = self.vertebra.size, self.height, self.unit, self.vertebra.size.disc_below
        facet = self.canal_side + 2.5
        upper = elliptic_rod(
            half,
            (0.05 * height, self.wall + 0.8 * size.canal_depth, facet),
            (0.5 * height + 0.5 * disc + 2.0, self.wall + 0.8 * size.canal_depth, facet + 1.0),
            _LEFT,
            (5.5 * unit, 3.2 * unit),
            (5.0 * unit, 2.2 * unit),
        )
        lower = elliptic_rod(
            half,
            (-0.2 * height, self.canal_back + 1.5, facet - 1.0),
            (-0.5 * height - 0.6 * disc - 2.0, self.canal_back + 1.0, facet),
            _LEFT,
            (5.5 * unit, 3.0 * unit),
            (4.8 * unit, 2.2 * unit),
        )
        return upper, lower
