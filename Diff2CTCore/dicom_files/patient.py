"""Whether two DICOM files belong to one patient, by what both of them state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .elements import element

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_KEYWORDS = ("PatientID", "PatientName", "PatientBirthDate", "PatientSex")


def patient_marks(header: Dataset) -> tuple[str, ...]:
    """Identifier, name, date of birth and sex, as `same_patient` compares them; empty where one is not stated."""
    return tuple(str(element(header, keyword) or "").strip().rstrip("^").strip().lower() for keyword in _KEYWORDS)


def same_patient(marks: Sequence[str], others: Sequence[str]) -> bool:
    """By the identifier where both state one, else by everything else that both state; nothing is held against silence.

    Args:
        marks, others: of two files as `patient_marks` gives them, or a hash of each that is not empty.
    """
    if marks[0] and others[0]:
        return marks[0] == others[0]
    return all(mark == other for mark, other in zip(marks, others, strict=True) if mark and other)
