"""What lengths and angles a view can have: the same for files, for users, and for what is simulated."""

from __future__ import annotations

from ..errors import GeometryError

DISTANCE_MM = (300.0, 10_000.0)
"""Least and largest distance from the source to the spine and to the detector. No X-ray source may come nearer to the
skin than 200 mm (21 CFR 1020.32(g)), and the spine lies a hand's breadth deeper; from 10 m on rays are parallel."""

MAX_DEVIATION_DEG = 40.0
"""Beyond this deviation from the nominal view a pair is no longer biplanar."""

FIELD_MM = (1.0, 5000.0)
"""Shortest and longest side of a radiograph in mm; beyond, its spacing is in another unit. Slot scans of a whole person
reach 2 m, and coarse simulations keep their number of pixels."""

MAX_ASPECT = 2.0
"""Pixels that were binned one way only are twice as long as wide; no detector goes beyond."""

_ROUNDING = 0.01


def is_aspect(row_mm: float, column_mm: float) -> bool:
    """Whether a detector can have pixels of these two positive lengths."""
    return max(row_mm, column_mm) <= MAX_ASPECT * (1.0 + _ROUNDING) * min(row_mm, column_mm)


def check_pixels(side: str, rows: int, columns: int, row_mm: float, column_mm: float):
    """Raise GeometryError unless the "frontal" or "lateral" radiograph can have these pixels."""
    if min(row_mm, column_mm) <= 0.0:
        raise GeometryError(
            f"The pixel spacing of the {side} view is {(row_mm, column_mm)} mm; give two positive numbers."
        )
    if rows < 1 or columns < 1:
        raise GeometryError(f"The {side} radiograph has {rows} x {columns} pixels; it has no image.")
    if not is_aspect(row_mm, column_mm):
        raise GeometryError(
            f"The pixels of the {side} view are {row_mm:g} mm high and {column_mm:g} mm wide, and one may be at most "
            f"{MAX_ASPECT:g} times the other; give the right spacing."
        )
    lengths = rows * row_mm, columns * column_mm
    if min(lengths) < FIELD_MM[0] or max(lengths) > FIELD_MM[1]:
        raise GeometryError(
            f"The pixel spacing of {row_mm:g} x {column_mm:g} mm makes the {side} radiograph {lengths[0]:g} x "
            f"{lengths[1]:g} mm large; a side has {FIELD_MM[0]:g} to {FIELD_MM[1]:g} mm, so give the right spacing."
        )


def check_distance(side: str, name: str, value_mm: float):
    """Raise GeometryError unless a radiograph of the spine can have this "SID" or "SOD"."""
    least, most = DISTANCE_MM
    if least <= value_mm <= most:
        return
    units = (("centimetres", 10.0), ("metres", 1000.0))
    hints = [
        f", {value_mm * times:g} if it was in {unit}" for unit, times in units if least <= value_mm * times <= most
    ]
    raise GeometryError(
        f"The {side} view has {name} {value_mm:g} mm, and a radiograph of the spine has {least:g} to {most:g} mm; give "
        f"the right one{''.join(hints[:1])}."
    )


def check_distances(side: str, sid_mm: float, sod_mm: float):
    """Raise GeometryError unless a patient can be between source and detector."""
    check_distance(side, "SID", sid_mm)
    check_distance(side, "SOD", sod_mm)
    if sod_mm >= sid_mm:
        raise GeometryError(
            f"The {side} view has SOD {sod_mm:g} mm and SID {sid_mm:g} mm; "
            "the source-to-object distance must be smaller than the source-to-detector distance."
        )
