"""Find the scans of a collection, with their labels, patients and published splits.

Volume files are found at any depth and labels are paired by name, which covers CTSpine1K (volumes and
labels in parallel trees, data_split.txt), VerSe (rawdata/derivatives or *_seg.nii.gz beside the scan),
TotalSegmentator (sNNNN/ct.nii.gz with segmentations/, meta.csv) and plain folders. DICOM files are
gathered by series, as in LIDC-IDRI.
"""

from __future__ import annotations

import csv
import os
import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

from Diff2CTCore.ct import CT_EXTENSIONS

from .dicom_folders import dicom_scans, is_dicom_candidate
from .errors import DatasetError
from .scan import Scan, split_name, stem

LABEL_FOLDERS = {"derivatives", "label", "labels", "labelstr", "labelsts", "mask", "masks"}
LABEL_SUFFIX = re.compile(r"[_-](seg(-vert)?|seg-vert_msk|msk|masks?|labels?|gt)$", re.IGNORECASE)
IMAGE_SUFFIX = re.compile(r"_(ct|0000)$", re.IGNORECASE)
TOTALSEGMENTATOR_LABELS = "segmentations"

PATIENT_OF_NAME = (
    r"(sub-[A-Za-z0-9]+)",  # VerSe and other BIDS names: sub-verse401_split-verse253_ct
    r"(verse\d+)",  # VerSe as in the challenge: verse005_CT-sag
    r"(volume-covid19-A-\d+)",  # CTSpine1K: volume-covid19-A-0202_0_ct
)


def find_scans(source: Path, patient_pattern: str | None = None, progress=None) -> list[Scan]:
    """All CT scans below a folder.

    Args:
        source: folder, or one volume file.
        patient_pattern: regular expression searched in each volume file's path below `source`; its
            first group, or the whole match, is the patient. Default: by the collection's naming,
            else each file is a patient of its own. DICOM files tell their patient themselves.
        progress: called with (done, total) while DICOM headers are read.

    Raises:
        DatasetError: `source` does not exist or holds no scans, or the pattern does not fit.
    """
    source = Path(source)
    if not source.exists():
        raise DatasetError(f"{source} does not exist; give the folder of a CT collection.")
    if source.is_file():
        volumes, candidates, root = [source], [], source.parent
    else:
        volumes, candidates, root = *_walk(source), source
    scans = _volume_scans(volumes, root, patient_pattern)
    scans += dicom_scans(candidates, root, progress)
    if not scans:
        raise DatasetError(
            f"{source} holds no CT: no DICOM series and no file that ends in {', '.join(CT_EXTENSIONS)} was found."
        )
    published = {**_totalsegmentator_splits(root), **_ctspine1k_splits(root)}
    return [_with_split(scan, published, root) for scan in scans]


def _walk(source: Path) -> tuple[list[Path], list[Path]]:
    volumes, candidates = [], []
    for folder, subfolders, names in os.walk(source, followlinks=True):
        subfolders[:] = sorted(name for name in subfolders if name not in (TOTALSEGMENTATOR_LABELS, ".git"))
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith("."):
                continue
            if name.lower().endswith(CT_EXTENSIONS):
                volumes.append(path)
            elif is_dicom_candidate(path):
                candidates.append(path)
    return volumes, candidates


def _is_label(path: Path, root: Path) -> bool:
    folders = {part.lower() for part in path.relative_to(root).parts[:-1]}
    return bool(LABEL_SUFFIX.search(stem(path)) or folders & LABEL_FOLDERS)


def _pairing_key(path: Path) -> str:
    return IMAGE_SUFFIX.sub("", LABEL_SUFFIX.sub("", stem(path))).lower()


def _volume_scans(volumes: list[Path], root: Path, patient_pattern: str | None) -> list[Scan]:
    labels = defaultdict(list)
    for path in volumes:
        if _is_label(path, root):
            labels[_pairing_key(path)].append(path)
    return [_volume_scan(path, root, labels, patient_pattern) for path in volumes if not _is_label(path, root)]


def _volume_scan(path: Path, root: Path, labels: dict[str, list[Path]], patient_pattern: str | None) -> Scan:
    masks = path.parent / TOTALSEGMENTATOR_LABELS
    if stem(path).lower() == "ct" and masks.is_dir():
        label, files = masks, tuple(sorted(masks.glob("*.nii.gz")))
    else:
        # The same name may occur in several releases below one root; the nearest label is meant.
        near = [item for item in labels[_pairing_key(path)] if item != path]
        label = max(near, key=lambda item: len(os.path.commonpath([item, path])), default=None)
        files = () if label is None else (label,)
    where = str(path.relative_to(root))
    return Scan(path, _patient(path, where, patient_pattern), where, label, files=(path, *files))


def _patient(path: Path, where: str, pattern: str | None) -> str:
    if pattern is not None:
        match = re.search(pattern, where)
        if match is None:
            raise DatasetError(f"The patient pattern {pattern!r} does not match {where}; correct the pattern.")
        return next((group for group in match.groups() if group), match[0])
    for rule in PATIENT_OF_NAME:
        match = re.match(rule, stem(path))
        if match:
            return match[1]
    # A generic file name, as TotalSegmentator's sNNNN/ct.nii.gz, says nothing: its folder names the patient.
    if stem(path).lower() in ("ct", "image", "img", "volume"):
        return path.absolute().parent.name
    return IMAGE_SUFFIX.sub("", stem(path))


def _with_split(scan: Scan, published: dict[str, str], root: Path) -> Scan:
    name = scan.path.name if scan.series is None else scan.patient
    split = published.get(name) or published.get(scan.patient)
    if split is None:
        # rawdata/ lies below VerSe's dataset-01training/; the root itself may be that folder.
        folders = (root.name, *Path(scan.where).parts[:-1])
        split = next((found for found in map(split_name, reversed(folders)) if found), None)
    return replace(scan, split=split)


def _totalsegmentator_splits(root: Path) -> dict[str, str]:
    path = root / "meta.csv"
    if not path.is_file():
        return {}
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    return {
        row["image_id"].strip(): split_name(row["split"])
        for row in rows
        if row.get("image_id") and row.get("split") and split_name(row["split"])
    }


def _ctspine1k_splits(root: Path) -> dict[str, str]:
    path = next(iter([*root.glob("data_split.txt"), *root.glob("*/data_split.txt")]), None)
    if path is None:
        return {}
    names = {"trainset": "train", "test_public": "validation", "test_private": "test"}
    splits, current = {}, None
    for line in path.read_text(encoding="utf-8").splitlines():
        heading = line.strip().rstrip(":")
        if heading in names:
            current = names[heading]
        elif current:
            # The published file once runs two names together on one line.
            for name in re.findall(r"\S+?\.nii\.gz", line):
                splits[name] = current
    return splits
