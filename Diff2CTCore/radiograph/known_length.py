"""A length that is known in the patient and seen in a radiograph, such as a marker ball or a ruler beside the spine.

It lies in the plane through the centre of the volume, parallel to the detector, so that it is magnified by SID / SOD.
"""

from __future__ import annotations

import math
from dataclasses import replace

from ..errors import GeometryError
from ..geometry import FIELD_MM, side_of
from .image import Radiograph

LEAST_LENGTH_PX = 20.0
"""An end that is marked one pixel off changes a length of so many pixels, and with it every size, by 5 %."""

KnownLength = tuple[float, float, float, float, float]
"""Column and row of one end, column and row of the other in pixels of the upright image, and the length in mm."""


def size_factor(
    view: str,
    radiograph: Radiograph,
    known_length: KnownLength,
    spacing_mm: tuple[float, float],
    magnification: float,
    slot_scan: bool,
) -> float:
    """What both spacings at the detector are multiplied by, so that the known length has its true size in the patient.

    Args:
        view: "AP", "PA", "LL" or "RL", for the sentences.
        radiograph: in which the length was measured.
        known_length: as `KnownLength` says.
        spacing_mm: (row, column) at the detector, of which the ratio is kept.
        magnification: SID / SOD.
        slot_scan: rows are not magnified.

    Raises:
        GeometryError: no length can be known from it, or no radiograph has the size that follows from it.
    """
    column, row, other_column, other_row, true_mm = _numbers(view, known_length)
    if true_mm <= 0.0:
        raise GeometryError(
            f"The known length of the {side_of(view)} view is {true_mm:g} mm; give a positive number of mm."
        )
    for place in ((column, row), (other_column, other_row)):
        _check_inside(view, radiograph, *place)
    across, along = other_column - column, other_row - row
    if math.hypot(across, along) < LEAST_LENGTH_PX:
        raise GeometryError(
            f"The two ends of the known length of the {side_of(view)} view are {math.hypot(across, along):.3g} pixels "
            f"apart, fewer than {LEAST_LENGTH_PX:g}, of which one pixel would be 5 % of every size; mark a longer one."
        )
    row_mm, column_mm = spacing_mm
    measured_mm = math.hypot(across * column_mm / magnification, along * row_mm / (1.0 if slot_scan else magnification))
    factor = true_mm / measured_mm
    _check_size(view, radiograph, known_length, (row_mm * factor, column_mm * factor))
    return factor


def with_known_length(radiograph: Radiograph, known_length: KnownLength) -> Radiograph:
    """The radiograph whose provenance says that its spacing comes from a known length, and from which."""
    *ends, true_mm = (float(value) for value in known_length)
    source = source_of(known_length)
    told = {"spacing_source": source, "known_length": {"ends_px": [ends[:2], ends[2:]], "length_mm": true_mm}}
    return replace(radiograph, spacing_source=source, provenance={**radiograph.provenance, **told})


def source_of(known_length: KnownLength) -> str:
    """Where the spacing comes from, in words."""
    return f"a known length of {float(known_length[-1]):g} mm"


def _numbers(view: str, known_length) -> list[float]:
    try:
        numbers = [float(value) for value in known_length]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != 5 or not all(map(math.isfinite, numbers)):
        raise GeometryError(
            f"The known length of the {side_of(view)} view must be five numbers: column and row of both ends, and the "
            "length in mm."
        )
    return numbers


def _check_inside(view: str, radiograph: Radiograph, column: float, row: float):
    if -0.5 <= column <= radiograph.columns - 0.5 and -0.5 <= row <= radiograph.rows - 0.5:
        return
    raise GeometryError(
        f"The known length of the {side_of(view)} view ends at column {column:g} and row {row:g}, outside its upright "
        f"picture of {radiograph.columns} x {radiograph.rows} pixels; mark both ends in it."
    )


def _check_size(view: str, radiograph: Radiograph, known_length: KnownLength, spacing_mm: tuple[float, float]):
    sides = radiograph.rows * spacing_mm[0], radiograph.columns * spacing_mm[1]
    if min(sides) < FIELD_MM[0] or max(sides) > FIELD_MM[1]:
        raise GeometryError(
            f"The known length of {known_length[-1]:g} mm makes the {side_of(view)} radiograph {sides[0]:g} x "
            f"{sides[1]:g} mm large; a side has {FIELD_MM[0]:g} to {FIELD_MM[1]:g} mm, so give both ends in pixels "
            "and the length in mm."
        )
