"""Read and write MONAI-style datalists."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from .dicom_folders import dicom_scans
from .errors import DatasetError
from .scan import Scan, split_name, stem

SECTIONS = {"train": "training", "validation": "validation", "test": "test"}


def scans_of_datalist(path: Path) -> list[Scan]:
    """The scans of a datalist, with the split each was given.

    Accepts {"training": [...], "validation": [...], "test": [...]} (MONAI) and a plain list whose entries may have
    a "split". An entry has "image" (file or DICOM folder, relative to the datalist), and may have "label", "patient"
    (default: the image's name) and further entries, which are kept.

    Raises:
        DatasetError: not readable, not of that form, or a named file is missing.
    """
    path = Path(path)
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DatasetError(f"The datalist {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise DatasetError(f"The datalist {path} is not valid JSON: {error}.") from error
    entries = _entries(data, path)
    if not entries:
        raise DatasetError(f"The datalist {path} names no scans.")
    return [scan for entry, split in entries for scan in _scans(entry, split, path)]


def _entries(data, path: Path) -> list[tuple[dict, str | None]]:
    sections = {None: data} if isinstance(data, list) else data
    if not isinstance(sections, dict):
        raise DatasetError(f"The datalist {path} must be a list, or hold lists named training, validation and test.")
    found = []
    for section, items in sections.items():
        if section is not None and split_name(section) is None:
            continue  # MONAI datalists carry other keys beside: name, description, numTraining, ...
        for item in items if isinstance(items, list) else []:
            entry = {"image": item} if isinstance(item, str) else item
            if not isinstance(entry, dict) or not isinstance(entry.get("image"), str):
                raise DatasetError(f'An entry of the datalist {path} has no "image": {json.dumps(item)[:80]}.')
            if not isinstance(entry.get("label") or "", str):
                raise DatasetError(f'"label" of {entry["image"]} in the datalist {path} is not the name of a file.')
            word = entry.get("split", section)
            split = None if word is None else split_name(str(word))
            if word is not None and split is None:
                raise DatasetError(
                    f"The datalist {path} has the split {word!r} for {entry['image']}; use train, validation or test."
                )
            found.append((entry, split))
    return found


def _scans(entry: dict, split: str | None, datalist: Path) -> list[Scan]:
    """One scan, or several where a DICOM folder interleaves acquisitions."""
    image = datalist.parent / entry["image"]
    label = datalist.parent / entry["label"] if entry.get("label") else None
    for item in (image, label):
        if item is not None and not item.exists():
            raise DatasetError(f"The datalist {datalist} names {item}, which does not exist.")
    if image.is_dir():
        found = dicom_scans(sorted(item for item in image.rglob("*") if item.is_file()), image)
        if not found:
            raise DatasetError(f"The datalist {datalist} names {image}, which is a folder without DICOM CT.")
    else:
        found = [Scan(image, stem(image), entry["image"], files=(image,))]
    read = {"image", "label", "patient", "split", "size", "spacing_mm", "flags"}
    return [
        replace(
            scan,
            patient=str(entry.get("patient") or scan.patient),
            where=entry["image"],
            label=label,
            split=split,
            files=(*scan.files, *([label] if label else [])),
            notes={key: value for key, value in entry.items() if key not in read},
        )
        for scan in found
    ]


def datalist_of_cards(cards: list[dict]) -> dict[str, list[dict]]:
    """{"training": [...], "validation": [...], "test": [...]} of the prepared cases, sorted by name."""
    sections = {section: [] for section in SECTIONS.values()}
    for card in sorted(cards, key=lambda card: card["name"]):
        entry = {"image": card["image"], "patient": card["patient"], "flags": card["flags"], **card["notes"]}
        if card["label"]:
            entry["label"] = card["label"]
        sections[SECTIONS[card["split"]]].append(entry)
    return sections
