"""Radiographs of slot scanners: source and a slot of the detector move along the patient together.

The beam is a fan across, and parallel along the patient, where nothing is magnified. The EOS system states the
spacing at its isocentre, the same in both directions, as Pixel Spacing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...dicom_files import code, element
from ..image import Source
from .texts import texts

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_EOS = ("EOS IMAGING", "BIOSPACE MED")
_OTHERS = ("LODOX",)
_MODELS = ("EOS", "EOS SYSTEM", "EOSEDGE", "EOS EDGE")
_MAKERS_OF_MODELS = ("ALPHATEC", "ATEC", "EOS")


def is_slot_scan(header: Dataset) -> bool:
    """Whether the file says so: by its detector, by an option of the scan, or by a device that can do nothing else."""
    if _states_slot(header) or "SLOT" in texts(header, "ScanOptions"):
        return True
    return _is_eos(header) or _text(header, "Manufacturer").startswith(_OTHERS)


def _states_slot(header: Dataset) -> bool:
    return code(header, "DetectorConfiguration", ("SLOT",)) is not None


def _is_eos(header: Dataset) -> bool:
    maker, model = _text(header, "Manufacturer"), _text(header, "ManufacturerModelName")
    return maker.startswith(_EOS) or (model in _MODELS and maker.startswith(_MAKERS_OF_MODELS))


def _text(header: Dataset, keyword: str) -> str:
    return " ".join(str(element(header, keyword) or "").upper().split())


def settle_slot_scan(
    header: Dataset,
    source: Source,
    imager: tuple[float, float] | None,
    in_patient: tuple[float, float] | None,
):
    """Fill `slot_scan` and the spacing of `source`.

    Args:
        imager: (row, column) spacing that the file states at the detector, or None.
        in_patient: the same by an element that may speak of the patient, or None.
    """
    source.slot_scan = True
    why = "The file is a slot scan: nothing is magnified along the patient."
    # Where both are one, nothing was calibrated, and both hold at the detector (PS3.3, 10.7.1.1).
    if in_patient and (in_patient != imager or _is_eos(header)):
        why += " Its pixel spacing is taken in the patient, in both directions."
        source.object_spacing_mm = in_patient
        source.spacing_source = "PixelSpacing of a slot scan, in the patient"
    elif imager:
        why += " Its pixel spacing is taken at the detector across, and as the step of the scan along."
        source.pixel_spacing_mm = imager
        source.spacing_source = "ImagerPixelSpacing of a slot scan, its step along the patient"
    if source.object_spacing_mm or not _states_slot(header):
        source.assume("slot_scan", True, why)
