"""The radiographs that a volume was made from, as a derived DICOM series refers to them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..dicom_files import quiet_pydicom
from ..errors import RadiographError
from ..radiograph import DICOM, sniff
from ..storage import code_item

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

PATIENT_KEYWORDS = ("PatientName", "PatientID", "IssuerOfPatientID", "PatientBirthDate", "PatientSex")
STUDY_KEYWORDS = (
    "StudyInstanceUID",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "StudyDescription",
    "AccessionNumber",
    "ReferringPhysicianName",
    "PatientAge",
    "PatientSize",
    "PatientWeight",
)


@dataclass(frozen=True, eq=False)
class SourceRadiograph:
    """A DICOM radiograph: its file's name, hash, and header without pixels."""

    name: str
    sha256: str
    header: Dataset


def read_sources(paths: list[Path]) -> list[SourceRadiograph]:
    """The DICOM files among the radiographs; files of other formats cannot be referred to and are left out.

    Raises:
        RadiographError: a file cannot be read, or two files belong to different patients.
    """
    sources = []
    for path in paths:
        try:
            if sniff(path) == DICOM:
                sources.append(_read(path))
        except OSError as error:
            raise RadiographError(f"The file {path.name} cannot be read ({error.strerror}); check it.") from None
    patients = {str(source.header.get("PatientID", "")) for source in sources}
    if len(patients) > 1:
        names = " and ".join(source.name for source in sources)
        raise RadiographError(f"{names} belong to different patients; give the two radiographs of one patient.")
    return sources


def _read(path: Path) -> SourceRadiograph:
    from pydicom import dcmread

    content = path.read_bytes()
    try:
        with quiet_pydicom():
            header = dcmread(path, stop_before_pixels=True)
            complete = all(
                header.get(keyword)
                for keyword in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
            )
    # pydicom raises nearly anything on a damaged file.
    except Exception:
        complete = False
    if not complete:
        raise RadiographError(f"The DICOM header of {path.name} lacks its identifiers; copy or export the file again.")
    return SourceRadiograph(path.name, hashlib.sha256(content).hexdigest(), header)


def copy_patient_and_study(data: Dataset, source: Dataset) -> None:
    """Put a derived object into the patient and study of its source."""
    for keyword in ("SpecificCharacterSet", *PATIENT_KEYWORDS, *STUDY_KEYWORDS):
        if keyword in source:
            data[keyword] = source[keyword]


def refer_to(data: Dataset, sources: list[SourceRadiograph]) -> None:
    """Source Image Sequence, and the series and studies in which the sources are found."""
    from pydicom.dataset import Dataset

    data.SourceImageSequence = []
    series, studies = [], []
    for source in sources:
        item = _reference(source.header)
        item.SpatialLocationsPreserved = "NO"
        item.PurposeOfReferenceCodeSequence = [
            code_item("121322", "DCM", "Source image for image processing operation")
        ]
        data.SourceImageSequence.append(item)
        found = Dataset()
        found.SeriesInstanceUID = source.header.SeriesInstanceUID
        found.ReferencedInstanceSequence = [_reference(source.header)]
        if source.header.StudyInstanceUID == data.StudyInstanceUID:
            series.append(found)
        else:
            study = Dataset()
            study.StudyInstanceUID = source.header.StudyInstanceUID
            study.ReferencedSeriesSequence = [found]
            studies.append(study)
    if series:
        data.ReferencedSeriesSequence = series
    if studies:
        data.StudiesContainingOtherReferencedInstancesSequence = studies


def _reference(header: Dataset) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID = header.SOPClassUID
    item.ReferencedSOPInstanceUID = header.SOPInstanceUID
    return item
