"""What the values of a DICOM radiograph mean: their scale, and which end of it is dense matter.

The modality transformation is applied. The VOI transformation (window or LUT) is not: it picks a
contrast for the screen, clips and bends. Where the file says that its stored values are linear or
logarithmic in the beam's intensity, a modality table is left out: it would lead away from what is stated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...dicom_files import PixelLayout, UnreadableElementError, code, number, stated
from ..image import UNSTATED_INTENSITY, Source
from .transformation import Transformed, transformed

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
    lowest, highest = layout.stored_range
    source = Source(
        result.values, result.full_scale, highest - lowest, dense_is_high=True, linear_intensity=relation == "LIN"
    )
    source.provenance["pixel_intensity_relationship"] = relation or "not stated"
    source.provenance["photometric_interpretation"] = layout.photometric
    _settle_polarity(header, layout, modality, relation, result, source)
    _tell_contradicting_shape(header, layout, source)
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
    shown = (layout.photometric == "MONOCHROME1") == fluoroscopy
    if result.shown_rising != result.rising:
        shown = not shown
    sign = _sign(header)
    if sign is not None:
        # The sign speaks of stored values, a falling transformation turns it round.
        measured = (sign == -1) == result.rising
        source.dense_is_high, source.polarity_source = measured, "PixelIntensityRelationshipSign"
        if measured == shown or fluoroscopy:
            return
        if code(header, "PresentationIntentType", ("FOR PROCESSING",)) is None:
            source.dense_is_high, source.polarity_source = shown, "PhotometricInterpretation"
        source.assume(
            "invert",
            False,
            f"The file contradicts itself on which end of the scale is dense; {source.polarity_source} is followed.",
        )
    elif fluoroscopy and relation in ("LIN", "LOG"):
        source.dense_is_high, source.polarity_source = not result.rising, "PixelIntensityRelationship"
    elif fluoroscopy:
        source.dense_is_high, source.polarity_source = shown, "fluoroscopic convention"
        source.assume(
            "invert", False, "The file does not say which end of the scale is dense; taken as dark, as in fluoroscopy."
        )
    else:
        source.dense_is_high, source.polarity_source = shown, "PhotometricInterpretation"
        if layout.samples > 1:
            source.assume("invert", False, "The file is a colour picture; bone is taken as bright.")


def _sign(header: Dataset) -> int | None:
    sign = number(header, "PixelIntensityRelationshipSign")
    if sign not in (None, -1.0, 1.0):
        raise UnreadableElementError("PixelIntensityRelationshipSign")
    return None if sign is None else int(sign)


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
