"""Drawing sacrum, hip bones and the upper femora."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .canvas import Canvas
from .labels import LABELS
from .morphometry import SIZES
from .shapes import ellipsoid, elliptic_rod, smooth_union, triangle_plate
from .vertebra import BoneLook

_SOFT = [LABELS[name] for name in ("subcutaneous_fat", "visceral_fat", "muscle")]
_UP, _LEFT = (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)

# sacral segments from the first to the coccyx: (up, back) of the centre, radius to the side, radius to the back
_SEGMENTS = (
    (-13.0, 0.0, 25.0, 15.5),
    (-36.0, 5.0, 21.0, 11.5),
    (-58.0, 7.0, 17.0, 9.0),
    (-77.0, 2.0, 13.5, 7.0),
    (-92.0, -8.0, 10.0, 6.0),
    (-115.0, -28.0, 5.0, 4.0),
)

# hip bone landmarks relative to the sacral endplate: superior, posterior, outwards
_RIM = np.array(
    [
        (-22.0, 54.0, 42.0),
        (14.0, 38.0, 74.0),
        (34.0, 4.0, 112.0),
        (20.0, -42.0, 128.0),
        (-26.0, -70.0, 119.0),
        (-60.0, -60.0, 102.0),
        (-80.0, -32.0, 86.0),
        (-62.0, 18.0, 62.0),
        (-42.0, 40.0, 46.0),
    ]
)
_WING = np.array((-10.0, -6.0, 92.0))
_HEAD = np.array((-95.0, -36.0, 90.0))
_TUBER = np.array((-165.0, -2.0, 62.0))
_PUBIS = np.array((-118.0, -92.0, 9.0))


def _shift(point: np.ndarray, superior: float, posterior: float, outward: float) -> np.ndarray:
    return point + np.array([superior, posterior, outward])


def _paint_bone(canvas: Canvas, box, distance, look: BoneLook, shell_mm: float, label: str) -> None:
    whole, core = canvas.fill(distance), canvas.fill(distance + shell_mm * look.thickness)
    marrow = 0.8 * look.trabecular + 10.0
    hu = marrow + (look.cortical - marrow) * (whole - core) / np.maximum(whole, 1e-3)
    canvas.mix(box, whole, hu, label)


def paint_sacrum(canvas: Canvas, plate, frame, scale: float, look: BoneLook) -> None:
    """Paint the sacrum below its endplate at `plate` with the frame rows up, back, left."""
    box = canvas.around(plate + np.array([-55.0, 15.0, 0.0]) * scale, np.array([85.0, 85.0, 70.0]) * scale)
    if box is None:
        return
    offset = [axis - np.float32(middle) for axis, middle in zip(canvas.grid(box), plate, strict=True)]
    up, back, left = (
        sum(part * np.float32(weight / scale) for part, weight in zip(offset, row, strict=True)) for row in frame
    )
    half = (up, back, np.abs(left))
    distance = None
    for (up_a, back_a, side_a, deep_a), (up_b, back_b, side_b, deep_b) in pairwise(_SEGMENTS):
        part = elliptic_rod(
            (up, back, left), (up_a, back_a, 0.0), (up_b, back_b, 0.0), _LEFT, (side_a, deep_a), (side_b, deep_b)
        )
        distance = part if distance is None else smooth_union(distance, part, 4.0)
    wings = (
        elliptic_rod(half, (-14.0, 2.0, 16.0), (-24.0, 10.0, 46.0), _UP, (14.0, 11.0), (21.0, 12.0)),
        elliptic_rod(half, (-40.0, 9.0, 12.0), (-48.0, 14.0, 36.0), _UP, (14.0, 9.0), (16.0, 8.0)),
        elliptic_rod((up, back, left), (-10.0, 35.0, 0.0), (-72.0, 24.0, 0.0), (0.0, 1.0, 0.0), (6.0, 3.0)),
        elliptic_rod(half, (-12.0, 31.0, 0.0), (-16.0, 22.0, 22.0), _UP, (8.0, 3.0)),
        elliptic_rod(half, (-50.0, 26.0, 0.0), (-50.0, 18.0, 18.0), _UP, (18.0, 3.0)),
        elliptic_rod(half, (-18.0, 24.0, 22.0), (5.0, 31.0, 23.5), (0.0, 0.75, 0.66), (6.0, 4.0)),
    )
    for part in wings:
        distance = smooth_union(distance, part, 4.0)
    endplate = up
    distance = np.maximum(distance, np.where(back < 0.5 * SIZES["L5"].body_depth, endplate, -50.0))
    for level, out in ((-27.0, 21.0), (-48.0, 18.0), (-68.0, 15.0)):
        hole = ellipsoid((up - level, half[2] - out), (4.5, 4.0))
        distance = np.maximum(distance, -hole)
    _paint_bone(canvas, box, distance * scale, look, 1.2, "sacrum")


def paint_hips(
    canvas: Canvas, plate, scale: float, breadth: float, tilt: float, look: BoneLook, muscle_hu: float
) -> None:
    """Paint both hip bones, the muscles on them and the femora; `tilt` (radians) turns all about the left axis."""
    turn = np.array([[np.cos(tilt), -np.sin(tilt), 0.0], [np.sin(tilt), np.cos(tilt), 0.0], [0.0, 0.0, 1.0]])
    stretch = np.array([1.0, 1.0, breadth])
    rim, wing, head, tuber, pubis = ((points @ turn.T) * stretch for points in (_RIM, _WING, _HEAD, _TUBER, _PUBIS))
    for side in (-1.0, 1.0):
        centre = np.asarray(plate) + np.array([-68.0, -15.0, side * 82.0]) * scale
        box = canvas.around(centre, np.array([115.0, 95.0, 85.0]) * scale)
        if box is None:
            continue
        offset = [axis - np.float32(middle) for axis, middle in zip(canvas.grid(box), plate, strict=True)]
        point = [offset[0] / scale, offset[1] / scale, offset[2] * (side / scale)]
        distance = None
        for corner, following in zip(rim, np.roll(rim, -1, axis=0), strict=True):
            part = triangle_plate(point, wing, corner, following) - 2.4
            distance = part if distance is None else smooth_union(distance, part, 3.0)
        for number, (corner, following) in enumerate(zip(rim, np.roll(rim, -1, axis=0), strict=True)):
            radius = 5.5 if number < 5 else 7.5
            distance = smooth_union(distance, elliptic_rod(point, corner, following, _UP, (radius, radius)), 3.0)
        ball = np.sqrt(sum((part - np.float32(middle)) ** 2 for part, middle in zip(point, head, strict=True)))
        distance = smooth_union(distance, ball - 31.0, 8.0)
        for start, end, radius in (
            (_shift(head, 4.0, -22.0, -12.0), pubis, 8.0),
            (pubis, _shift(pubis, -28.0, 6.0, 2.0), 8.0),
            (_shift(pubis, -22.0, 8.0, 4.0), tuber, 6.5),
            (_shift(head, -14.0, 16.0, -8.0), tuber, 12.0),
        ):
            distance = smooth_union(distance, elliptic_rod(point, start, end, _UP, (radius, radius)), 5.0)
        outward = np.clip((point[2] - head[2]) * 0.8 - (point[0] - head[0]) * 0.6, -60.0, 60.0)
        distance = np.maximum(distance, -(ball - 26.5))
        distance = np.maximum(distance, np.where(ball < 40.0, outward - 14.0, -50.0))
        thickness = 11.0 + 15.0 * np.clip((point[1] + 10.0) / 40.0, 0.0, 1.0)
        inside_body = np.isin(canvas.labels[box], _SOFT)
        canvas.paint(box, (distance - thickness) * scale, muscle_hu, "muscle", where=inside_body)
        _paint_bone(canvas, box, distance * scale, look, 1.3, "hip")
        neck = elliptic_rod(point, head, _shift(head, -28.0, 6.0, 48.0), _UP, (15.0, 12.0))
        upper_end, lower_end = _shift(head, -22.0, 8.0, 52.0), _shift(head, -190.0, 0.0, 40.0)
        shaft = elliptic_rod(point, upper_end, lower_end, _LEFT, (17.0, 15.0))
        femur = smooth_union(smooth_union(ball - 23.5, neck, 8.0), shaft, 10.0)
        _paint_bone(canvas, box, femur * scale, look, 1.4, "femur")
