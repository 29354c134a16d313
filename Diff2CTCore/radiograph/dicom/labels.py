"""What a DICOM radiograph says about itself beside its pixels and its geometry, and nothing of who the patient is."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING

from ...dicom_files import PixelLayout, code, contradicted, patient_marks
from ..image import Source

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_KEY = secrets.token_bytes(32)
_SIDES = ("L", "R", "B", "U")
_OPTIONS = {
    "DistanceSourceToDetector": "sid_mm",
    "DistanceSourceToPatient": "sod_mm",
    "DistanceSourceToIsocenter": "sod_mm",
    "ImagerPixelSpacing": "pixel_spacing_mm",
    "PixelSpacing": "pixel_spacing_mm",
    "PositionerPrimaryAngle": "primary_deg",
    "PositionerSecondaryAngle": "secondary_deg",
    "PixelIntensityRelationship": "intensity",
    "PixelIntensityRelationshipSign": "invert",
    "RescaleSlope": "intensity",
    "RescaleIntercept": "intensity",
}
"""Elements that a file of several frames may state for all and for one, and the options that overrule them."""


def read_labels(header: Dataset, modality: str, layout: PixelLayout, index: int, source: Source):
    """Fill what is left of `source`. `header` is that of the frame with the given index, counted from 0."""
    burned = code(header, "BurnedInAnnotation", ("YES", "NO"))
    source.burned_in_annotation = None if burned is None else burned == "YES"
    keywords = ("FrameLaterality", "ImageLaterality", "Laterality")
    source.laterality = next(filter(None, (code(header, keyword, _SIDES) for keyword in keywords)), None)
    source.patient = tuple(map(_hashed, patient_marks(header)))
    source.provenance.update(
        modality=modality,
        transfer_syntax=layout.syntax,
        bits_stored=layout.bits_stored,
        frame=index + 1,
        frames=layout.frames,
        presentation_intent=code(header, "PresentationIntentType", ("FOR PROCESSING", "FOR PRESENTATION"))
        or "not stated",
        presentation_lut_shape=code(header, "PresentationLUTShape", ("IDENTITY", "INVERSE", "LIN OD")) or "not stated",
        lossy_compression=code(header, "LossyImageCompression", ("00", "01")) == "01",
    )


def tell_contradictions(whole: Dataset, index: int, source: Source):
    """Tell where the file's own elements and those of its frame differ; the frame's are the ones in use.

    Args:
        whole: header of the file, with its functional groups.
    """
    values = {
        "sid_mm": source.sid_mm,
        "sod_mm": source.sod_mm,
        "pixel_spacing_mm": source.pixel_spacing_mm,
        "intensity": "linear" if source.linear_intensity else "log",
        "invert": False,
        **dict(zip(("primary_deg", "secondary_deg"), source.positioner_deg or (None, None), strict=True)),
    }
    for keyword in contradicted(whole, index, tuple(_OPTIONS)):
        option = _OPTIONS[keyword]
        why = f"The file states its {keyword} twice and differently; the one of the frame is taken."
        source.assume(option, values[option], why)


def _hashed(mark: str) -> str:
    """A keyed hash, empty for an empty text; the key lives no longer than the process."""
    return hashlib.blake2b(mark.encode("utf-8", "replace"), key=_KEY, digest_size=16).hexdigest() if mark else ""
