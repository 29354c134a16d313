"""Pairs that the alignment's networks are trained on: the spine's line lies where the picture shows it."""

import numpy as np
import pytest

from training.alignment import RenderedPairs, render
from training.alignment.rendering import PLANE, RenderingError
from training.data import RealScan


@pytest.fixture(scope="module")
def pairs():
    """A body of water with a dense oblique rod, whose middle is the line."""
    shape, spacing = (80, 50, 60), 4.0
    hu = np.full(shape, -1000, np.int16)
    hu[:, 10:40, 10:50] = 0
    line = []
    for row in range(shape[0]):
        posterior, left = 22.0 + row * 0.1, 34.0 - row * 0.1
        hu[row, round(posterior) - 1 : round(posterior) + 2, round(left) - 1 : round(left) + 2] = 3000
        line.append([row * spacing, posterior * spacing, left * spacing])
    scan = RealScan("rod", hu, np.full(3, spacing), np.zeros(3), np.array(line)[::8])
    return render(scan, 2, np.random.default_rng(5))


def test_the_line_lies_on_the_rod_in_both_views(pairs):
    for image, known, line in zip(
        pairs.images.reshape(-1, PLANE.rows, PLANE.columns),
        pairs.known.reshape(-1, PLANE.rows, PLANE.columns),
        pairs.lines_mm.reshape(-1, pairs.lines_mm.shape[2], 2),
        strict=True,
    ):
        away = []
        for row_mm, column_mm in line:
            row = round(row_mm / PLANE.row_spacing_mm + (PLANE.rows - 1) / 2.0)
            if 0 <= row < PLANE.rows and known[row].all():
                brightest = (image[row].astype(float).argmax() - (PLANE.columns - 1) / 2.0) * PLANE.column_spacing_mm
                away.append(abs(brightest - column_mm))
        assert len(away) >= 3
        # The elastic deformation moves the rod by some millimetres.
        assert np.median(away) < 8.0


def test_pairs_come_back_from_their_file(pairs, tmp_path):
    pairs.save(tmp_path / "rod.npz")
    again = RenderedPairs.load(tmp_path / "rod.npz")
    assert again.name == "rod"
    assert np.array_equal(again.images, pairs.images)
    (tmp_path / "rod.npz").write_bytes(b"none")
    with pytest.raises(RenderingError, match="holds no rendered pairs"):
        RenderedPairs.load(tmp_path / "rod.npz")
