"""Pairs that the alignment's networks are trained on: the spine's line lies where the picture shows it."""

import numpy as np
import pytest
from rods import rod_scan

from training.alignment import RenderedPairs, render
from training.alignment.rendering import PLANE, RenderingError


@pytest.fixture(scope="module")
def pairs():
    return render(rod_scan((80, 50, 60)), 2, np.random.default_rng(5))


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
    assert again.name == "a rod"
    assert np.array_equal(again.images, pairs.images)
    (tmp_path / "rod.npz").write_bytes(b"none")
    with pytest.raises(RenderingError, match="holds no rendered pairs"):
        RenderedPairs.load(tmp_path / "rod.npz")
