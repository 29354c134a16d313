"""The volume that structures are painted onto."""

from __future__ import annotations

import numpy as np

from .labels import LABELS

Box = tuple[slice, slice, slice]


class Canvas:
    """HU and labels on a grid centred at the origin, axes (superior, posterior, left) in mm."""

    def __init__(self, shape: tuple[int, int, int], spacing_mm: float):
        self.spacing_mm = float(spacing_mm)
        self.hu = np.full(shape, -1000.0, dtype=np.float32)
        self.labels = np.zeros(shape, dtype=np.uint8)
        self.axes = tuple(((np.arange(count) - (count - 1) / 2.0) * spacing_mm).astype(np.float32) for count in shape)

    def box(self, low_mm, high_mm) -> Box | None:
        """Index box that covers the mm box, or None where it lies outside the grid."""
        slices = []
        for axis, low, high in zip(self.axes, low_mm, high_mm, strict=True):
            start = int(np.searchsorted(axis, low - self.spacing_mm))
            stop = int(np.searchsorted(axis, high + self.spacing_mm))
            if stop <= start:
                return None
            slices.append(slice(start, stop))
        return tuple(slices)

    def around(self, centre_mm, reach_mm) -> Box | None:
        """Index box of all points within `reach_mm` (number or triple) of `centre_mm`, per axis."""
        centre, reach = np.asarray(centre_mm, float), np.asarray(reach_mm, float)
        return self.box(centre - reach, centre + reach)

    def grid(self, box: Box) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Open mesh of the box's coordinates in mm."""
        superior, posterior, left = (axis[part] for axis, part in zip(self.axes, box, strict=True))
        return superior[:, None, None], posterior[None, :, None], left[None, None, :]

    def fill(self, distance: np.ndarray) -> np.ndarray:
        """Share of each voxel that a solid of this signed distance fills."""
        share = np.multiply(distance, np.float32(-1.0 / self.spacing_mm), dtype=np.float32)
        share += np.float32(0.5)
        return np.clip(share, 0.0, 1.0, out=share)

    def paint(self, box: Box, distance: np.ndarray, hu, label: str | None, where: np.ndarray | None = None) -> None:
        """Mix `hu` (number or array) into the voxels in proportion to the part the solid fills, and label them.

        `where` (share 0..1) restricts the solid; without `label` the labels stay.
        """
        share = self.fill(distance)
        if where is not None:
            share = share * where
        self.mix(box, share, hu, label)

    def mix(self, box: Box, share: np.ndarray, hu, label: str | None) -> None:
        """Mix `hu` in by the given share of each voxel."""
        volume = self.hu[box]
        change = hu - volume
        change *= share
        volume += change
        if label is not None:
            self.labels[box][share > 0.5] = LABELS[label]

    def coarse(self, distance, factor: int = 3) -> np.ndarray:
        """A smooth function of an open mesh, evaluated on every `factor`-th voxel and interpolated to all of them."""
        knots = []
        for axis in self.axes:
            count = max(int(np.ceil((len(axis) - 1) / factor)) + 1, 2)
            knots.append(axis[0] + np.arange(count, dtype=np.float32) * np.float32(factor * self.spacing_mm))
        values = np.asarray(distance((knots[0][:, None, None], knots[1][None, :, None], knots[2][None, None, :])))
        for number, (axis, knot) in enumerate(zip(self.axes, knots, strict=True)):
            position = (axis - knot[0]) / (factor * self.spacing_mm)
            low = np.minimum(position.astype(int), len(knot) - 2)
            weight = np.zeros((len(axis), len(knot)), dtype=np.float32)
            rows = np.arange(len(axis))
            weight[rows, low] = 1.0 - (position - low)
            weight[rows, low + 1] = position - low
            values = np.moveaxis(np.tensordot(weight, values.astype(np.float32), (1, number)), 0, number)
        return np.ascontiguousarray(values)
