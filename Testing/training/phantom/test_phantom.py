"""The procedural patient: determinism, grid independence, regions and labels."""

from __future__ import annotations

import numpy as np
import pytest
from phantom_masks import mask

from training.phantom import LABELS, make_phantom
from training.phantom.patient import CENTRE_LEVELS


def test_a_seed_fixes_the_patient_and_another_seed_changes_it():
    first, again, other = (make_phantom(seed, shape=(40, 48, 48), region="lumbar") for seed in (5, 5, 6))
    assert np.array_equal(first.hu, again.hu)
    assert np.array_equal(first.labels, again.labels)
    assert first.description == again.description
    assert not np.array_equal(first.labels, other.labels)


def test_a_larger_grid_shows_the_same_anatomy():
    small = make_phantom(3, shape=(48, 64, 64), region="thoracolumbar")
    large = make_phantom(3, shape=(64, 96, 112), region="thoracolumbar")
    middle = large.labels[8:56, 16:80, 24:88]
    assert (small.labels == middle).mean() > 0.97
    spine = mask(small, "T11", "T12", "L1", "disc", "spinal_canal")
    assert (small.labels[spine] == middle[spine]).mean() > 0.985
    difference = np.abs(small.hu.astype(float) - large.hu[8:56, 16:80, 24:88])
    assert np.median(difference) < 40.0


def test_a_finer_grid_shows_the_same_anatomy():
    coarse = make_phantom(4, shape=(32, 48, 48), spacing_mm=2.0, region="lumbar")
    fine = make_phantom(4, shape=(64, 96, 96), spacing_mm=1.0, region="lumbar")
    for name in ("L2", "L3", "L4", "spinal_canal"):
        volume = (coarse.labels == LABELS[name]).sum() * 8.0
        if volume > 8000.0:
            assert (fine.labels == LABELS[name]).sum() == pytest.approx(volume, rel=0.06)


def test_the_arrays_have_the_stated_types_and_range():
    phantom = make_phantom(9, shape=(24, 40, 56))
    assert phantom.hu.dtype == np.int16
    assert phantom.labels.dtype == np.uint8
    assert phantom.hu.shape == phantom.labels.shape == (24, 40, 56)
    assert phantom.hu.min() >= -1000
    assert phantom.hu.max() <= 3000


def test_the_grid_is_centred_on_the_body_of_the_centre_level(patients):
    for region, phantom in patients.items():
        assert phantom.centre_level in CENTRE_LEVELS[region]
        assert phantom.labels[63:65, 63:65, 63:65].tolist() == [[[LABELS[phantom.centre_level]] * 2] * 2] * 2


def test_each_region_shows_its_structures(patients):
    everywhere = ("subcutaneous_fat", "muscle", "disc", "spinal_canal", "rib", "aorta", "liver", "vena_cava")
    shown = {
        "lumbar": ("L1", "L2", "L3", "L4", "L5", "sacrum", "hip", "kidney", "bowel", "visceral_fat", "gas"),
        "thoracolumbar": ("T10", "T11", "T12", "L1", "L2", "kidney", "spleen", "stomach", "lung"),
        "thoracic": ("T4", "T5", "T6", "T7", "T8", "T9", "T10", "T11", "lung", "heart", "sternum", "costal_cartilage"),
    }
    for region, phantom in patients.items():
        present = set(np.unique(phantom.labels).tolist())
        missing = [name for name in (*everywhere, *shown[region]) if LABELS[name] not in present]
        assert not missing, (region, missing)


def test_every_label_has_its_own_value():
    assert len(set(LABELS.values())) == len(LABELS)
    assert max(LABELS.values()) < 256


def test_an_unknown_region_is_refused():
    with pytest.raises(ValueError, match="region must be one of"):
        make_phantom(0, region="tail")
