"""Painting the layers of the trunk and the cavities inside."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .shapes import smooth_intersection
from .texture import Wobble, speckle
from .torso import Torso


def paint_torso(canvas: Canvas, torso: Torso, rng: np.random.Generator, grain) -> dict[str, np.ndarray]:
    """Paint skin, fat, muscle, lungs and visceral fat; return the signed distances that bound the organs.

    The keys are `abdomen` (inside the abdominal wall, below the diaphragm), `bowel` (that in front of the spine) and
    `chest` (inside the cage, above the diaphragm).
    """
    habitus = torso.habitus
    whole = tuple(slice(0, count) for count in canvas.hu.shape)
    mesh = canvas.grid(whole)
    skin = canvas.coarse(torso.skin)
    body = canvas.fill(skin)
    canvas.mix(whole, body, habitus.fat_hu, "subcutaneous_fat")
    canvas.mix(whole, canvas.fill(skin) - canvas.fill(skin + 1.6), 10.0, None)
    bare = np.maximum(canvas.coarse(torso.bare), skin + 3.0)
    before_axis = mesh[1] - torso.at(torso.spine_axis, mesh[0])[0] - 15.0
    muscle = np.maximum(bare, np.minimum(canvas.coarse(torso.back_muscle), before_axis))
    canvas.paint(whole, muscle, habitus.muscle_hu, "muscle")
    above = canvas.coarse(torso.diaphragm)
    inner = canvas.coarse(torso.cage_distance) + 5.0
    p_spine, l_spine = torso.at(torso.spine_axis, mesh[0])
    side = mesh[2] - l_spine
    uneven = Wobble(rng, 45.0)
    wall = (
        canvas.coarse(uneven) * 3.0
        + rng.uniform(6.0, 10.0)
        + rng.uniform(4.0, 10.0) * np.clip(np.abs(side) / 100.0, 0.0, 1.0)
    )
    behind = mesh[1] - p_spine - habitus.scale * (20.0 + 12.0 * np.exp(-(((np.abs(side) - 72.0) / 26.0) ** 2)))
    lower_body = torso.height["hip"] - 20.0
    abdomen = smooth_intersection(bare + wall, behind, 14.0)
    abdomen = np.maximum(abdomen, np.maximum(above + 3.0, lower_body - mesh[0]))
    bowel = np.maximum(abdomen, mesh[1] - p_spine + 48.0 * habitus.scale * np.exp(-((side / 60.0) ** 4)))
    canvas.paint(whole, abdomen, habitus.fat_hu - 3.0, "visceral_fat")
    mesentery = np.clip(canvas.coarse(Wobble(rng, 13.0), 2) * 3.0 - 2.2, 0.0, 1.0) * canvas.fill(bowel + 4.0)
    canvas.mix(whole, 0.8 * mesentery, 40.0, None)
    chest = np.maximum(inner, -above)
    canvas.paint(whole, chest, 45.0, "mediastinum")
    canvas.hu += np.where(canvas.labels > 0, 7.0, 0.0) * speckle(grain, canvas.hu.shape, 1.2)
    return {"abdomen": abdomen, "bowel": bowel, "chest": chest}
