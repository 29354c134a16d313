"""A ball of bone in a block of tissue, as the slices that a scanner with a tilted gantry writes."""

import numpy as np
from ct_files import ct_slice, rotation

BALL_LPS_MM = np.array((12.0, -9.0, 15.0))
RADIUS_MM = 10.0
SIZE, PIXEL_MM, LENGTH_MM, LEAST = (32, 36), (2.5, 2.0), 60.0, 16
POSES = {
    "head first": np.eye(3),
    "feet first": rotation((0.0, 1.0, 0.0), 180.0),
    "oblique": rotation((1.0, 2.0, 3.0), 25.0),
}


def tilted_slices(tilt_deg=0.0, step_mm=2.0, pose="head first", decimals=4):
    """CT slices about the origin, a step apart along the table; the gantry is tilted about the rows.

    Args:
        tilt_deg: between the slices' normal and the table.
        pose: a key of `POSES`: how the patient lies on the table.
        decimals: of the positions.
    """
    tilt = np.radians(tilt_deg)
    row, table = POSES[pose][:, 0], POSES[pose][:, 2]
    column = np.cos(tilt) * POSES[pose][:, 1] + np.sin(tilt) * table
    across = (np.arange(SIZE[1]) - (SIZE[1] - 1) / 2) * PIXEL_MM[1]
    down = (np.arange(SIZE[0]) - (SIZE[0] - 1) / 2) * PIXEL_MM[0]
    count = max(int(LENGTH_MM / step_mm), LEAST)
    slices = []
    for number in range(count):
        middle = (number - (count - 1) / 2) * step_mm * table
        places = middle + down[:, None, None] * column + across[:, None] * row
        data = ct_slice(ball_hu(places), places[0, 0], (row, column), PIXEL_MM)
        data.ImagePositionPatient = [f"{value:.{decimals}f}" for value in places[0, 0]]
        slices.append(data)
    return slices


def ball_hu(lps) -> np.ndarray:
    """Bone in the ball, fading over 2 mm, in tissue, with air beyond a great sphere."""
    depth = RADIUS_MM - np.linalg.norm(np.asarray(lps) - BALL_LPS_MM, axis=-1)
    hu = 40.0 + 560.0 * np.clip(depth / 2.0 + 0.5, 0.0, 1.0)
    return np.where(np.linalg.norm(lps, axis=-1) > 34.0, -1000.0, hu)
