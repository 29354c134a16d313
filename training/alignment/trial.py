"""Pairs with known errors, written as files, for the measurement of the alignment through the public entry.

Independent of what the networks are trained on: exact projections on detectors (`Diff2CTCore.geometry.project`), the
appearance of the main model's training, and the truth from the projection of points of the spine.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from Diff2CTCore.geometry import BiplanarGeometry, ViewGeometry, VolumeGrid, hu_to_attenuation, project

from ..data import AppearanceRange, RealScan

PITCH_MM = 0.7
SID_MM, SOD_MM = 1180.0, 980.0
"""What is believed of the lateral view; the frontal one really has them."""

HEIGHTS_MM = (240.0, 400.0)
WIDTHS_MM = ((260.0, 400.0), (220.0, 360.0))
MARGIN = 0.16
"""Of the depth of a body lies so much of its height beside the window, for the rays diverge."""

LARGEST_SHIFT_MM = 150.0
LARGEST_MAGNIFICATION = 0.15
LARGEST_TURN_DEG = 6.0
LEAST_OVERLAP_MM = 100.0
APPEARANCE = AppearanceRange(shift_mm=0.0, turn_deg=0.0, scale=0.0)


@dataclass(frozen=True, eq=False)
class Trial:
    """Attributes:
    pictures: float32 (rows, columns) each, dense = bright; frontal and lateral, upright.
    masks: bool, what the detectors saw.
    geometry: the true one, about the middle of `scan`'s array.
    line_mm: (n, 3) RAS mm about the same middle, points of the spine.
    """

    pictures: tuple[np.ndarray, np.ndarray]
    masks: tuple[np.ndarray, np.ndarray]
    geometry: BiplanarGeometry
    line_mm: np.ndarray

    def truth(self, frontal_row: float) -> tuple[np.ndarray, tuple[float, float]]:
        """The point of the spine that the frontal view shows in a row, RAS mm, and its (column, row) in the lateral."""
        rows = self.geometry.frontal.project(self.line_mm)[:, 1]
        order = np.argsort(rows)
        point = np.array([np.interp(frontal_row, rows[order], self.line_mm[order, axis]) for axis in range(3)])
        column, row = self.geometry.lateral.project(point)
        return point, (float(column), float(row))

    def size_ratio(self, point_mm: np.ndarray) -> float:
        """Size in the lateral picture over that in the frontal one of something small and upright at a point."""
        ends = point_mm + np.array([[0.0, 0.0, -10.0], [0.0, 0.0, 10.0]])
        lengths = [np.linalg.norm(np.diff(view.project(ends), axis=0)) for view in self.geometry.views]
        return float(lengths[1] / lengths[0])


def draw_trial(scan: RealScan, rng: np.random.Generator) -> Trial:
    """A frontal and a lateral radiograph of a scan with a random shift, magnification, turns and appearances."""
    shape, spacing = np.array(scan.hu.shape), np.asarray(scan.spacing_mm, dtype=float)
    grid = VolumeGrid(tuple(int(count) for count in shape), float(spacing[0]))
    middle = scan.origin_mm + (shape - 1) / 2.0 * spacing
    line_spl = scan.centreline_mm - middle
    line_ras = np.stack([-line_spl[:, 2], -line_spl[:, 1], line_spl[:, 0]], axis=1)
    height = shape[0] * spacing[0]
    low, high = -height / 2.0 + MARGIN * 200.0, height / 2.0 - MARGIN * 200.0
    low, high = max(low, line_spl[:, 0].min()), min(high, line_spl[:, 0].max())
    windows = _windows(low, high, rng)
    factor = float(np.exp(rng.uniform(-1, 1) * np.log1p(LARGEST_MAGNIFICATION)))
    attenuation = hu_to_attenuation(torch.from_numpy(np.asarray(scan.hu, dtype=np.float32)))[None, None]
    pictures, masks, views = [], [], []
    for index, name in enumerate((rng.choice(["AP", "PA"]), rng.choice(["LL", "RL"]))):
        view = _view(str(name), index, windows[index], line_spl, factor if index else 1.0, rng)
        with torch.no_grad():
            exact = project(attenuation, grid, view)[0, 0]
        mask = torch.ones_like(exact)
        picture, mask = APPEARANCE.apply(exact, mask, PITCH_MM * SOD_MM / SID_MM, rng)
        pictures.append(picture.numpy())
        masks.append(mask.numpy() > 0.5)
        views.append(view)
    return Trial(tuple(pictures), tuple(masks), BiplanarGeometry(*views), line_ras)


def _windows(low: float, high: float, rng: np.random.Generator) -> list[tuple[float, float]]:
    """Lower and upper end of both fields, mm above the middle, that share at least `LEAST_OVERLAP_MM`."""
    while True:
        found = []
        for _ in range(2):
            size = min(rng.uniform(*HEIGHTS_MM), high - low)
            start = rng.uniform(low, max(low, high - size))
            found.append((start, start + size))
        shift = abs(sum(found[0]) - sum(found[1])) / 2.0
        overlap = min(found[0][1], found[1][1]) - max(found[0][0], found[1][0])
        if shift <= LARGEST_SHIFT_MM and overlap >= min(LEAST_OVERLAP_MM, high - low - 1.0):
            return found


def _view(name: str, index: int, window, line_spl: np.ndarray, factor: float, rng: np.random.Generator) -> ViewGeometry:
    """The true geometry of a view whose detector's middle shows the window's, about the array's middle."""
    sod = SID_MM / (SID_MM / SOD_MM * factor)
    magnification = SID_MM / sod
    if magnification < 1.02:
        sod, magnification = SID_MM / 1.02, 1.02
    pitch = PITCH_MM * (SID_MM / SOD_MM * factor) ** -1 * magnification
    inside = (line_spl[:, 0] > window[0]) & (line_spl[:, 0] < window[1])
    across = line_spl[inside, 2 if index == 0 else 1].mean() if inside.any() else 0.0
    aside = across + (rng.normal(0.0, 10.0) if index == 0 else -rng.uniform(20.0, 60.0))
    size = (window[1] - window[0], rng.uniform(*WIDTHS_MM[index]))
    rows, columns = (max(64, int(length * magnification / pitch)) for length in size)
    middle = (columns - 1) / 2.0, (rows - 1) / 2.0
    turn = rng.uniform(-1, 1) * LARGEST_TURN_DEG
    up, left = (window[0] + window[1]) / 2.0, aside
    # The array's middle is seen below and to the right of the detector's, turned with the picture.
    angle = np.deg2rad(turn)
    down_px, right_px = up * magnification / pitch, -left * magnification / pitch
    column = middle[0] + np.cos(angle) * right_px + np.sin(angle) * down_px
    row = middle[1] - np.sin(angle) * right_px + np.cos(angle) * down_px
    return ViewGeometry(
        name, rows, columns, (pitch, pitch), sid_mm=SID_MM, sod_mm=sod, rotation_deg=float(turn),
        principal_point_px=middle, centre_px=(float(column), float(row)),
    )  # fmt: skip


def write_picture(path: Path, picture: np.ndarray) -> None:
    """A picture as NRRD with its pixel pitch and nothing else that is known."""
    import SimpleITK as sitk

    image = sitk.GetImageFromArray(np.ascontiguousarray(picture, dtype=np.float32))
    image.SetSpacing((PITCH_MM, PITCH_MM))
    sitk.WriteImage(image, str(path))
