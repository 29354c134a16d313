"""Do two radiographs make a pair?"""

from __future__ import annotations

import numpy as np

from ..errors import RadiographError
from ..geometry import FRONTAL_VIEWS
from .image import Radiograph


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
