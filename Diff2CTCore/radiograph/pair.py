"""Do two radiographs make a pair?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..dicom_files import same_patient
from ..errors import GeometryError, RadiographError
from ..geometry import FRONTAL_VIEWS, LATERAL_VIEWS, BiplanarGeometry
from .image import Radiograph

_SAME_PLACE_MM = 0.01


def place_of_pair(
    frontal: Radiograph, lateral: Radiograph, geometry: BiplanarGeometry
) -> tuple[tuple[float, float, float], str]:
    """Where the centre of the volume lies in RAS mm, and in words what says so; the origin where neither file does.

    Args:
        frontal, lateral: as read.
        geometry: in use; a file's place holds only for the centre that the file marks.

    Raises:
        GeometryError: the two files name different places.
    """
    pairs = [pair for pair in zip((frontal, lateral), geometry.views, strict=True) if pair[0].centre_ras_mm is not None]
    stated = [image.centre_ras_mm for image, _ in pairs]
    if not stated:
        return (0.0, 0.0, 0.0), "not stated, put at the origin"
    if any(image.centre_px != view.centre_px for image, view in pairs):
        return (0.0, 0.0, 0.0), "not stated for the centre point that was chosen, put at the origin"
    if not np.allclose(stated[0], stated[-1], rtol=0.0, atol=_SAME_PLACE_MM):
        raise GeometryError(
            "The two radiographs were simulated about different centre points, so they are no pair; give two of one "
            "simulation, or say with --centre-ras where the volume lies."
        )
    return stated[0], "the radiographs" if len(stated) == 2 else "one of the radiographs"


def check_pair(frontal: Radiograph, lateral: Radiograph):
    """Raise RadiographError unless the two can be a frontal and a lateral view of one patient.

    What a file does not state (view None, no patient) is not held against it.
    """
    same_file = [(image.sha256, image.provenance.get("frame")) for image in (frontal, lateral)]
    same_image = same_file[0] == same_file[1] or np.array_equal(frontal.pixels, lateral.pixels)
    refusal = pair_refusal(same_image, (frontal.patient, lateral.patient), (frontal.view, lateral.view))
    if refusal:
        raise RadiographError(refusal)


def pair_refusal(same_image: bool, patients: Sequence[Sequence[str] | None], views: Sequence[str | None]) -> str:
    """Why two radiographs are no pair, in one sentence; empty when they may be one.

    Args:
        same_image: whether both are one picture.
        patients: of the frontal and of the lateral one, as `same_patient` compares them; None where there is no place
            for it.
        views: "AP", "PA", "LL" or "RL" of the frontal and of the lateral one; None where nobody says.
    """
    if same_image:
        return "Both radiographs are the same image; give one frontal and one lateral radiograph."
    if all(patients) and not same_patient(*patients):
        return "The two radiographs belong to different patients; give two of one patient."
    frontal, lateral = views
    wrong_frontal, wrong_lateral = frontal in LATERAL_VIEWS, lateral in FRONTAL_VIEWS
    if wrong_frontal and wrong_lateral:
        text = f"The frontal radiograph is a lateral view ({frontal}) and the lateral one a frontal view ({lateral})"
        return f"{text}: swap the two, or set their views."
    remedy = "swap the two" if is_swapped(*views) else "choose another"
    if wrong_frontal:
        also = " like the other one" if lateral else ""
        return f"The frontal radiograph is a lateral view ({frontal}){also}: {remedy}, or set its view."
    if wrong_lateral:
        also = " like the other one" if frontal else ""
        return f"The lateral radiograph is a frontal view ({lateral}){also}: {remedy}, or set its view."
    return ""


def is_swapped(frontal: str | None, lateral: str | None) -> bool:
    """Whether at least one of two views is wrong where it stands, and both may be right in each other's place."""
    stated = [view in right for view, right in ((frontal, FRONTAL_VIEWS), (lateral, LATERAL_VIEWS)) if view is not None]
    return bool(stated) and not any(stated)
