"""The radiographs that a volume was made from, as a derived DICOM series refers to them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..dicom_files import patient_marks, quiet_pydicom, same_patient
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
    """A radiograph: its file's name and hash; of a DICOM file the header without pixels, of others None."""

    name: str
    sha256: str
    header: Dataset | None


def read_sources(paths: list[Path]) -> list[SourceRadiograph]:
    """The radiographs of these files; those that are not DICOM can be told by their content but not referred to.

    Raises:
        RadiographError: a file cannot be read, or two files belong to different patients.
    """
    sources = []
    for path in paths:
        kind = sniff(path)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise RadiographError(f"The file {path.name} cannot be read ({error.strerror}); check it.") from None
        header = _header(path.name, content) if kind == DICOM else None
        sources.append(SourceRadiograph(path.name, hashlib.sha256(content).hexdigest(), header))
    known = [source for source in sources if source.header is not None]
    for other in known[1:]:
        if not same_patient(patient_marks(known[0].header), patient_marks(other.header)):
            names = f"{known[0].name} and {other.name}"
            raise RadiographError(f"{names} belong to different patients; give the two radiographs of one patient.")
    return sources


def _header(name: str, content: bytes) -> Dataset:
    from pydicom import dcmread

    try:
        with quiet_pydicom():
            header = dcmread(io.BytesIO(content), stop_before_pixels=True, force=True)
            complete = all(
                header.get(keyword)
                for keyword in ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")
            )
            # Converts what the series takes over, so that a damaged element is found here.
            for keyword in (*PATIENT_KEYWORDS, *STUDY_KEYWORDS):
                str(header.get(keyword))
            int(header.get("NumberOfFrames") or 1)
    # pydicom raises nearly anything on a damaged file.
    except Exception:
        complete = False
    if not complete:
        raise RadiographError(f"The DICOM header of {name} lacks its identifiers; copy or export the file again.")
    return header


def copy_patient_and_study(data: Dataset, source: Dataset) -> None:
    """Put a derived object into the patient and study of its source."""
    for keyword in ("SpecificCharacterSet", *PATIENT_KEYWORDS, *STUDY_KEYWORDS):
        if keyword in source:
            data[keyword] = source[keyword]


def refer_to(data: Dataset, sources: list[SourceRadiograph], used: Iterable[dict]) -> None:
    """Source Image Sequence, and the series and studies in which the sources are found.

    Args:
        used: what the report says of each radiograph: its `sha256`, and the `frame` that was read.
    """
    from pydicom.dataset import Dataset

    data.SourceImageSequence = []
    series, studies = [], []
    used = list(used)
    for source in sources:
        item = _reference(source.header)
        if int(source.header.get("NumberOfFrames") or 1) > 1:
            item.ReferencedFrameNumber = [view.get("frame", 1) for view in used if view["sha256"] == source.sha256]
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
