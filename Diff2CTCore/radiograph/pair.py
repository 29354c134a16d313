"""Do two radiographs make a pair?"""

from __future__ import annotations

import numpy as np

from ..dicom_files import same_patient
from ..errors import GeometryError, RadiographError
from ..geometry import FRONTAL_VIEWS, BiplanarGeometry
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
        return (0.0, 0.0, 0.0), "not stated for the centre that was chosen, put at the origin"
    if not np.allclose(stated[0], stated[-1], rtol=0.0, atol=_SAME_PLACE_MM):
        raise GeometryError(
            "The two radiographs were simulated about different centres, so they are no pair; give two of one "
            "simulation, or say with --centre-ras where the volume lies."
        )
    return stated[0], "the radiographs" if len(stated) == 2 else "one of the radiographs"


def check_pair(frontal: Radiograph, lateral: Radiograph):
    """Raise RadiographError unless the two can be a frontal and a lateral view of one patient.

    What a file does not state (view None, no patient) is not held against it.
    """
    same_file = [(image.sha256, image.provenance.get("frame")) for image in (frontal, lateral)]
    if same_file[0] == same_file[1] or np.array_equal(frontal.pixels, lateral.pixels):
        raise RadiographError("Both radiographs are the same image; give one frontal and one lateral radiograph.")
    if frontal.patient and lateral.patient and not same_patient(frontal.patient, lateral.patient):
        raise RadiographError("The two radiographs belong to different patients; give two of one patient.")
    views = [None if image.view is None else image.view in FRONTAL_VIEWS for image in (frontal, lateral)]
    if views == [True, True]:
        raise RadiographError("Both radiographs are frontal views; give a lateral one as the second, or set its view.")
    if views == [False, False]:
        raise RadiographError("Both radiographs are lateral views; give a frontal one as the first, or set its view.")
    if views[0] is False or views[1] is True:
        raise RadiographError("The first radiograph must be the frontal and the second the lateral one; swap them.")
