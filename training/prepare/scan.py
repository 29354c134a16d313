"""One scan to be prepared: where it lies and whose it is."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

from Diff2CTCore.ct import CT_EXTENSIONS

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True)
class Scan:
    """One CT volume of a collection.

    Attributes:
        path: a volume file, or the folder that holds the slices of a DICOM series.
        patient: key that is equal for all scans of one patient.
        where: place within its source, for the report.
        label: a label map, a folder of one mask per vertebra (TotalSegmentator), or None.
        split: one of `SPLITS` as published or given, or None.
        series, acquisition: which part of a DICOM folder, or None.
        files: all files of which a change makes the cached case stale.
        contrast: the file says that contrast agent was given.
        thickness_mm: nominal slice thickness, 0 where unknown.
        notes: entries carried into the datalist (source, licence, ...).
    """

    path: Path
    patient: str
    where: str
    label: Path | None = None
    split: str | None = None
    series: str | None = None
    acquisition: int | None = None
    files: tuple[Path, ...] = ()
    contrast: bool = False
    thickness_mm: float = 0.0
    notes: dict = field(default_factory=dict)

    def case_name(self) -> str:
        """What the prepared case is called, before names are made unique."""
        if self.series is not None:
            part = "" if self.acquisition is None else f"-{self.acquisition}"
            return safe_name(f"{self.patient}-{hashlib.sha256(self.series.encode()).hexdigest()[:6]}{part}")
        own = stem(self.path)
        return safe_name(own if self.patient in own else f"{self.patient}-{own}")

    def fingerprint(self, settings: dict) -> str:
        """Hash of the names, sizes and times of the input files and of the settings."""
        digest = hashlib.sha256(repr(sorted(settings.items())).encode())
        digest.update(repr((self.patient, self.series, self.acquisition, sorted(self.notes.items()))).encode())
        for path in self.files:
            state = path.stat()
            digest.update(f"{path}|{state.st_size}|{state.st_mtime_ns}\n".encode())
        return digest.hexdigest()


def stem(path: Path) -> str:
    """File name without its volume extension."""
    extension = next((item for item in CT_EXTENSIONS if path.name.lower().endswith(item)), "")
    return path.name[: len(path.name) - len(extension)]


def safe_name(text: str) -> str:
    """`text` with everything but letters, digits, '-' and '_' replaced, fit for a file's name."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-") or "scan"


def split_name(text: str) -> str | None:
    """The split that a word such as "training", "val" or "dataset-01training" means, or None."""
    match = re.fullmatch(
        r"(?:dataset-?)?(?:verse)?(?:\d\d)?[-_]?(train(?:ing|set)?|val(?:idation)?|test(?:ing|set)?)",
        text.strip().lower(),
    )
    if match is None:
        return None
    return next(split for split in SPLITS if split.startswith(match[1][:3]))
