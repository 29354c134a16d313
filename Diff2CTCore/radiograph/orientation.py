"""Bringing a stored image into the canonical orientation.

Canonical: rows run to the feet; columns run to the patient's left (AP, PA) or posterior (LL, RL).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..errors import RadiographError
from ..geometry import FRONTAL_VIEWS

_OPPOSITE = {"L": "R", "R": "L", "A": "P", "P": "A", "H": "F", "F": "H"}
_AXIS = {"L": "left", "R": "left", "A": "posterior", "P": "posterior", "H": "feet", "F": "feet"}
FLIPS = (None, "horizontal", "vertical")


@dataclass(frozen=True)
class Orienter:
    """Transpose first, then reverse rows, then reverse columns."""

    transpose: bool = False
    flip_rows: bool = False
    flip_columns: bool = False

    def apply(self, image: np.ndarray) -> np.ndarray:
        """The image (rows, columns) turned, contiguous."""
        turned = image.T if self.transpose else image
        turned = turned[:: -1 if self.flip_rows else 1, :: -1 if self.flip_columns else 1]
        return np.ascontiguousarray(turned)

    def spacing(self, spacing_mm: tuple[float, float] | None) -> tuple[float, float] | None:
        """(row, column) spacing of the turned image; the two change places only when the axes do."""
        return spacing_mm[::-1] if spacing_mm and self.transpose else spacing_mm

    def then(self, rotate: int, flip: str | None) -> Orienter:
        """This, followed by a clockwise rotation by `rotate` degrees and by a mirroring."""
        transpose, rows, columns = self.transpose, self.flip_rows, self.flip_columns
        for _ in range(rotate // 90):
            # A clockwise quarter turn is a transposition followed by reversed columns.
            transpose, rows, columns = not transpose, columns, not rows
        return Orienter(transpose, rows != (flip == "vertical"), columns != (flip == "horizontal"))

    def as_choices(self) -> tuple[int, str | None]:
        """The rotation in degrees clockwise and the mirroring that do the same."""
        return next(
            (rotate, flip) for rotate in (0, 90, 180, 270) for flip in FLIPS if Orienter().then(rotate, flip) == self
        )

    def describe(self) -> str:
        parts = [
            text
            for flag, text in (
                (self.transpose, "transposed"),
                (self.flip_rows, "rows reversed"),
                (self.flip_columns, "columns reversed"),
            )
            if flag
        ]
        return ", ".join(parts) or "as stored"


def plane_of(patient_orientation: tuple[str, str]) -> str | None:
    """ "frontal", "lateral" or None for the two directions of DICOM's Patient Orientation."""
    axes = {_AXIS[direction[0]] for direction in patient_orientation}
    return {frozenset({"left", "feet"}): "frontal", frozenset({"posterior", "feet"}): "lateral"}.get(frozenset(axes))


def from_patient_orientation(patient_orientation: tuple[str, str]) -> Orienter:
    """What turns an image whose columns run to the first and whose rows run to the second direction.

    Oblique directions ("LF") count by their first letter, the principal one.
    """
    along_columns, along_rows = (direction[0] for direction in patient_orientation)
    transpose = along_columns in "HF"
    if transpose:
        along_columns, along_rows = along_rows, along_columns
    return Orienter(transpose, flip_rows=along_rows == "H", flip_columns=along_columns in "RA")


def parse_patient_orientation(texts: list[str]) -> tuple[str, str] | None:
    """Two valid directions, or None when there are not two texts, or one of them means nothing for a person.

    Args:
        texts: of the element, in upper case.
    """
    if len(texts) != 2:
        return None
    directions = (texts[0], texts[1])
    for direction in directions:
        axes = [_AXIS.get(letter) for letter in direction]
        # An oblique direction names each axis once: one to the left and to the right at a time is none.
        if not axes or None in axes or len(set(axes)) < len(axes):
            return None
    return directions if plane_of(directions) else None


def check_choices(rotate: int, flip: str | None):
    """Raise RadiographError for a rotation or mirroring that does not exist."""
    if rotate not in (0, 90, 180, 270):
        raise RadiographError(f"A rotation by {rotate} is not possible; use 0, 90, 180 or 270 degrees clockwise.")
    if flip not in FLIPS:
        raise RadiographError(f"The mirroring {flip!r} is not known; use 'horizontal' or 'vertical'.")


def fits_view(patient_orientation: tuple[str, str], view: str) -> bool:
    """Whether the plane of Patient Orientation is the one that the view shows."""
    return (plane_of(patient_orientation) == "frontal") == (view in FRONTAL_VIEWS)
