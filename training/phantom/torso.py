"""The outline of the body, its layers of fat and muscle, and the cavities inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import gaussian_filter1d

from training.phantom.canvas import Canvas
from training.phantom.shapes import smooth_intersection
from training.phantom.spine import Vertebra
from training.phantom.texture import Wobble, speckle


@dataclass(frozen=True)
class Habitus:
    """Shape of a body: `scale` of the skeleton, width and depth factors of the trunk, fat in mm, muscle HU."""

    scale: float
    breadth: float
    depth: float
    fat_mm: float
    belly_mm: float
    muscle_hu: float
    fat_hu: float
    female: bool


def sample_habitus(rng: np.random.Generator, scale: float) -> Habitus:
    """Random habitus, from lean to obese."""
    fat = float(np.clip(rng.lognormal(np.log(14.0), 0.55), 4.0, 48.0))
    belly = float(np.clip(rng.normal(18.0 + 0.9 * fat, 16.0), 0.0, 85.0))
    return Habitus(
        scale, rng.normal(1.0, 0.05), rng.normal(1.0, 0.06), fat, belly, rng.uniform(42.0, 62.0),
        rng.uniform(-115.0, -92.0), bool(rng.random() < 0.5),
    )


# height landmark: half width of the bare trunk, its front and back edge from the axis, exponents are fixed below
_TRUNK = {
    "thigh": (158.0, 95.0, 95.0),
    "hip": (160.0, 98.0, 92.0),
    "S1": (140.0, 92.0, 78.0),
    "L3": (126.0, 78.0, 76.0),
    "T12": (137.0, 105.0, 74.0),
    "T8": (150.0, 122.0, 72.0),
    "T5": (158.0, 108.0, 66.0),
    "T3": (172.0, 84.0, 62.0),
    "T1": (135.0, 60.0, 62.0),
    "C6": (62.0, 48.0, 52.0),
    "C3": (56.0, 50.0, 50.0),
}
_CAGE = {
    "L3": (112.0, 92.0),
    "L1": (120.0, 100.0),
    "T12": (124.0, 104.0),
    "T10": (128.0, 112.0),
    "T8": (127.0, 113.0),
    "T6": (121.0, 104.0),
    "T4": (106.0, 86.0),
    "T3": (94.0, 74.0),
    "T2": (76.0, 60.0),
    "T1": (55.0, 46.0),
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
        self.rough = Wobble(rng, 150.0, 3)
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
        self.trunk = self._profile(names, rows)
        rows = [(width * scale * breadth, front * scale * depth) for width, front in _CAGE.values()]
        self.cage = self._profile(list(_CAGE), rows)

    def _profile(self, names, rows) -> PchipInterpolator:
        heights = np.array([self.height[name] for name in names])
        order = np.argsort(heights)
        return PchipInterpolator(heights[order], np.array(rows)[order], axis=0)

    def _axis(self, vertebrae: list[Vertebra], plate) -> None:
        centres = np.array([vertebra.centre for vertebra in vertebrae] + [np.asarray(plate)])[::-1]
        fine = np.arange(centres[0, 0] - 300.0, centres[-1, 0] + 150.0, 2.0)
        inside = np.clip(fine, centres[0, 0], centres[-1, 0])
        spine = PchipInterpolator(centres[:, 0], centres[:, 1:], axis=0)(inside)
        self.spine_axis = PchipInterpolator(fine, spine, axis=0)
        smooth = gaussian_filter1d(spine, 30.0, axis=0, mode="nearest")
        self.trunk_axis = PchipInterpolator(fine, smooth * (0.9, 0.6), axis=0)

    def _at(self, interpolator, superior):
        x = interpolator.x
        values = interpolator(np.clip(np.ravel(superior), x[0], x[-1])).astype(np.float32)
        return [column[:, None, None] for column in values.T]

    def outline(self, mesh, grow_side: float, grow_front: float, grow_back: float) -> np.ndarray:
        """Signed distance (along the radius) of the bare trunk grown by the given mm at side, front and back."""
        superior, posterior, left = mesh
        width, front, back = self._at(self.trunk, superior)
        p_axis, l_axis = self._at(self.trunk_axis, superior)
        p = posterior - p_axis
        l_offset = left - l_axis
        depth = np.where(p > 0, back + grow_back, front + grow_front)
        x = np.abs(l_offset) / (width + grow_side)
        y = np.abs(p) / depth
        norm = np.sqrt(np.sqrt((x**2.5 + y**2.5) ** np.float32(1.6))) + 1e-4
        radius = np.sqrt(p * p + l_offset * l_offset)
        return radius * (1.0 - 1.0 / norm) + 3.0 * self.rough(*mesh)

    def skin(self, mesh) -> np.ndarray:
        """Signed distance of the skin."""
        fat = self.habitus.fat_mm
        return self.outline(mesh, fat, fat * self.fat_front, fat * self.fat_back)

    def bare(self, mesh) -> np.ndarray:
        """Signed distance of the trunk under the subcutaneous fat."""
        return self.outline(mesh, 0.0, 0.0, 0.0)

    def cage_norm(self, mesh) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Normalised radius in the rib cage (1 on its surface), its scale in mm, and the depth offset."""
        superior, posterior, left = mesh
        width, front = self._at(self.cage, superior)
        p_axis, l_axis = self._at(self.spine_axis, superior)
        p = posterior - (p_axis - 0.3 * front)
        l_offset = left - l_axis
        y = np.where(p > 0, p / (0.3 * front + 26.0 * self.habitus.scale), p / (0.7 * front))
        norm = np.sqrt((l_offset / width) ** 2 + y * y)
        return norm, np.minimum(width, front), y

    def cage_point(self, superior: float, angle: float, side: float) -> np.ndarray:
        """Point of the rib cage at a height and an angle in radians from the back; `side` +1 left, -1 right."""
        x = self.cage.x
        width, front = self.cage(np.clip(superior, x[0], x[-1]))
        p_axis, l_axis = self.spine_axis(np.clip(superior, self.spine_axis.x[0], self.spine_axis.x[-1]))
        depth = 0.3 * front + 26.0 * self.habitus.scale if np.cos(angle) > 0 else 0.7 * front
        return np.array([
            superior, p_axis - 0.3 * front + depth * np.cos(angle), l_axis + side * width * np.sin(angle),
        ])

    def diaphragm(self, mesh, norm: np.ndarray, depth: np.ndarray) -> np.ndarray:
        """Height above the diaphragm in mm (negative below)."""
        superior, _, left = mesh
        dome = self.height["T10"] + 12.0 + np.where(left < 0, 8.0, -4.0) * np.clip(np.abs(left) / 40.0, 0.0, 1.0)
        return superior - (dome - 62.0 * np.clip(norm, 0.0, 1.1) ** 4 - 22.0 * depth * np.clip(norm, 0.0, 1.0))


def paint_torso(canvas: Canvas, torso: Torso, rng: np.random.Generator, grain) -> dict[str, np.ndarray]:
    """Paint skin, fat, muscle, lungs and visceral fat; return the masks (shares) that bound the organs.

    The keys are `abdomen` (inside the abdominal wall, below the diaphragm) and `chest` (inside the cage above it).
    """
    habitus = torso.habitus
    whole = tuple(slice(0, count) for count in canvas.hu.shape)
    mesh = canvas.grid(whole)
    skin = canvas.coarse(torso.skin)
    body = canvas.fill(skin)
    canvas.mix(whole, body, habitus.fat_hu, "subcutaneous_fat")
    canvas.mix(whole, canvas.fill(skin) - canvas.fill(skin + 1.6), 10.0, None)
    bare = np.maximum(canvas.coarse(torso.bare), skin + 3.0)
    canvas.paint(whole, bare, habitus.muscle_hu, "muscle")
    norm, scale, depth = (canvas.coarse(lambda m, i=i: np.broadcast_to(torso.cage_norm(m)[i], [
        a.size for a in m])) for i in range(3))
    above = torso.diaphragm(mesh, norm, depth)
    inner = (norm - 1.0) * scale + 5.0
    wall = rng.uniform(9.0, 17.0)
    p_spine = torso._at(torso.spine_axis, mesh[0])[0]
    behind = mesh[1] - (p_spine + 26.0 * habitus.scale)
    lower_body = torso.height["hip"] - 20.0
    abdomen = smooth_intersection(bare + wall, behind, 14.0)
    abdomen = np.maximum(abdomen, np.maximum(above + 3.0, lower_body - mesh[0]))
    canvas.paint(whole, abdomen, habitus.fat_hu - 3.0, "visceral_fat")
    chest = np.maximum(inner, -above)
    canvas.paint(whole, chest, 45.0, "mediastinum")
    canvas.hu += np.where(canvas.labels > 0, 6.0, 0.0) * speckle(grain, canvas.hu.shape, 1.2)
    return {"abdomen": abdomen, "chest": chest, "skin": skin, "above": above}
