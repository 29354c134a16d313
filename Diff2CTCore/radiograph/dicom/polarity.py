"""What the values of a DICOM radiograph mean: their scale, and which end of it is dense matter.

The modality transformation is applied. The VOI transformation (window or LUT) is not: it picks a contrast for the
screen, clips and bends. Only its direction counts, which may turn the picture round. Where the file says that its
stored values are linear or logarithmic in the beam's intensity, a modality table is left out: it would lead away from
what is stated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...dicom_files import PixelLayout, UnreadableElementError, code, number, stated
from ..image import UNSTATED_INTENSITY, Source
from .shown import shown_high
from .transformation import Transformed, least_stored, transformed

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_FLUOROSCOPY = ("XA", "RF")


def read_scale(
    name: str, header: Dataset, layout: PixelLayout, stored: np.ndarray, seen: np.ndarray, modality: str
) -> Source:
    """The frame's values after the modality transformation, with their meaning.

    `seen` are those of the `stored` values that are no padding.

    Raises:
        RadiographError: the transformation maps everything to one value, or contradicts itself.
        UnreadableElementError: an element that decides about values or polarity is there but is nonsense.
    """
    relation = code(header, "PixelIntensityRelationship", ("LIN", "LOG", "DISP"))
    result = transformed(name, header, layout, stored, seen, related=relation in ("LIN", "LOG"))
    least = least_stored(layout, seen)
    levels = layout.stored_range[1] - least
    source = Source(result.values, result.full_scale, levels, dense_is_high=True, linear_intensity=relation == "LIN")
    source.provenance["pixel_intensity_relationship"] = relation or "not stated"
    source.provenance["photometric_interpretation"] = layout.photometric
    _settle_polarity(header, layout, modality, relation, result, source)
    _tell_contradicting_shape(header, layout, source)
    if relation == "LIN" and least < 0 and source.dense_is_high != result.rising:
        why = f"The file is linear in intensity, yet many values are negative; {least} is taken as no intensity."
        source.assume("intensity", "linear", why)
    if relation == "LIN" and code(header, "PresentationIntentType", ("FOR PRESENTATION",)):
        why = "The file is made for display yet says that it is linear in intensity; its logarithm is taken."
        source.assume("intensity", "linear", why)
    elif relation is None and stated(header, "PixelIntensityRelationship"):
        why = "The file's PixelIntensityRelationship is none of LIN, LOG and DISP; its values are taken as logarithmic."
        source.assume("intensity", "log", why)
    elif relation not in ("LIN", "LOG"):
        source.assume("intensity", "log", UNSTATED_INTENSITY)
    return source


def _settle_polarity(
    header: Dataset, layout: PixelLayout, modality: str, relation: str | None, result: Transformed, source: Source
):
    """Dense matter absorbs: it is where the beam is weak, white on a radiograph, dark in fluoroscopy."""
    fluoroscopy = modality in _FLUOROSCOPY
    shown = shown_high(header, layout, result, source) != fluoroscopy
    measured, keyword = _measured(header, relation, fluoroscopy, source)
    if keyword:
        # It speaks of stored values, a falling transformation turns it round.
        measured = measured == result.rising
        source.dense_is_high, source.polarity_source = measured, keyword
        if measured == shown or fluoroscopy:
            return
        intent = code(header, "PresentationIntentType", ("FOR PROCESSING", "FOR PRESENTATION"))
        # Nothing that is linear in the intensity is made for the screen, unless the file says that it is.
        if intent == "FOR PRESENTATION" or (intent is None and relation != "LIN"):
            source.dense_is_high, source.polarity_source = shown, "PhotometricInterpretation"
        source.assume(
            "invert",
            False,
            f"The file contradicts itself on which end of the scale is dense; {source.polarity_source} is followed.",
        )
    elif fluoroscopy:
        source.dense_is_high, source.polarity_source = shown, "fluoroscopic convention"
        source.assume(
            "invert", False, "The file does not say which end of the scale is dense; taken as dark, as in fluoroscopy."
        )
    else:
        source.dense_is_high, source.polarity_source = shown, "PhotometricInterpretation"
        if layout.samples > 1:
            source.assume("invert", False, "The file is a colour picture; bone is taken as bright.")


def _measured(header: Dataset, relation: str | None, fluoroscopy: bool, source: Source) -> tuple[bool, str]:
    """Whether dense matter has high stored values by what was measured, and the keyword that says so.

    The keyword is empty where the file does not say.
    """
    keyword = "PixelIntensityRelationshipSign"
    try:
        sign = number(header, keyword)
        if sign in (-1.0, 1.0):
            return sign == -1.0, keyword
        unreadable = sign is not None
    except UnreadableElementError:
        unreadable = True
    if unreadable:
        source.assume("invert", False, f"The file's {keyword} is neither 1 nor -1, so it is not used.")
    # What is linear in the intensity rises with it. Radiographs often mean the logarithm of its inverse by LOG.
    if relation == "LIN" or (fluoroscopy and relation == "LOG"):
        return False, "PixelIntensityRelationship"
    return False, ""


def _tell_contradicting_shape(header: Dataset, layout: PixelLayout, source: Source):
    """The two elements mean the same thing, and the standard allows no other pairs (PS3.3, C.8.11.3)."""
    shape = code(header, "PresentationLUTShape", ("IDENTITY", "INVERSE"))
    if layout.samples > 1 or shape is None or (shape == "INVERSE") == (layout.photometric == "MONOCHROME1"):
        return
    why = (
        f"The file is {layout.photometric} but its PresentationLUTShape is {shape}, which contradict each other; "
        f"{source.polarity_source} is followed."
    )
    source.assume("invert", False, why)
