"""Published size of vertebrae and discs, per level, in mm and degrees.

The means are rounded from Panjabi et al. 1991 (cervical, thoracic) and 1992 (lumbar), Zindrick et al. 1987 (pedicles),
Gilad and Nissan 1986 and Zhou et al. 2000 (body and disc heights of living adults, which exceed those of dried
specimens). Standard deviations in these studies are 5-10 % of the mean between people; most of that is common to all
levels of one person (size), the rest is local.
"""

from __future__ import annotations

from dataclasses import dataclass

from .labels import LEVELS


@dataclass(frozen=True)
class LevelSize:
    """Mean size of one vertebra and of the disc below it; lengths in mm, angles in degrees."""

    body_width: float
    body_depth: float
    body_height: float
    disc_below: float
    canal_width: float
    canal_depth: float
    pedicle_width: float
    pedicle_height: float
    pedicle_angle: float
    transverse_span: float
    spinous_length: float
    spinous_slope: float


# body width, depth, height, disc below | canal width, depth | pedicle width, height, angle | transverse process span,
# spinous process length behind the canal, its downward slope
_ROWS = (
    (16.5, 15.2, 13.6, 5.0, 23.5, 15.5, 5.2, 7.0, 41.0, 50.0, 16.0, 20.0),
    (17.0, 15.6, 13.4, 5.2, 24.0, 15.5, 5.2, 7.0, 43.0, 50.0, 17.0, 20.0),
    (18.0, 15.8, 13.2, 5.3, 24.5, 15.4, 5.6, 7.0, 41.0, 51.0, 19.0, 22.0),
    (19.5, 16.4, 13.0, 5.3, 25.5, 15.3, 6.0, 7.5, 36.0, 53.0, 26.0, 25.0),
    (22.5, 17.2, 14.0, 5.0, 25.0, 15.2, 6.8, 7.8, 30.0, 64.0, 36.0, 25.0),
    (26.5, 18.0, 16.0, 4.2, 21.8, 16.0, 7.9, 9.9, 27.0, 75.0, 35.0, 28.0),
    (26.5, 19.4, 17.3, 3.9, 19.5, 15.6, 7.0, 12.0, 18.0, 69.0, 33.0, 34.0),
    (25.6, 21.8, 17.8, 3.7, 18.4, 15.8, 5.6, 12.4, 13.0, 62.0, 33.0, 40.0),
    (25.6, 23.4, 18.2, 3.7, 17.2, 16.0, 4.8, 12.1, 10.0, 59.0, 34.0, 46.0),
    (26.2, 24.8, 18.4, 3.8, 17.2, 16.0, 4.8, 11.9, 9.0, 60.0, 35.0, 52.0),
    (27.2, 26.2, 19.0, 4.0, 17.3, 16.2, 5.2, 12.2, 8.5, 60.0, 36.0, 55.0),
    (28.4, 27.4, 19.6, 4.3, 17.3, 16.1, 5.4, 12.1, 8.0, 60.0, 37.0, 56.0),
    (29.8, 28.2, 20.2, 4.6, 17.6, 15.9, 5.9, 12.5, 8.0, 60.0, 36.0, 54.0),
    (31.2, 29.3, 20.9, 4.9, 17.9, 15.8, 6.2, 13.9, 7.5, 58.0, 33.0, 46.0),
    (33.0, 30.4, 22.0, 5.4, 18.2, 15.7, 6.8, 14.9, 6.0, 57.0, 30.0, 36.0),
    (36.0, 31.6, 22.9, 6.2, 19.6, 16.2, 8.0, 16.6, 2.0, 52.0, 27.0, 26.0),
    (39.6, 32.6, 24.4, 7.0, 22.2, 17.6, 7.6, 16.2, 0.0, 48.0, 27.0, 15.0),
    (42.0, 33.8, 25.8, 8.0, 23.2, 17.8, 8.7, 15.6, 10.9, 71.0, 30.0, 10.0),
    (44.0, 34.6, 26.6, 9.3, 23.5, 17.4, 8.8, 15.0, 12.0, 78.0, 32.0, 9.0),
    (46.0, 35.0, 27.0, 10.4, 24.0, 17.2, 10.2, 14.6, 14.4, 87.0, 32.0, 8.0),
    (48.0, 35.2, 26.8, 11.0, 25.2, 17.8, 13.2, 14.8, 17.7, 82.0, 29.0, 9.0),
    (49.4, 34.8, 26.4, 10.2, 27.0, 18.4, 17.6, 15.4, 27.0, 91.0, 22.0, 14.0),
)

SIZES: dict[str, LevelSize] = {name: LevelSize(*row) for name, row in zip(LEVELS, _ROWS, strict=True)}

SIZE_RANGE = (0.8, 1.15)
"""Smallest and largest person relative to the means."""

LOCAL_SD = 0.03
"""Standard deviation of one measure at one level relative to the person's size."""
