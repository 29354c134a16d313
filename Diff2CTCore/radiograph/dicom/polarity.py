"""What the values of a DICOM radiograph mean: their scale, and which end of it is dense matter.

The modality transformation is applied. The VOI transformation (window or LUT) is not: it picks a
contrast for the screen, clips and bends. An XA or RF file whose values are logarithmic may carry a
Modality LUT back to linear intensity; it is left out, since the logarithm is what is wanted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...dicom_files import PixelLayout, code, items, number
from ...errors import RadiographError
from ..image import UNSTATED_INTENSITY, Source

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_FLUOROSCOPY = ("XA", "RF")


def read_scale(name: str, header: Dataset, layout: PixelLayout, stored: np.ndarray, modality: str) -> Source:
    """The frame's values after the modality transformation, with their meaning.

    Raises RadiographError for a transformation that maps everything to one value.
    """
    relation = code(header, "PixelIntensityRelationship", ("LIN", "LOG", "DISP"))
    lowest, highest = layout.stored_range
    rescaled = number(header, "RescaleSlope"), number(header, "RescaleIntercept")
    rising = True
    if items(header, "ModalityLUTSequence") and not (modality in _FLUOROSCOPY and relation == "LOG"):
        values, full_scale = _through_lut(name, header, stored)
    else:
        slope, intercept = (1.0 if rescaled[0] is None else rescaled[0]), rescaled[1] or 0.0
        if slope == 0.0:
            raise RadiographError(f"The rescale slope of {name} is zero, so nothing is seen on it; export it again.")
        values = stored.astype(np.float32) * np.float32(slope) + np.float32(intercept)
        ends = sorted((lowest * slope + intercept, highest * slope + intercept))
        full_scale, rising = (ends[0], ends[1]), slope > 0.0
    source = Source(values, full_scale, highest - lowest, dense_is_high=True, linear_intensity=relation == "LIN")
    source.provenance["pixel_intensity_relationship"] = relation or "not stated"
    _settle_polarity(header, layout, modality, relation, rising, source)
    if relation == "LIN" and code(header, "PresentationIntentType", ("FOR PRESENTATION",)):
        why = "The file is made for display yet says that it is linear in intensity; its logarithm is taken."
        source.assume("intensity", "linear", why)
    elif relation not in ("LIN", "LOG"):
        source.assume("intensity", "log", UNSTATED_INTENSITY)
    return source


def _through_lut(name: str, header: Dataset, stored: np.ndarray) -> tuple[np.ndarray, tuple[float, float]]:
    from pydicom.pixels import apply_modality_lut

    try:
        bits = int(header.ModalityLUTSequence[0].LUTDescriptor[2])
        values = apply_modality_lut(stored, header).astype(np.float32)
    # pydicom decodes the table on access, and a damaged one makes it raise nearly anything.
    except Exception:
        bits = 0
    if not 8 <= bits <= 16:
        raise RadiographError(f"The modality lookup table of {name} is damaged; export the file again.")
    return values, (0.0, float((1 << bits) - 1))


def _settle_polarity(header, layout: PixelLayout, modality: str, relation: str | None, rising: bool, source: Source):
    """Dense matter absorbs: it is where the beam is weak, white on a radiograph, dark in fluoroscopy."""
    fluoroscopy = modality in _FLUOROSCOPY
    inverse = layout.photometric == "MONOCHROME1"
    shown = inverse if fluoroscopy else not inverse
    sign = number(header, "PixelIntensityRelationshipSign")
    source.provenance["photometric_interpretation"] = layout.photometric
    if relation in ("LIN", "LOG") and sign in (-1.0, 1.0):
        # The sign speaks of stored values, a falling rescale turns it round.
        measured = (sign == -1.0) == rising
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
        source.dense_is_high, source.polarity_source = not rising, "PixelIntensityRelationship"
    elif fluoroscopy:
        source.dense_is_high, source.polarity_source = shown, "fluoroscopic convention"
        source.assume(
            "invert", False, "The file does not say which end of the scale is dense; taken as dark, as in fluoroscopy."
        )
    else:
        source.dense_is_high, source.polarity_source = shown, "PhotometricInterpretation"
        if layout.samples > 1:
            source.assume("invert", False, "The file is a colour picture; bone is taken as bright.")
