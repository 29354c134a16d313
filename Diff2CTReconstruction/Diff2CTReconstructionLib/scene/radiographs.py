"""A radiograph in the scene: is it one, and where are its pixels?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from .volume_files import unmodified_file, write_volume

GEOMETRY_ATTRIBUTE = "Diff2CT.geometry"
CENTRE_ATTRIBUTE = "Diff2CT.centre_ras_mm"
READING_ATTRIBUTE = "Diff2CT.reading"
_KEPT = ("view", "pixel_spacing_mm", "sid_mm", "sod_mm", "primary_deg", "secondary_deg", "rotation_deg")


def refusal(node) -> str:
    """Why a node cannot be a radiograph, in one sentence; empty when it can."""
    image = node.GetImageData()
    if image is None:
        return _("“{name}” holds no image; choose another radiograph.").format(name=node.GetName())
    if 1 not in image.GetDimensions():
        text = _("“{name}” is a 3D volume; choose a radiograph, or make a pair from it under “Simulate from CT”.")
        return text.format(name=node.GetName())
    return ""


def pair_refusal(frontal, lateral) -> str:
    """Why two nodes cannot be reconstructed together, in one sentence; empty when they can."""
    if frontal is None and lateral is None:
        return _("Choose a frontal and a lateral radiograph, or load the sample pair.")
    if frontal is None:
        return _("Choose the frontal radiograph (AP or PA).")
    if lateral is None:
        return _("Choose the lateral radiograph.")
    if frontal is lateral:
        return _("The frontal and the lateral radiograph are the same; choose two different ones.")
    return refusal(frontal) or refusal(lateral)


def source_file(node) -> Path | None:
    """The file with the radiograph's own tags: from the DICOM database, or the file the node was loaded from."""
    instances = (node.GetAttribute("DICOM.instanceUIDs") or "").split()
    database = getattr(slicer, "dicomDatabase", None)
    if len(instances) == 1 and database is not None:
        path = database.fileForInstance(instances[0])
        if path and Path(path).is_file():
            return Path(path)
    return unmodified_file(node)


def is_dicom(path: Path) -> bool:
    """Whether a file carries DICOM tags."""
    try:
        with path.open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False


def file_or_pixels(node, folder: Path, side: str) -> Iterator[None]:
    """A file for the worker, and what to give along: returns (path, values for `view_geometry` and the reader).

    A DICOM file speaks for itself. Any other file, or pixels written into `folder`, come with what the DICOM file
    said that the node was once loaded from; what is for the reader stands under "reading".
    """
    path = source_file(node)
    if path is None:
        path = folder / f"{side}.mha"
        yield from write_volume(node, path)
    if is_dicom(path):
        return path, {}
    return path, {**remembered_geometry(node), "reading": _attribute(node, READING_ATTRIBUTE)}


def remember_geometry(node, facts: dict, chosen: set[str]) -> None:
    """Keep what a DICOM file said with the node: a saved scene is opened where the file is not.

    Args:
        facts: from `inspect_radiograph`.
        chosen: what the user decided, and so was not said by the file.
    """
    silent = chosen | {item["name"] for item in facts["assumptions"]} | ({"view"} if facts["view_assumed"] else set())
    node.SetAttribute(GEOMETRY_ATTRIBUTE, json.dumps({key: facts[key] for key in _KEPT if key not in silent}))
    node.SetAttribute(READING_ATTRIBUTE, json.dumps(facts["reading"]))


def remembered_geometry(node) -> dict:
    """What `remember_geometry` or `keep_geometry` kept, as arguments of `view_geometry`."""
    values = _attribute(node, GEOMETRY_ATTRIBUTE)
    return {key: values[key] for key in _KEPT if key in values}


def _attribute(node, name: str) -> dict:
    """What a node keeps under a name; empty when that is no JSON object."""
    try:
        values = json.loads(node.GetAttribute(name) or "{}")
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def keep_geometry(node, view: dict, centre_ras_mm) -> None:
    """Keep the geometry that a simulation recorded, and where the volume's centre lies in the CT's frame."""
    node.SetAttribute(GEOMETRY_ATTRIBUTE, json.dumps({key: view[key] for key in _KEPT}))
    node.SetAttribute(CENTRE_ATTRIBUTE, json.dumps([float(value) for value in centre_ras_mm]))


def centre_ras_mm(node) -> list[float] | None:
    """Where the centre of the volume lies in the frame of the CT that a radiograph was made from, if it was."""
    try:
        values = json.loads(node.GetAttribute(CENTRE_ATTRIBUTE) or "null")
    except ValueError:
        return None
    return [float(value) for value in values] if isinstance(values, list) and len(values) == 3 else None
