"""Splits are by patient, stable, and never leak."""

from __future__ import annotations

import pytest

from training.prepare.errors import DatasetError
from training.prepare.splitting import split_patients

FRACTIONS = (0.8, 0.1, 0.1)


def test_fractions_hold_over_many_patients():
    split_of = split_patients([(f"p{number}", None) for number in range(2000)], FRACTIONS, seed=0)
    share = [sum(split == name for split in split_of.values()) / 2000 for name in ("train", "validation", "test")]
    assert share == pytest.approx(FRACTIONS, abs=0.025)


def test_a_patient_keeps_its_split_when_others_are_added():
    few = split_patients([(f"p{number}", None) for number in range(200)], FRACTIONS, seed=3)
    many = split_patients([(f"p{number}", None) for number in range(400)], FRACTIONS, seed=3)
    assert few.items() <= many.items()


def test_another_seed_gives_another_split():
    patients = [(f"p{number}", None) for number in range(200)]
    assert split_patients(patients, FRACTIONS, 0) != split_patients(patients, FRACTIONS, 1)
    assert split_patients(patients, FRACTIONS, 0) == split_patients(patients[::-1], FRACTIONS, 0)


def test_given_splits_are_kept_and_spread_to_the_patients_other_scans():
    given = [("a", "test"), ("a", None), ("b", "train")]
    assert split_patients(given, FRACTIONS, 0) == {"a": "test", "b": "train"}


def test_a_patient_in_two_given_splits_is_refused():
    with pytest.raises(DatasetError, match=r"Patient a is in train and test; .*--resplit"):
        split_patients([("a", "train"), ("b", "train"), ("a", "test")], FRACTIONS, 0)


@pytest.mark.parametrize("seed", range(12))
def test_small_sets_fill_training_first_then_validation_then_test(seed):
    three = split_patients([(f"p{number}", None) for number in range(3)], FRACTIONS, seed)
    assert set(three.values()) == {"train", "validation", "test"}
    two = split_patients([("a", None), ("b", None)], FRACTIONS, seed)
    assert set(two.values()) == {"train", "validation"}
    assert split_patients([("a", None)], FRACTIONS, seed) == {"a": "train"}


@pytest.mark.parametrize("fractions", [(0.8, 0.1, 0.2), (1.2, -0.1, -0.1)])
def test_fractions_that_are_no_partition_are_refused(fractions):
    with pytest.raises(DatasetError, match="sum to 1"):
        split_patients([("a", None)], fractions, 0)
