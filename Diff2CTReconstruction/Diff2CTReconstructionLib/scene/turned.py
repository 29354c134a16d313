"""Pixels of one upright picture of a radiograph in another one, which is turned or mirrored against it."""

from __future__ import annotations

from dataclasses import dataclass

ROTATIONS = (0, 90, 180, 270)
FLIPS = (None, "horizontal")
"""With a turn by each of `ROTATIONS`, all that can be made of a picture."""


@dataclass(frozen=True)
class Turned:
    """From a picture to the one that is made of it by a turn in steps of 90 degrees, and a mirroring.

    Attributes:
        rows, columns: of the picture before.
        transposed, rows_reversed, columns_reversed: what is done to it, in this order.
    """

    rows: int
    columns: int
    transposed: bool = False
    rows_reversed: bool = False
    columns_reversed: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of the picture afterwards."""
        return (self.columns, self.rows) if self.transposed else (self.rows, self.columns)

    def to(self, column: float, row: float) -> tuple[float, float]:
        """(column, row) afterwards of a pixel before."""
        if self.transposed:
            column, row = row, column
        return self._reversed(column, row)

    def back(self, column: float, row: float) -> tuple[float, float]:
        """(column, row) before of a pixel afterwards."""
        column, row = self._reversed(column, row)
        return (row, column) if self.transposed else (column, row)

    def _reversed(self, column: float, row: float) -> tuple[float, float]:
        rows, columns = self.shape
        row = rows - 1.0 - row if self.rows_reversed else row
        return (columns - 1.0 - column if self.columns_reversed else column), row


def turn_between(before, after, rows: int, columns: int) -> Turned:
    """What makes of an upright picture the one that another `Orienter` makes of the same file.

    Args:
        before, after: `Diff2CTCore.radiograph.Orienter` of both, after what the file says.
        rows, columns: of the picture before.
    """
    rotate, flip = choices_between(before, after)
    turn = type(before)().then(rotate, flip)
    return Turned(rows, columns, turn.transpose, turn.flip_rows, turn.flip_columns)


def choices_between(before, after) -> tuple[int, str | None]:
    """The rotation in degrees clockwise and the mirroring ("horizontal" or None) that lead from one to the other."""
    choices = ((rotate, flip) for rotate in ROTATIONS for flip in FLIPS)
    return next(choice for choice in choices if before.then(*choice) == after)
