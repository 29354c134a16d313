"""Assign patients, never scans, to training, validation and test."""

from __future__ import annotations

import hashlib
from collections import defaultdict

from .errors import DatasetError
from .scan import SPLITS


def split_patients(
    given: list[tuple[str, str | None]], fractions: tuple[float, float, float], seed: int
) -> dict[str, str]:
    """The split of each patient.

    A patient without a given split is placed by a hash of the seed and the patient's key, so that the place does not
    change when other patients are added.

    Args:
        given: (patient, split or None) of every scan; the split is one of `SPLITS`.
        fractions: of patients in training, validation and test; they sum to 1.
        seed: another seed gives another assignment.

    Returns:
        {patient: split}. A split with a fraction above 0 has at least one patient as long as there are enough,
        training first, then validation, then test.

    Raises:
        DatasetError: a patient was given to several splits, or the fractions do not sum to 1.
    """
    if min(fractions) < 0.0 or abs(sum(fractions) - 1.0) > 1e-6:
        raise DatasetError(f"The fractions {fractions} must not be negative and must sum to 1.")
    wanted = defaultdict(set)
    for patient, split in given:
        wanted[patient].update({split} - {None})
    shared = {patient: splits for patient, splits in wanted.items() if len(splits) > 1}
    if shared:
        patient, splits = min(shared.items())
        raise DatasetError(
            f"Patient {patient} is in {' and '.join(sorted(splits, key=SPLITS.index))}"
            f"{f', and so are {len(shared) - 1} more' if len(shared) > 1 else ''}; "
            "correct the split so that each patient is in one part, or give --resplit to make a new one."
        )
    split_of = {patient: next(iter(splits)) for patient, splits in wanted.items() if splits}
    places = {patient: _place(patient, seed) for patient in wanted if patient not in split_of}
    ends = (fractions[0], fractions[0] + fractions[1])
    for patient, place in places.items():
        split_of[patient] = SPLITS[sum(place >= end for end in ends)]
    if len(places) == len(wanted):
        _fill_empty(split_of, places, fractions)
    return split_of


def _place(patient: str, seed: int) -> float:
    """Uniform in [0, 1)."""
    return int.from_bytes(hashlib.sha256(f"{seed}:{patient}".encode()).digest()[:8], "big") / 2.0**64


def _fill_empty(split_of: dict[str, str], places: dict[str, float], fractions) -> None:
    """Small sets: move a patient into a split that chance left empty, if need be from a less important one."""
    for rank, (split, fraction) in enumerate(zip(SPLITS, fractions, strict=True)):
        members = [sorted(patient for patient in split_of if split_of[patient] == name) for name in SPLITS]
        if fraction == 0.0 or members[rank]:
            continue
        donors = [other for other in range(len(SPLITS)) if len(members[other]) > (1 if other < rank else 0)]
        if donors:
            donor = max(donors, key=lambda other: len(members[other]))
            # The one that chance placed nearest to the split that needs it.
            nearest = min if rank < donor else max
            split_of[nearest(members[donor], key=places.get)] = split
