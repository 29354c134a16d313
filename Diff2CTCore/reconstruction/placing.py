"""Where a reconstruction is put in the patient."""

from __future__ import annotations

from ..errors import GeometryError
from .reading_pair import ReadPair
from .words import shown_value

MOST_DISTANT_MM = 1e5
"""Farther from the origin, formats that hold a place in single precision would move the volume."""


def place_of(pair: ReadPair, centre_ras_mm, progress) -> tuple[tuple[float, float, float], str]:
    """Where the middle of the volume lies, RAS mm, and who says so.

    Args:
        centre_ras_mm: the user's word; None takes what the radiographs say.

    Raises:
        GeometryError: it is too far away, or the user places a centre point that was found.
    """
    from ..radiograph import place_of_pair

    if centre_ras_mm is None:
        place = place_of_pair(*pair.radiographs, pair.geometry)
    else:
        _check_centre_is_known(pair)
        place = tuple(float(value) for value in centre_ras_mm), "chosen by the user"
    if not all(abs(value) <= MOST_DISTANT_MM for value in place[0]):
        raise GeometryError(
            f"The centre point cannot be put at {shown_value(place[0])} mm (R A S), which is farther than "
            f"{MOST_DISTANT_MM:g} mm from the origin; give another --centre-ras."
        )
    if any(image.centre_ras_mm for image in pair.radiographs) and not any(place[0]):
        progress.note(f"The place of the volume is {place[1]}; give --centre-ras to put it elsewhere.")
    return place


def _check_centre_is_known(pair: ReadPair) -> None:
    """A place in the patient is that of the centre point its giver has in mind, not of one that was found since."""
    found = [any(item.name == "centre_px" for item in items) for items in pair.assumptions.values()]
    if pair.proposal and all(found):
        raise GeometryError(
            "The centre point was found in the pictures, so it need not lie where --centre-ras says; mark it with "
            "--ap-centre and --lateral-centre, or use --align off, which takes where the central ray hits."
        )
