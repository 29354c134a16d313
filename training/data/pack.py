"""A pack: whole bodies for training in one small file, or in several parts.

HU are rounded to levels (`pack_levels`), which are coded without loss (`pack_coding`) and put into files with a header
and a checksum (`pack_parts`). Reading takes NumPy and the standard library alone.
"""

from __future__ import annotations

import lzma
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .pack_coding import decode_levels, encode_levels
from .pack_levels import hu_to_levels, levels_to_hu
from .pack_parts import PackError, whole_packs, write_parts

SPLITS = ("train", "validation", "test")

LINE_INSIDE = 0.5
"""Part of the points of a spine's line that must lie within its body; an end may be cut off with the field of view."""


@dataclass(frozen=True, eq=False)
class PackedBody:
    """A body with its spine's centreline.

    Attributes:
        name: of the scan.
        patient: key that is equal for all scans of one patient.
        split: "train", "validation" or "test".
        source, licence: "" where unknown.
        hu: int16 (S, P, L) in [-1000, 3000], isotropic, -1000 outside the body.
        spacing_mm: of the voxels.
        origin_mm: (3,), superior, posterior, left of voxel (0, 0, 0).
        centreline_mm: (n, 3), points of the spine's line in the same frame, from the lowest to the highest.
    """

    name: str
    patient: str
    split: str
    source: str
    licence: str
    hu: np.ndarray
    spacing_mm: float
    origin_mm: np.ndarray
    centreline_mm: np.ndarray


def check_patients(bodies: Sequence[tuple[str, str, str]]) -> None:
    """Refuse (name, patient, split) of bodies of which two have one name, or one patient is in two splits.

    Raises:
        PackError: so it is, or a split is not one of `SPLITS`.
    """
    names, split_of = set(), {}
    for name, patient, split in bodies:
        if split not in SPLITS:
            raise PackError(f"The body {name} has the split {split!r}; use train, validation or test.")
        if name in names:
            raise PackError(f"The body {name} occurs twice; leave one of them out.")
        names.add(name)
        other = split_of.setdefault(patient, split)
        if other != split:
            raise PackError(
                f"The patient {patient} is in the {other} and the {split} split; prepare the scans again so that each "
                "patient is in one split."
            )


def check_line(body: PackedBody) -> None:
    """Refuse a body with its spine's line somewhere else, along which a run would train on air.

    Raises:
        PackError: less than `LINE_INSIDE` of the line lies within the body's array.
    """
    last = body.origin_mm + (np.array(body.hu.shape) - 1) * body.spacing_mm
    inside = np.all((body.centreline_mm >= body.origin_mm) & (body.centreline_mm <= last), axis=1)
    if inside.mean() < LINE_INSIDE:
        raise PackError(f"The spine's line of {body.name} lies outside its body; prepare the scan again.")


def write_pack(path: Path, bodies: Sequence[PackedBody], part_bytes: int | None = None) -> list[Path]:
    """Write bodies as one file, or as parts of at most `part_bytes`; an older pack of that name is replaced.

    HU are rounded to steps of 8 HU below 300 HU and 16 HU above. The same bodies give the same bytes. Nothing is
    replaced before all is written.

    Returns:
        The files in the order of their parts; bodies keep their order.

    Raises:
        PackError: no bodies, two of one name, a patient in two splits, or a body larger than a part.
        OutputError: the folder is missing, full or may not be written.
    """
    path = Path(path)
    if not bodies:
        raise PackError("There is no body to pack.")
    check_patients([(body.name, body.patient, body.split) for body in bodies])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        payloads = list(pool.map(lambda body: encode_levels(hu_to_levels(body.hu)), bodies))
    entries = [_entry(body, payload) for body, payload in zip(bodies, payloads, strict=True)]
    return write_parts(path, entries, payloads, part_bytes)


def read_pack(paths: Sequence[Path]) -> list[PackedBody]:
    """The bodies of packs, in the order of the packs and their parts.

    Args:
        paths: files in any order; the further parts of a pack are found by its first one.

    Raises:
        PackError: a file is missing, cut short, altered, of another version or no pack, a part is missing, two bodies
            have one name, or a patient is in two splits.
    """
    found = [entry for part in whole_packs([Path(path) for path in paths]) for entry in part.entries]
    check_patients([(entry["name"], entry["patient"], entry["split"]) for entry, _, _ in found])
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda item: _body(*item), found))


def pack_entries(paths: Sequence[Path]) -> list[dict]:
    """What the headers of packs say of each body, with its coded size as "bytes"; read like `read_pack`."""
    return [entry for part in whole_packs([Path(path) for path in paths]) for entry, _, _ in part.entries]


def _entry(body: PackedBody, payload: bytes) -> dict:
    texts = {key: getattr(body, key) for key in ("name", "patient", "split", "source", "licence")}
    return texts | {
        "shape": list(body.hu.shape),
        "spacing_mm": float(body.spacing_mm),
        "origin_mm": np.asarray(body.origin_mm, float).tolist(),
        "centreline_mm": np.asarray(body.centreline_mm, float).tolist(),
        "bytes": len(payload),
    }


def _body(entry: dict, payload: bytes, path: Path) -> PackedBody:
    try:
        body = PackedBody(
            **{key: str(entry[key]) for key in ("name", "patient", "split", "source", "licence")},
            hu=levels_to_hu(decode_levels(payload, tuple(entry["shape"]))),
            spacing_mm=float(entry["spacing_mm"]),
            origin_mm=np.array(entry["origin_mm"], dtype=float),
            centreline_mm=np.array(entry["centreline_mm"], dtype=float),
        )
        line = body.centreline_mm
        if line.ndim != 2 or line.shape[1] != 3 or body.origin_mm.shape != (3,) or not body.spacing_mm > 0.0:
            raise ValueError("a place or a size that is none")
        return body
    except (ValueError, KeyError, TypeError, IndexError, EOFError, lzma.LZMAError) as error:
        raise PackError(f"The body {entry.get('name')} of the pack {path} is damaged; write the pack again.") from error
