"""Whose radiograph a file is, for telling two patients apart; it stays in this process's memory."""

from __future__ import annotations

from pathlib import Path


def patient_in(path: Path) -> tuple[str, ...] | None:
    """What a DICOM file says of its patient, as the worker compares it; None where that cannot be read."""
    from Diff2CTCore.dicom_files import patient_marks, read_header
    from Diff2CTCore.errors import Diff2CTError

    try:
        with path.open("rb") as stream:
            return patient_marks(read_header(path.name, stream))
    except (OSError, Diff2CTError):
        return None
