"""Drawing organs, vessels, bowel and muscles that run along the spine."""

from __future__ import annotations

import numpy as np

from training.phantom.canvas import Canvas
from training.phantom.shapes import ellipsoid, smooth_intersection
from training.phantom.spine import Vertebra
from training.phantom.texture import Wobble, speckle
from training.phantom.torso import Torso
from training.phantom.tubes import smooth_path, tube_distance


class Painter:
    """Paints organs of one body, placed relative to the spine at a level."""

    def __init__(self, canvas: Canvas, torso: Torso, bounds: dict[str, np.ndarray], rng: np.random.Generator, grain):
        self.canvas, self.torso, self.bounds, self.rng, self.grain = canvas, torso, bounds, rng, grain
        self.scale = torso.habitus.scale

    def spot(self, level: str, up: float, forward: float, left: float) -> np.ndarray:
        """Point in mm, from the spine's axis at a level."""
        height = self.torso.height[level] + up * self.scale
        axis = self.torso.spine_axis(np.clip(height, self.torso.spine_axis.x[0], self.torso.spine_axis.x[-1]))
        return np.array([height, axis[0] - forward * self.scale, axis[1] + left * self.scale])

    def blob(self, label, centre, radii, hu, bound=None, margin=0.0, rough=0.12, turn=0.0):
        """Paint an irregular ellipsoid, cut by a bound; return its box and distance for what lies in it."""
        radii = np.asarray(radii, float) * self.scale
        wobble = Wobble(self.rng, 1.6 * float(radii.mean()), 2)
        box = self.canvas.around(centre, 1.35 * radii.max())
        if box is None:
            return None
        mesh = self.canvas.grid(box)
        up, back, left = (axis - np.float32(middle) for axis, middle in zip(mesh, centre, strict=True))
        if turn:
            up, left = np.cos(turn) * up - np.sin(turn) * left, np.sin(turn) * up + np.cos(turn) * left
        distance = ellipsoid((up, back, left), radii) + rough * float(radii.min()) * wobble(*mesh)
        if bound is not None:
            distance = smooth_intersection(distance, self.bounds[bound][box] + margin, 4.0)
        self.canvas.paint(box, distance, hu, label)
        return box, distance

    def tube(self, label, nodes, radius, hu, bound=None, margin=0.0):
        """Paint a tube through nodes in mm; `radius` is a number or one per node."""
        radius = np.broadcast_to(np.asarray(radius, float), (len(nodes),))
        points, share = smooth_path(nodes, max(2.0, 0.3 * float(radius.min())))
        along = np.interp(share, np.linspace(0.0, 1.0, len(nodes)), radius)
        result = tube_distance(self.canvas, points, np.column_stack([along, along]))
        if result is None:
            return None
        box, distance = result
        if bound is not None:
            distance = np.maximum(distance, self.bounds[bound][box] + margin)
        self.canvas.paint(box, distance, hu, label)
        return box, distance


def paint_chest(painter: Painter, contrast: float) -> None:
    """Paint lungs with vessels, and the heart."""
    canvas, torso, rng = painter.canvas, painter.torso, painter.rng
    chest = painter.bounds["chest"]
    if not (chest < 0).any():
        return
    heart_at = painter.spot("T8", 6.0, 78.0, 20.0)
    lung_hu = rng.uniform(-890.0, -800.0)
    where = np.argwhere((chest < 4).any(axis=(1, 2)))
    low, high = int(where.min()), int(where.max()) + 1
    box = (slice(low, high), slice(0, chest.shape[1]), slice(0, chest.shape[2]))
    mesh = canvas.grid(box)
    superior, posterior, left = mesh
    p_axis, l_axis = torso._at(torso.spine_axis, superior)
    side = left - l_axis
    forward = p_axis - posterior
    core = 30.0 + 10.0 * np.exp(-(((superior - torso.height["T5"]) / 30.0) ** 2))
    middle = ellipsoid((forward - 45.0, side - 4.0), (62.0 * painter.scale, core * painter.scale))
    body_side = ellipsoid((forward - 2.0, side), (24.0 * painter.scale, 23.0 * painter.scale))
    heart = ellipsoid(
        [axis - np.float32(value) for axis, value in zip(mesh, heart_at, strict=True)],
        np.array([55.0, 48.0, 60.0]) * painter.scale,
    )
    lungs = np.maximum(chest[box] + 1.5, -np.minimum(np.minimum(middle, body_side), heart))
    grain = speckle(painter.grain, lungs.shape, 0.9)
    vessels = np.clip(speckle(painter.grain, lungs.shape, 1.1) - 2.1, 0.0, 0.6) * 900.0
    gradient = 45.0 * np.clip(-forward / 60.0, -1.0, 1.0)
    canvas.paint(box, lungs, lung_hu + 22.0 * grain + vessels + gradient, "lung")
    canvas.paint(box, np.maximum(heart, chest[box]), 42.0 + 0.8 * contrast, "heart")


def paint_abdomen(painter: Painter, contrast: float) -> None:
    """Paint liver, spleen, kidneys, stomach, bowel and bladder."""
    rng, spot = painter.rng, painter.spot
    liver_hu = rng.uniform(48.0, 66.0) - (rng.random() < 0.2) * rng.uniform(10.0, 40.0) + 0.35 * contrast
    size = rng.uniform(0.9, 1.1)
    belly = painter.torso.habitus.belly_mm / painter.scale
    paint_small_bowel(painter)
    paint_colon(painter, belly)
    stomach = painter.blob("stomach", spot("T12", 4.0, 82.0 + 0.5 * belly, 58.0), (46.0, 34.0, 42.0),
                           rng.uniform(15.0, 40.0), "abdomen", 4.0, turn=0.5)
    if stomach is not None and rng.random() < 0.85:
        box, distance = stomach
        level = painter.canvas.grid(box)[1] - (spot("T12", 0.0, 92.0 + 0.5 * belly, 0.0)[1] + rng.uniform(-10, 14))
        gas = np.maximum(distance + 4.0, level)
        painter.canvas.paint(box, gas, -940.0, "gas")
    painter.blob("spleen", spot("T11", -8.0, 6.0, 96.0), (48.0, 40.0, 26.0), liver_hu - 6.0, "abdomen", 1.0)
    painter.blob("liver", spot("T11", -4.0, 42.0, -72.0), np.array([80.0, 82.0, 78.0]) * size, liver_hu,
                 "abdomen", 1.0, rough=0.08, turn=0.15)
    painter.blob("liver", spot("T11", 6.0, 88.0 + 0.3 * belly, -6.0), np.array([38.0, 32.0, 66.0]) * size, liver_hu,
                 "abdomen", 1.0, turn=-0.15)
    for side, level in ((-1.0, "L2"), (1.0, "L1")):
        kidney = spot(level, rng.uniform(-8.0, 14.0), rng.uniform(0.0, 12.0), side * rng.uniform(60.0, 68.0))
        hu = 33.0 + contrast * 0.9
        result = painter.blob("kidney", kidney, np.array([54.0, 27.0, 26.0]) * rng.uniform(0.85, 1.1), hu, "abdomen",
                              -4.0, rough=0.08, turn=side * 0.3)
        if result is not None:
            painter.blob(None, kidney + np.array([0.0, -6.0, -side * 12.0]), (26.0, 10.0, 14.0), -60.0 + 0.3 * contrast)
    painter.blob("bladder", spot("S1", -95.0, 62.0, 0.0), (28.0, 32.0, 40.0), rng.uniform(2.0, 15.0))
    painter.blob("stomach", spot("L1", -12.0, 44.0, 4.0), (14.0, 12.0, 66.0), 40.0 + 0.4 * contrast, "abdomen", 3.0)


def paint_small_bowel(painter: Painter) -> None:
    """Paint loops of small bowel in the middle of the abdomen."""
    rng = painter.rng
    forward = 70.0 + 0.6 * painter.torso.habitus.belly_mm
    for _ in range(26):
        centre = painter.spot("L4", rng.uniform(-85.0, 75.0), forward + rng.uniform(-28.0, 30.0), rng.uniform(-85, 85))
        steps = np.cumsum(rng.normal(0.0, 15.0, (4, 3)), axis=0)
        result = painter.tube("bowel", centre + steps, rng.uniform(8.0, 13.0), rng.uniform(18.0, 48.0), "abdomen", 4.0)
        if result is not None and rng.random() < 0.25:
            box, distance = result
            painter.canvas.paint(box, distance + rng.uniform(4.0, 7.0), rng.uniform(-900.0, -300.0), "gas")


def paint_colon(painter: Painter, belly: float) -> None:
    """Paint the colon with stool and gas."""
    rng, spot = painter.rng, painter.spot
    front = 62.0 + 0.8 * belly
    wide = rng.uniform(92.0, 108.0)
    nodes = [
        spot("L5", -20.0, 35.0 + 0.3 * belly, -wide + 14.0), spot("L3", 0.0, 28.0 + 0.2 * belly, -wide),
        spot("L1", -12.0, 50.0 + 0.4 * belly, -wide + 10.0),
        spot("L2", rng.uniform(-30.0, 20.0), front + 14.0, -40.0),
        spot("L2", rng.uniform(-40.0, 10.0), front + 20.0, 20.0),
        spot("L1", 18.0, 50.0 + 0.3 * belly, wide - 14.0), spot("L2", 0.0, 14.0, wide), spot("L4", 0.0, 18.0, wide),
        spot("S1", 0.0, 40.0, wide - 22.0), spot("S1", -45.0, 40.0, 30.0), spot("S1", -80.0, 10.0, 0.0),
    ]
    radius = rng.uniform(15.0, 24.0) * np.array([1.3, 1.3, 1.1, 1.0, 1.0, 1.0, 0.8, 0.7, 0.7, 0.8, 0.9]) * painter.scale
    result = painter.tube("bowel", nodes, radius, 35.0, "abdomen", 3.0)
    if result is None:
        return
    box, distance = result
    mesh = painter.canvas.grid(box)
    field = Wobble(rng, 55.0, 3)(*mesh)
    crumbs = Wobble(rng, 9.0, 4)(*mesh)
    inside = painter.canvas.fill(distance + 3.0)
    stool = 10.0 + 90.0 * crumbs - 220.0 * np.clip(crumbs - 0.5, 0.0, 1.0)
    painter.canvas.mix(box, inside, stool, None)
    gas = inside * np.clip((field - rng.uniform(0.1, 0.7)) * 6.0, 0.0, 1.0)
    painter.canvas.mix(box, gas, -960.0, "gas")


def paint_vessels(painter: Painter, contrast: float, calcified: float) -> None:
    """Paint aorta with its arch and wall calcifications, vena cava and the common iliac vessels."""
    rng, spot = painter.rng, painter.spot
    size = rng.uniform(0.85, 1.25)
    winding = rng.uniform(0.0, 10.0)
    arch = [spot("T8", 10.0, 82.0, 2.0), spot("T5", 12.0, 68.0, -12.0), spot("T4", 8.0, 42.0, 4.0)]
    down = [
        spot("T5", 0.0, 22.0, 16.0), spot("T8", 0.0, 23.0, 17.0 + winding), spot("T11", 0.0, 27.0, 11.0),
        spot("L1", 0.0, 31.0, 6.0), spot("L3", 0.0, 31.0, 7.0 + 0.6 * winding), spot("L4", -12.0, 30.0, 2.0),
    ]
    radii = np.array([14.0, 14.0, 13.0, 12.5, 12.0, 11.0, 10.0, 9.0, 8.5]) * size * painter.scale
    hu = 40.0 + contrast
    for side in (-1.0, 1.0):
        leg = [down[-1], spot("S1", 0.0, 34.0, side * 28.0), spot("S1", -50.0, 52.0, side * 58.0)]
        painter.tube("vessel", leg, 5.5, hu)
        leg = [spot("L5", 0.0, 27.0, -10.0), spot("S1", 0.0, 26.0, side * 32.0), spot("S1", -50.0, 42.0, side * 58.0)]
        painter.tube("vessel", leg, 6.0, 40.0 + 0.5 * contrast)
    cava = [spot("L5", 0.0, 27.0, -10.0), spot("L2", 0.0, 31.0, -18.0), spot("T11", 0.0, 42.0, -26.0),
            spot("T9", 0.0, 58.0, -30.0)]
    painter.tube("vena_cava", cava, 10.5 * painter.scale, 40.0 + 0.6 * contrast)
    result = painter.tube("aorta", arch + down, radii, hu)
    if result is not None and calcified > 0.0:
        box, distance = result
        field = Wobble(rng, 16.0, 4)(*painter.canvas.grid(box))
        shell = np.abs(distance + 0.5) - 0.9
        painter.canvas.paint(box, shell, 700.0, None, where=np.clip((field - 1.2 + calcified) * 4.0, 0.0, 1.0))


def paint_muscles(painter: Painter, vertebrae: list[Vertebra]) -> None:
    """Paint psoas and quadratus lumborum, and fatty streaks between the muscles of the back."""
    canvas, rng = painter.canvas, painter.rng
    hu = painter.torso.habitus.muscle_hu
    bulk = rng.uniform(0.75, 1.2)
    by_name = {vertebra.name: vertebra for vertebra in vertebrae}
    for side in (-1.0, 1.0):
        nodes, radii = [], []
        for name, out, back, radius in (("T12", 2.0, 2.0, 4.0), ("L1", 5.0, 2.0, 8.0), ("L2", 8.0, 1.0, 12.0),
                                        ("L3", 12.0, 0.0, 16.0), ("L4", 17.0, -3.0, 19.0), ("L5", 24.0, -9.0, 20.0)):
            vertebra = by_name[name]
            nodes.append(vertebra.to_world(0.0, back, side * (0.5 * vertebra.size.body_width + out * painter.scale)))
            radii.append(radius * bulk * painter.scale)
        nodes += [painter.spot("S1", -20.0, 42.0, side * 66.0), painter.spot("S1", -75.0, 62.0, side * 84.0)]
        radii += [18.0 * bulk * painter.scale, 15.0 * bulk * painter.scale]
        painter.tube("muscle", nodes, radii, hu)
        nodes = [painter.spot("T12", -8.0, -22.0, side * 46.0), painter.spot("L3", 0.0, -20.0, side * 62.0),
                 painter.spot("L5", 10.0, -22.0, side * 74.0)]
        painter.tube("muscle", nodes, np.array([7.0, 13.0, 13.0]) * bulk, hu)
    fatty = rng.uniform(0.0, 1.0)
    low, high = painter.torso.height["hip"], painter.torso.height["T4"]
    reach = 75.0 * painter.scale
    axis = painter.torso.spine_axis(np.linspace(low, high, 30))
    box = canvas.box(
        (low, axis[:, 0].min(), axis[:, 1].min() - reach), (high, axis[:, 0].max() + 90.0, axis[:, 1].max() + reach))
    if box is None:
        return
    mesh = canvas.grid(box)
    field = Wobble(rng, 26.0, 4)(mesh[0] / 3.0, mesh[1], mesh[2])
    p_axis, l_axis = painter.torso._at(painter.torso.spine_axis, mesh[0])
    deep = np.exp(-((mesh[2] - l_axis) / 30.0) ** 2) * np.clip((mesh[1] - p_axis - 24.0) / 8.0, 0.0, 1.0)
    streak = np.clip((field - 1.0 + fatty * 0.9 * deep) * 3.0, 0.0, 1.0) * deep
    streak = streak * (canvas.labels[box] == 2)
    canvas.mix(box, 0.8 * streak, painter.torso.habitus.fat_hu, None)
