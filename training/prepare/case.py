"""Prepare one scan: read, resample, clean, follow the spine, judge, write."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from Diff2CTCore.ct import read_ct
from Diff2CTCore.errors import OutputError, VolumeError
from Diff2CTCore.storage import write_json, write_volume

from .cleaning import body_mask, place_in_air
from .quality import check_body, flags
from .resampling import crop_to_body, cropped, isotropic, read_label
from .scan import Scan
from .spine_centreline import spine_centreline
from .thumbnail import write_thumbnail

FORMAT = 1
"""Raised when prepared cases change so that older ones must be made anew."""


@dataclass(frozen=True)
class Outcome:
    """What became of a scan.

    Attributes:
        name: the case's name.
        card: content of the case's JSON file, or None when the scan was refused.
        message: why it was refused, one sentence.
        reused: the case was there already, with the same inputs and settings.
    """

    name: str
    card: dict | None = None
    message: str = ""
    reused: bool = False


def settings_of(spacing_mm: float) -> dict:
    """What a prepared case depends on beside its scan."""
    return {"format": FORMAT, "spacing_mm": float(spacing_mm)}


def prepare_case(scan: Scan, name: str, cache: Path, settings: dict) -> Outcome:
    """Prepare a scan as CACHE/name.nii.gz, name-labels.nii.gz (when it has labels), name.png and name.json.

    The JSON card is written last, so a case with a card is whole. A case whose files and settings are as before is
    left as it is.

    Raises:
        OutputError: the cache cannot be written. All that is wrong with the scan itself is told in the outcome.
    """
    try:
        fingerprint = scan.fingerprint(settings)
        card = read_card(cache / f"{name}.json")
        if card is not None and card["fingerprint"] == fingerprint and (cache / card["image"]).is_file():
            return Outcome(name, card, reused=True)
        return Outcome(name, _prepare(scan, name, cache, settings, fingerprint))
    except OutputError:
        raise
    except VolumeError as error:
        return Outcome(name, message=str(error))
    except MemoryError:
        return Outcome(name, message="The scan needs more memory than there is; use fewer workers or resample it.")
    except Exception as error:  # A scan in a thousand that nobody foresaw must not stop the others.
        return Outcome(name, message=f"The scan could not be prepared ({type(error).__name__}: {error}).")


def read_card(path: Path) -> dict | None:
    """The card of a prepared case, or None when the file is missing or no card."""
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return card if isinstance(card, dict) and "fingerprint" in card else None


def _prepare(scan: Scan, name: str, cache: Path, settings: dict, fingerprint: str) -> dict:
    spacing_mm = settings["spacing_mm"]
    # An older card would vouch for the files that are about to be replaced.
    (cache / f"{name}.json").unlink(missing_ok=True)
    ct = read_ct(scan.path, scan.series, scan.acquisition)
    hu, grid, middle = isotropic(ct, spacing_mm)
    mask = body_mask(hu, spacing_mm)
    check_body(hu, mask, spacing_mm)
    box = crop_to_body(mask)
    cut_off = any(mask.take(end, axis=axis).mean() > 0.02 for axis in (1, 2) for end in (0, -1))
    hu = place_in_air(hu, mask)[box]
    grid, middle = cropped(grid, middle, box)
    label = None if scan.label is None else read_label(scan.label, grid, middle)

    line = spine_centreline(hu, spacing_mm, grid.lps_origin_mm(middle))
    voxels = None if line is None else grid.ras_mm_to_index(line - middle)
    provenance = ct.provenance
    slice_mm = max(*provenance["spacing_mm"], scan.thickness_mm)
    highest = provenance["range_before_clipping"][1]
    remarks = flags(hu, spacing_mm, voxels, highest, slice_mm, scan.contrast, cut_off)

    image = write_volume(cache / f"{name}.nii.gz", hu, grid, middle)
    label_path = None if label is None else write_volume(cache / f"{name}-labels.nii.gz", label, grid, middle)
    write_thumbnail(cache / f"{name}.png", hu, voxels)
    card = {
        "name": name,
        "patient": scan.patient,
        "split": None,
        "image": image.name,
        "label": None if label_path is None else label_path.name,
        "centreline_ras_mm": None if line is None else np.round(line, 1).tolist(),
        "flags": [*remarks, *ct.notes],
        "spacing_mm": spacing_mm,
        "size": list(grid.shape[::-1]),
        "scan_size": provenance["size"],
        "scan_spacing_mm": provenance["spacing_mm"],
        "scan_range": provenance["range_before_clipping"],
        "levels": None if label is None else [int(value) for value in np.unique(label) if value],
        "sha256_of_voxels": hashlib.sha256(np.ascontiguousarray(hu)).hexdigest(),
        "notes": scan.notes,
        "fingerprint": fingerprint,
    }
    write_json(cache / f"{name}.json", card)
    return card
