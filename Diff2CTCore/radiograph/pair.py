"""Do two radiographs make a pair?"""

from __future__ import annotations

import numpy as np

from ..errors import GeometryError, RadiographError
from ..geometry import FRONTAL_VIEWS
from .image import Radiograph

_SAME_PLACE_MM = 0.01


def place_of_pair(frontal: Radiograph, lateral: Radiograph) -> tuple[tuple[float, float, float], str]:
    """Where the centre of the volume lies in RAS mm, and in words what says so; the origin where neither file does.

    Raises:
        GeometryError: the two files name different places.
    """
    stated = [image.centre_ras_mm for image in (frontal, lateral) if image.centre_ras_mm is not None]
    if not stated:
        return (0.0, 0.0, 0.0), "not stated, put at the origin"
    if not np.allclose(stated[0], stated[-1], rtol=0.0, atol=_SAME_PLACE_MM):
        raise GeometryError(
            "The two radiographs were simulated about different centres, so they are no pair; give two of one "
            "simulation, or say with --centre-ras where the volume lies."
        )
    return stated[0], "the radiographs" if len(stated) == 2 else "one of the radiographs"


def check_pair(frontal: Radiograph, lateral: Radiograph):
    """Raise RadiographError unless the two can be a frontal and a lateral view of one patient.

    What a file does not state (view None, no patient identifier) is not held against it.
    """
    same_file = [(image.sha256, image.provenance.get("frame")) for image in (frontal, lateral)]
    if same_file[0] == same_file[1] or np.array_equal(frontal.pixels, lateral.pixels):
        raise RadiographError("Both radiographs are the same image; give one frontal and one lateral radiograph.")
    if frontal.patient_key and lateral.patient_key and frontal.patient_key != lateral.patient_key:
        raise RadiographError("The two radiographs belong to different patients; give two of one patient.")
    views = [None if image.view is None else image.view in FRONTAL_VIEWS for image in (frontal, lateral)]
    if views == [True, True]:
        raise RadiographError("Both radiographs are frontal views; give a lateral one as the second, or set its view.")
    if views == [False, False]:
        raise RadiographError("Both radiographs are lateral views; give a frontal one as the first, or set its view.")
    if views[0] is False or views[1] is True:
        raise RadiographError("The first radiograph must be the frontal and the second the lateral one; swap them.")
