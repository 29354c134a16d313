"""Gather the CT series in a tree of DICOM files, split by interleaved acquisitions."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from Diff2CTCore.dicom_files import UnreadableElementError, numbers

from .scan import Scan

DICOM_EXTENSIONS = (".dcm", ".ima", ".dicom")
HEADER_READERS = 8

_TAGS = [
    "Modality",
    "ImageType",
    "PatientID",
    "PatientIdentityRemoved",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "AcquisitionNumber",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "SliceThickness",
    "ContrastBolusAgent",
]


def is_dicom_candidate(path: Path) -> bool:
    """Whether a file may be DICOM, by its name or, if that has no known extension, by its first bytes."""
    suffix = path.suffix.lower()
    if suffix in DICOM_EXTENSIONS:
        return True
    # Scanners and archives also write names without extension, or that end in a part of a UID.
    if suffix and not suffix[1:].isdigit():
        return False
    try:
        with open(path, "rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False


@dataclass(frozen=True)
class _Header:
    path: Path
    patient: str
    series: str
    acquisition: int | None
    height: float
    thickness_mm: float
    contrast: bool


def dicom_scans(candidates: list[Path], root: Path, progress=None) -> list[Scan]:
    """One scan per CT series, or per acquisition where acquisitions of a series take turns along the patient.

    Localisers and other modalities are passed over.

    Args:
        candidates: files that may be DICOM.
        root: the scans' places are told relative to this folder.
        progress: called with (done, total) while headers are read.
    """
    groups = defaultdict(list)
    with ThreadPoolExecutor(HEADER_READERS) as pool:
        for done, header in enumerate(pool.map(_read_header, candidates), start=1):
            if header is not None:
                groups[header.patient, header.series].append(header)
            if progress is not None:
                progress(done, len(candidates))
    scans = []
    for _, headers in sorted(groups.items(), key=lambda item: item[0]):
        numbers = interleaved_acquisitions([(header.height, header.acquisition) for header in headers])
        for number in numbers or [None]:
            scans.append(_scan(headers, number, root))
    return scans


def interleaved_acquisitions(slices: list[tuple[float, int | None]]) -> list[int]:
    """The AcquisitionNumbers of a series whose acquisitions cover the same range; empty for a plain series.

    Acquisitions that follow one another along the patient make one volume; those that take turns are several.

    Args:
        slices: (position along the normal in mm, AcquisitionNumber or None) of each slice.
    """
    numbers = [number for _, number in sorted(slices, key=lambda item: (item[0], str(item[1])))]
    present = set(numbers)
    changes = sum(before != after for before, after in pairwise(numbers))
    return sorted(present - {None}) if changes >= len(present) > 1 else []


def _read_header(path: Path) -> _Header | None:
    import pydicom
    from pydicom.errors import InvalidDicomError

    try:
        header = pydicom.dcmread(path, stop_before_pixels=True, specific_tags=_TAGS)
        if header.get("Modality") != "CT" or "LOCALIZER" in (header.get("ImageType") or []):
            return None
        # What cannot be read in a slice is told when its series is read; here it must not take the slice away.
        position = _numbers(header, "ImagePositionPatient", 3)
        orientation = _numbers(header, "ImageOrientationPatient", 6)
        number = _numbers(header, "AcquisitionNumber", 1)
        return _Header(
            path,
            patient_key(header),
            str(header.get("SeriesInstanceUID") or "").strip(),
            int(number[0]) if number else None,
            float(np.dot(position, np.cross(orientation[:3], orientation[3:]))) if position and orientation else 0.0,
            (_numbers(header, "SliceThickness", 1) or [0.0])[0],
            bool(header.get("ContrastBolusAgent")),
        )
    except (InvalidDicomError, OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # Annotations, indices and notes lie in such folders too.


def _numbers(header, keyword: str, count: int) -> list[float]:
    """So many numbers of an element; an empty list when it holds anything else."""
    try:
        found = numbers(header, keyword)
    except UnreadableElementError:
        return []
    return found if len(found) == count else []


def patient_key(header) -> str:
    """PatientID where the file says that identities were removed, else a hash that does not show it."""
    identity = str(header.get("PatientID") or "")
    if not identity:
        return f"study-{_hash(str(header.get('StudyInstanceUID', '')))}"
    return identity if header.get("PatientIdentityRemoved") == "YES" else f"patient-{_hash(identity)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _scan(headers: list[_Header], acquisition: int | None, root: Path) -> Scan:
    # The reader chooses series and acquisition itself among all files below the folder.
    folder = Path(os.path.commonpath([header.path.parent for header in headers]))
    own = [header for header in headers if acquisition in (None, header.acquisition)]
    where = str(folder.relative_to(root))
    return Scan(
        folder,
        own[0].patient,
        where if acquisition is None else f"{where} (acquisition {acquisition})",
        series=own[0].series,
        acquisition=acquisition,
        files=tuple(sorted(header.path for header in own)),
        contrast=any(header.contrast for header in own),
        thickness_mm=max(header.thickness_mm for header in own),
    )
