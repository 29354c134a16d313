"""Changed bodies: the line still lies on what it is the line of, and both views still show the same heights."""

import numpy as np
import pytest
import torch
from rods import rod_scan

from training.alignment import render
from training.alignment.varying import VariedBody, random_bends

PITCH = 2.0


@pytest.fixture(scope="module")
def rod():
    return render(rod_scan(), 2, np.random.default_rng(1), bone_apart=True)


@pytest.fixture(scope="module")
def flesh():
    """No bone, but a height at which there is nothing."""
    return render(rod_scan(rod=False, slab=48), 2, np.random.default_rng(2), augmented=False, bone_apart=True)


def seen(body: VariedBody, view: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What a view shows, the rows and the columns, mm."""
    rows, columns = torch.arange(-150.0, 150.0, PITCH), torch.arange(-120.0, 120.0, PITCH)
    where = torch.stack(torch.meshgrid(rows, columns, indexing="ij"), -1)
    return body.shown(view, where).numpy(), rows.numpy(), columns.numpy()


def column_of(line: np.ndarray, row: float) -> float:
    order = np.argsort(line[:, 0])
    return float(np.interp(row, line[order, 0], line[order, 1]))


@pytest.mark.parametrize("seed", range(5))
def test_a_bend_and_back_is_where_one_was(seed):
    rng = np.random.default_rng(seed)
    for bend in random_bends(rng):
        points = np.stack([rng.uniform(-250, 250, 50), rng.uniform(-150, 150, 50)], 1)
        there = bend.changed(points)
        assert np.abs(there - points).max() > 1.0
        assert bend.source(torch.as_tensor(there, dtype=torch.float32)).numpy() == pytest.approx(points, abs=0.3)


@pytest.mark.parametrize("joined", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_the_line_of_a_changed_body_lies_on_its_rod(rod, flesh, seed, joined):
    body = VariedBody(rod, seed % 2, np.random.default_rng(seed), (flesh, 0) if joined else None)
    for view in range(2):
        (image, known), rows, columns = seen(body, view)
        low, high = body.heights_mm[view]
        inner = [row for row in range(len(rows)) if low < rows[row] < high and known[row].all()]
        away = [abs(columns[image[row].argmax()] - column_of(body.lines_mm[view], rows[row])) for row in inner]
        assert len(away) > 40
        # The elastic deformation moves the rod by some millimetres before it is bent.
        assert np.median(away) < 10.0


@pytest.mark.parametrize("seed", range(6))
def test_the_flesh_about_other_bones_is_seen_at_one_height_in_both_views(rod, flesh, seed):
    body = VariedBody(rod, seed % 2, np.random.default_rng(seed), (flesh, 1))
    heights = []
    for view in range(2):
        (image, _), rows, columns = seen(body, view)
        beside = [
            image[row][np.abs(columns - column_of(body.lines_mm[view], rows[row]) - 30.0) < 6.0].mean()
            for row in range(len(rows))
        ]
        low, high = body.heights_mm[view]
        inner = np.flatnonzero((rows > low + 5.0) & (rows < high - 5.0))
        heights.append(rows[inner[np.argmin(np.array(beside)[inner])]])
    order = np.argsort(body.lines_mm[0, :, 0])
    expected = np.interp(heights[0], body.lines_mm[0, order, 0], body.lines_mm[1, order, 0])
    assert heights[1] == pytest.approx(expected, abs=6.0)


def test_bodies_that_share_too_little_height_are_not_joined(rod, flesh):
    """Nothing of the other body is shown, and the heights are the body's own."""
    low = render(rod_scan(rod=False), 1, np.random.default_rng(3), augmented=False, bone_apart=True)
    low.known[:, :, 100:] = False
    body = VariedBody(rod, 0, np.random.default_rng(4), (low, 0), bent=False)
    alone = VariedBody(rod, 0, np.random.default_rng(4), bent=False)
    assert body.heights_mm == alone.heights_mm
