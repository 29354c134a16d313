"""The procedural patient: determinism, grid independence, HU, labels and published sizes."""

from __future__ import annotations

import numpy as np
import pytest

from training.phantom import LABELS, make_phantom


def share_equal(first: np.ndarray, second: np.ndarray) -> float:
    return float((first == second).mean())


def test_a_seed_fixes_the_patient_and_another_seed_changes_it():
    first, again, other = (make_phantom(seed, shape=(40, 48, 48), region="lumbar") for seed in (5, 5, 6))
    assert np.array_equal(first.hu, again.hu)
    assert np.array_equal(first.labels, again.labels)
    assert not np.array_equal(first.labels, other.labels)


def test_a_larger_grid_shows_the_same_anatomy():
    small = make_phantom(3, shape=(48, 64, 64), region="thoracolumbar")
    large = make_phantom(3, shape=(64, 96, 112), region="thoracolumbar")
    middle = large.labels[8:56, 16:80, 24:88]
    assert share_equal(small.labels, middle) > 0.97
    spine = np.isin(small.labels, [LABELS[name] for name in ("T11", "T12", "L1", "disc")])
    assert (small.labels[spine] == middle[spine]).mean() > 0.985


def test_an_unknown_region_is_refused():
    with pytest.raises(ValueError, match="region must be one of"):
        make_phantom(0, region="tail")
