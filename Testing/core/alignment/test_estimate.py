"""Where two radiographs show the same: with a network that reads heights off the picture itself, so that what is
tested is the geometry around it, against projections of known points."""

import numpy as np
import pytest
import torch

from Diff2CTCore.alignment import AlignmentModel, RowFeatures, align
from Diff2CTCore.geometry import BiplanarGeometry, ViewGeometry
from Diff2CTCore.radiograph import Radiograph


class Reader(torch.nn.Module):
    """Stands in for `RowNetwork`: a row's height is the width of the band on its left against that of the band on its
    right, whatever the size; the left band's middle is the spine."""

    def forward(self, pictures, _views):
        picture = pictures[0, 0].numpy()
        bright = (picture - picture.min()) / np.ptp(picture)
        columns = np.arange(picture.shape[1])
        codes, seen, spine = np.zeros((3, len(picture)))
        for row, line in enumerate(bright):
            inside = np.flatnonzero(line > 0.5)
            gap = np.flatnonzero(np.diff(inside) > 8)
            if len(inside) == 0 or len(gap) != 1 or inside[-1] > picture.shape[1] - 4:
                continue
            between = (inside[gap[0]] + inside[gap[0] + 1]) // 2
            left, right = line[:between], line[between:]
            codes[row], seen[row] = left.sum() / right.sum(), 1.0
            spine[row] = (left * columns[:between]).sum() / left.sum()
        # Where a band ends, a row is half of it.
        seen = np.convolve(seen, np.ones(9), "same") > 8.5
        spine = np.interp(np.arange(len(spine)), np.flatnonzero(seen), spine[seen]) if seen.any() else spine
        spine = (2.0 * spine + 1.0) / picture.shape[1] - 1.0
        embedding = torch.tensor(np.stack([codes, seen.astype(float)], 1), dtype=torch.float32)[None]
        one = torch.tensor(spine, dtype=torch.float32)[None]
        return RowFeatures(embedding, torch.zeros(1, len(spine)), one)

    def examine(self, picture, view):
        return self(picture[None], view)

    @staticmethod
    def log_matches(one, other):
        code, seen = one.embedding[0].T
        other_code, other_seen = other.embedding[0].T
        likeness = -0.5 * ((code[:, None] - other_code[None]) / 0.005) ** 2
        likeness = torch.where((seen[:, None] * other_seen[None]) > 0, likeness, torch.tensor(-60.0))
        return torch.cat([likeness, torch.full((len(code), 1), -8.0)], 1).log_softmax(1)[None]


def picture_of(view: ViewGeometry, points: np.ndarray) -> np.ndarray:
    """The two bands along points in RAS mm as the view shows them, the left one wider towards the head."""
    seen = view.project(points)
    order = np.argsort(seen[:, 1])
    rows = np.arange(view.rows)
    column, height = (
        np.interp(rows, seen[order, 1], values[order], left=np.nan, right=np.nan)
        for values in (seen[:, 0], points[:, 2])
    )
    away = (np.arange(view.columns)[None] - column[:, None]) * view.pixel_spacing_mm[1] / view.magnification
    pixel = view.pixel_spacing_mm[1] / view.magnification
    halves = (np.abs(away), 20.0 + 0.05 * height[:, None]), (np.abs(away - 95.0), 40.0)
    bands = [np.nan_to_num(np.clip((half - distance) / pixel + 0.5, 0.0, 1.0)) for distance, half in halves]
    return np.maximum(*bands).astype(np.float32)


def radiograph(view: ViewGeometry, points: np.ndarray) -> Radiograph:
    return Radiograph(
        picture_of(view, points), view.view, view.pixel_spacing_mm, "test", provenance={"sha256": view.view}
    )


SPINE = np.stack([np.linspace(3.0, -3.0, 400), np.linspace(-5.0, 5.0, 400), np.linspace(190.0, -190.0, 400)], 1)


def model():
    return AlignmentModel(Reader(), None, 5.0, 0.9)


def test_centres_are_projections_of_one_point_of_the_spine():
    size = (700, 600, (0.6, 0.6))
    truth = BiplanarGeometry(
        ViewGeometry("AP", *size, centre_px=(320.0, 400.0)),
        ViewGeometry("LL", *size, sod_mm=1000.0, centre_px=(280.0, 290.0)),
    )
    images = tuple(radiograph(view, SPINE) for view in truth.views)
    believed = BiplanarGeometry(ViewGeometry("AP", *size), ViewGeometry("LL", *size))
    found = align(model(), images, believed)
    rows = truth.frontal.project(SPINE)[:, 1]
    point = SPINE[np.abs(rows - found.centres_px[0][1]).argmin()]
    for view, centre in zip(truth.views, found.centres_px, strict=True):
        assert centre == pytest.approx(view.project(point), abs=6.0)
    ratio = (1000.0 / truth.frontal.sod_mm) ** -1
    assert found.magnification == pytest.approx(ratio, rel=0.015)
    assert found.sure
    assert found.overlap_mm > 250.0
    for frontal_row, lateral_row in found.same_height_px:
        point = SPINE[np.abs(rows - frontal_row).argmin()]
        assert lateral_row == pytest.approx(truth.lateral.project(point)[1], abs=8.0)


def test_a_marked_centre_stays_and_the_other_view_gets_the_same_height():
    size = (700, 600, (0.6, 0.6))
    truth = BiplanarGeometry(ViewGeometry("AP", *size), ViewGeometry("LL", *size, centre_px=(299.5, 260.0)))
    images = tuple(radiograph(view, SPINE) for view in truth.views)
    believed = BiplanarGeometry(ViewGeometry("AP", *size), ViewGeometry("LL", *size))
    point = SPINE[150]
    for index in range(2):
        marked = [None, None]
        marked[index] = tuple(truth.views[index].project(point))
        found = align(model(), images, believed, tuple(marked))
        assert found.centres_px[index] == marked[index]
        other = truth.views[1 - index].project(point)
        assert found.centres_px[1 - index] == pytest.approx(other, abs=6.0)


@pytest.mark.parametrize("turn", [-5.0, 6.0])
def test_a_turned_picture_is_turned_back_the_way_the_geometry_has_it(turn):
    """The picture's turn clockwise is the detector's turn the other way round."""
    size = (700, 600, (0.6, 0.6))
    truth = BiplanarGeometry(
        ViewGeometry("AP", *size, rotation_deg=-turn, centre_px=(310.0, 380.0)),
        ViewGeometry("LL", *size, centre_px=(299.5, 300.0)),
    )
    upright = np.stack([np.zeros(400), np.linspace(-25.0, 25.0, 400), np.linspace(190.0, -190.0, 400)], 1)
    images = tuple(radiograph(view, upright) for view in truth.views)
    believed = BiplanarGeometry(ViewGeometry("AP", *size), ViewGeometry("LL", *size))
    found = align(model(), images, believed)
    assert found.turns_deg == pytest.approx((turn, 0.0), abs=0.3)
    # Taken back, the spine stands upright: its line in the picture has the turn of the patient in it.
    line = found.lines_px[0]
    inner = line[len(line) // 4 : -len(line) // 4]
    lean = np.rad2deg(np.arctan2(inner[0, 0] - inner[-1, 0], inner[-1, 1] - inner[0, 1]))
    assert lean == pytest.approx(turn, abs=0.7)
    for view, centre in zip(truth.views, found.centres_px, strict=True):
        rows = truth.frontal.project(upright)[:, 1]
        point = upright[np.abs(rows - found.centres_px[0][1]).argmin()]
        assert centre == pytest.approx(view.project(point), abs=7.0)


def test_views_that_share_nothing_are_not_sure():
    size = (400, 600, (0.6, 0.6))
    upper = ViewGeometry("AP", *size, centre_px=(299.5, 520.0))
    lower = ViewGeometry("LL", *size, centre_px=(299.5, -120.0))
    images = (radiograph(upper, SPINE), radiograph(lower, SPINE))
    found = align(model(), images, BiplanarGeometry(ViewGeometry("AP", *size), ViewGeometry("LL", *size)))
    assert not found.sure
