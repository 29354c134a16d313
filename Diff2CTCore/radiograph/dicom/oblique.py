"""A beam or a patient turned off the nominal view, where the file says so without an angle that is modelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...dicom_files import UnreadableElementError, number
from ...geometry import FRONTAL_VIEWS, NOMINAL_PRIMARY_DEG
from ..image import Source
from .texts import coded, entries

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_ANGLES = ("DetectorPrimaryAngle", "DetectorSecondaryAngle", "ColumnAngulation", "ColumnAngulationPatient")

_ALONG_THE_BODY = ("399196006", "R-10244", "399162004", "R-10242")
"""Modifiers of a view (PS3.16, CID 4011) for a beam that is tilted to the head or to the feet."""


def tell_oblique_beam(header: Dataset, source: Source):
    """Tell of an angle between the beam and the detector."""
    for keyword in _ANGLES:
        try:
            oblique = bool(number(header, keyword))
        except UnreadableElementError:
            oblique = True
        if oblique:
            why = f"The beam did not meet the detector at a right angle ({keyword} in the file), which is not modelled."
            source.assume("principal_point_px", None, why)
            return


def tell_oblique_orientation(source: Source):
    """Tell of directions such as LP\\F, which name an axis beside the principal one, unless an angle explains them."""
    if not source.patient_orientation or source.view is None:
        return
    through = "AP" if source.view in FRONTAL_VIEWS else "LR"
    primary, secondary = source.positioner_deg or (NOMINAL_PRIMARY_DEG[source.view], 0.0)
    explained = {
        "primary_deg": (primary - NOMINAL_PRIMARY_DEG[source.view]) % 360.0 != 0.0,
        "secondary_deg": secondary != 0.0,
        "rotation_deg": False,
    }
    turned = []
    for direction in source.patient_orientation:
        for letter in direction[1:]:
            about_the_body = "secondary_deg" if direction[0] in "HF" else "primary_deg"
            turned.append(about_the_body if letter in through else "rotation_deg")
    for name in dict.fromkeys(turned):
        if not explained[name]:
            why = (
                "The file's PatientOrientation is oblique, but no angle says how much; taken as that of the exact view."
            )
            source.assume(name, 0.0, why)


def tell_tilted_beam(header: Dataset, source: Source):
    """Tell of a view that is coded as tilted to the head or the feet, unless an angle says how much."""
    modifiers = [
        value for view in entries(header, "ViewCodeSequence") for value in coded(view, "ViewModifierCodeSequence")
    ]
    if set(modifiers) & set(_ALONG_THE_BODY) and not (source.positioner_deg and source.positioner_deg[1]):
        why = "The file says that the beam was tilted to the head or the feet but not how much; taken as not tilted."
        source.assume("secondary_deg", 0.0, why)
