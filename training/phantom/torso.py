"""The shape of the trunk: skin, muscles of the back, rib cage and diaphragm."""

from __future__ import annotations

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from .habitus import Habitus
from .shapes import ellipsoid, elliptic_rod, smooth_intersection, smooth_union
from .spine import Vertebra
from .texture import Wobble

# height landmark: half width of the bare trunk, its front and back edge from the axis, exponents are fixed below
_TRUNK = {
    "thigh": (158.0, 95.0, 95.0),
    "hip": (160.0, 98.0, 92.0),
    "S1": (140.0, 92.0, 78.0),
    "L3": (126.0, 78.0, 76.0),
    "T12": (134.0, 114.0, 74.0),
    "T8": (144.0, 133.0, 71.0),
    "T5": (153.0, 116.0, 66.0),
    "T3": (168.0, 90.0, 62.0),
    "T1": (135.0, 60.0, 62.0),
    "C6": (62.0, 48.0, 52.0),
    "C3": (56.0, 50.0, 50.0),
}
_CAGE = {
    "L3": (108.0, 90.0),
    "L1": (119.0, 102.0),
    "T12": (126.0, 110.0),
    "T10": (132.0, 121.0),
    "T8": (133.0, 123.0),
    "T6": (128.0, 114.0),
    "T4": (112.0, 94.0),
    "T3": (100.0, 81.0),
    "T2": (82.0, 65.0),
    "T1": (60.0, 48.0),
    "C7": (22.0, 25.0),
}


class Torso:
    """Outline functions of one body, all in mm; heights are along the superior axis."""

    def __init__(self, habitus: Habitus, vertebrae: list[Vertebra], plate, rng: np.random.Generator):
        self.habitus = habitus
        by_name = {vertebra.name: vertebra for vertebra in vertebrae}
        self.height = {name: float(vertebra.centre[0]) for name, vertebra in by_name.items()}
        self.height["S1"] = float(plate[0]) - 12.0
        self.height["hip"] = float(plate[0]) - 110.0 * habitus.scale
        self.height["thigh"] = self.height["hip"] - 150.0
        self.rough = Wobble(rng, 150.0)
        self.breast_mm = rng.uniform(26.0, 38.0) + 0.6 * habitus.fat_mm
        self.breath = rng.uniform(-8.0, 26.0)
        self.back_bulk = rng.uniform(0.9, 1.1)
        self.fat_front = rng.uniform(0.6, 1.2)
        self.fat_back = rng.uniform(0.5, 1.1)
        self._axis(vertebrae, plate)
        scale, breadth, depth = habitus.scale, habitus.breadth, habitus.depth
        belly = {"S1": 0.7, "L3": 1.0, "T12": 0.6, "T8": 0.15, "hip": 0.25}
        names = list(_TRUNK)
        rows = []
        for name in names:
            width, front, back = _TRUNK[name]
            if name in ("hip", "S1") and habitus.female:
                width *= 1.05
            more = belly.get(name, 0.0) * habitus.belly_mm
            rows.append((width * scale * breadth + 0.45 * more, front * scale * depth + more, back * scale))
        self.trunk = self._cover_spine(self._profile(names, rows), vertebrae)
        rows = [(width * scale * breadth, front * scale * depth) for width, front in _CAGE.values()]
        self.cage = self._profile(list(_CAGE), rows)

    def _profile(self, names, rows) -> PchipInterpolator:
        heights = np.array([self.height[name] for name in names])
        order = np.argsort(heights)
        return PchipInterpolator(heights[order], np.array(rows)[order], axis=0)

    def _cover_spine(self, trunk: PchipInterpolator, vertebrae: list[Vertebra]) -> PchipInterpolator:
        """The profile with its back moved out where a spinous process would come through."""
        heights = np.arange(trunk.x[0], trunk.x[-1], 4.0)
        values = trunk(heights)
        for vertebra in vertebrae:
            size = vertebra.size
            slope = np.radians(size.spinous_slope)
            reach = 0.5 * size.body_depth + size.canal_depth + 6.0 + size.spinous_length * np.cos(slope)
            tip = vertebra.to_world(-0.2 * size.body_height - size.spinous_length * np.sin(slope), reach, 0.0)
            needed = tip[1] - self.trunk_axis(tip[0])[0] + 8.0
            near = np.abs(heights - tip[0]) < 22.0
            values[near, 2] = np.maximum(values[near, 2], needed)
        values[:, 2] = gaussian_filter1d(values[:, 2], 6.0, mode="nearest")
        return PchipInterpolator(heights, values, axis=0)

    def _axis(self, vertebrae: list[Vertebra], plate) -> None:
        centres = np.array([vertebra.centre for vertebra in vertebrae] + [np.asarray(plate)])[::-1]
        fine = np.arange(centres[0, 0] - 300.0, centres[-1, 0] + 150.0, 2.0)
        inside = np.clip(fine, centres[0, 0], centres[-1, 0])
        spine = PchipInterpolator(centres[:, 0], centres[:, 1:], axis=0)(inside)
        self.spine_axis = PchipInterpolator(fine, spine, axis=0)
        smooth = gaussian_filter1d(spine, 30.0, axis=0, mode="nearest")
        self.trunk_axis = PchipInterpolator(fine, smooth * (0.9, 0.6), axis=0)

    def at(self, interpolator, superior):
        """Columns of a height profile at an open mesh's heights."""
        x = interpolator.x
        values = interpolator(np.clip(np.ravel(superior), x[0], x[-1])).astype(np.float32)
        return [column[:, None, None] for column in values.T]

    def outline(self, mesh, grow_side: float, grow_front: float, grow_back: float) -> np.ndarray:
        """Signed distance (along the radius) of the bare trunk grown by the given mm at side, front and back."""
        superior, posterior, left = mesh
        width, front, back = self.at(self.trunk, superior)
        p_axis, l_axis = self.at(self.trunk_axis, superior)
        p = posterior - p_axis
        l_offset = left - l_axis
        groove = 7.0 * self.habitus.scale * np.exp(-((l_offset / 16.0) ** 2))
        depth = np.where(p > 0, back + grow_back - groove, front + grow_front)
        x = np.abs(l_offset) / (width + grow_side)
        y = np.abs(p) / depth
        norm = (x**2.3 + y**2.3) ** np.float32(1.0 / 2.3) + 1e-4
        radius = np.sqrt(p * p + l_offset * l_offset)
        return radius * (1.0 - 1.0 / norm) + 3.0 * self.rough(mesh)

    def skin(self, mesh) -> np.ndarray:
        """Signed distance of the skin."""
        fat = self.habitus.fat_mm
        trunk = self._around_cage(self.outline(mesh, fat, fat * self.fat_front, fat * self.fat_back), mesh, 9.0 + fat)
        outline = smooth_union(trunk, self.arms(mesh, 36.0 * self.habitus.scale + 0.7 * fat), 20.0)
        return smooth_union(outline, self.breasts(mesh), 14.0) if self.habitus.female else outline

    def bare(self, mesh) -> np.ndarray:
        """Signed distance of the trunk under the subcutaneous fat."""
        trunk = self._around_cage(self.outline(mesh, 0.0, 0.0, 0.0), mesh, 9.0)
        return smooth_union(trunk, self.arms(mesh, 36.0 * self.habitus.scale), 20.0)

    def shoulder(self, side: float) -> np.ndarray:
        """Middle of the shoulder joint in mm; `side` +1 left, -1 right."""
        height = self.height["T2"]
        axis = self.spine_axis(height)
        return np.array([height, axis[0], axis[1] + side * 165.0 * self.habitus.scale])

    def hand_direction(self, side: float) -> np.ndarray:
        """Unit vector of the raised arm."""
        return np.array([0.86, -0.15, side * 0.48])

    def arms(self, mesh, radius_mm: float) -> np.ndarray:
        """Signed distance of both raised arms."""
        rods = []
        for side in (-1.0, 1.0):
            start = self.shoulder(side)
            end = start + 300.0 * self.hand_direction(side)
            rods.append(elliptic_rod(mesh, start, end, (0.0, 1.0, 0.0), (radius_mm, radius_mm)))
        return np.minimum(*rods)

    def breasts(self, mesh) -> np.ndarray:
        """Signed distance of both breasts, flattened as in a supine patient."""
        scale, size = self.habitus.scale, self.breast_mm
        height = self.height["T7"] - 5.0
        axis = self.spine_axis(height)
        front = float(self.cage(height)[1])
        superior, posterior, left = mesh
        offset = (
            superior - np.float32(height),
            posterior - np.float32(axis[0] - front + 14.0),
            np.abs(left - np.float32(axis[1])) - np.float32(78.0 * scale),
        )
        return ellipsoid(offset, (1.7 * size, size, 1.9 * size))

    def _around_cage(self, outline: np.ndarray, mesh, cover_mm: float) -> np.ndarray:
        return smooth_union(outline, self.cage_distance(mesh) - cover_mm, 16.0)

    def back_muscle(self, mesh) -> np.ndarray:
        """Signed distance of the compartment that the muscles of the back fill; all of it at the chest and buttocks."""
        superior, posterior, left = mesh
        p_axis, l_axis = self.at(self.spine_axis, superior)
        _, _, back = self.at(self.trunk, superior)
        scale = self.habitus.scale
        side = np.abs(left - l_axis)
        offset = posterior - (p_axis + 0.55 * back)
        bulk = self.back_bulk
        erector = ellipsoid((offset, side - 35.0 * scale), (0.48 * back * bulk, 39.0 * scale * bulk))
        rear = posterior - p_axis - 34.0 * scale + 0.4 * np.maximum(side - 60.0 * scale, 0.0)
        flank = smooth_intersection(60.0 * scale - side, rear, 24.0)
        compartment = smooth_union(erector, flank, 8.0)
        above = np.clip((superior - self.height["L1"]) / 70.0, 0.0, 1.0)
        below = np.clip((self.height["S1"] - superior) / 40.0, 0.0, 1.0)
        return compartment - 45.0 * (above + below)

    def cage_norm(self, mesh) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Normalised radius in the rib cage (1 on its surface), its scale in mm, and the depth offset."""
        superior, posterior, left = mesh
        width, front = self.at(self.cage, superior)
        p_axis, l_axis = self.at(self.spine_axis, superior)
        p = posterior - (p_axis - 0.3 * front)
        l_offset = left - l_axis
        y = np.where(p > 0, p / (0.3 * front + 33.0 * self.habitus.scale), p / (0.7 * front))
        norm = np.sqrt((l_offset / width) ** 2 + y * y)
        return norm, np.minimum(width, front), y

    def cage_point(self, superior: float, angle: float, side: float) -> np.ndarray:
        """Point of the rib cage at a height and an angle in radians from the back; `side` +1 left, -1 right."""
        x = self.cage.x
        width, front = self.cage(np.clip(superior, x[0], x[-1]))
        p_axis, l_axis = self.spine_axis(np.clip(superior, self.spine_axis.x[0], self.spine_axis.x[-1]))
        depth = 0.3 * front + 33.0 * self.habitus.scale if np.cos(angle) > 0 else 0.7 * front
        return np.array(
            [
                superior,
                p_axis - 0.3 * front + depth * np.cos(angle),
                l_axis + side * width * np.sin(angle),
            ]
        )

    def cage_distance(self, mesh) -> np.ndarray:
        """Signed distance of the rib cage's surface."""
        norm, scale, _ = self.cage_norm(mesh)
        return (norm - 1.0) * scale

    def diaphragm(self, mesh) -> np.ndarray:
        """Height above the diaphragm in mm (negative below)."""
        norm, _, depth = self.cage_norm(mesh)
        superior, _, left = mesh
        dome = self.breath + np.where(left < 0, 8.0, -4.0) * np.clip(np.abs(left) / 40.0, 0.0, 1.0)
        edge = np.clip(norm, 0.0, 1.1)
        drop = 55.0 * edge**6 + 32.0 * depth * np.minimum(edge, 1.0)
        return superior - self.height["T10"] - dome + drop
