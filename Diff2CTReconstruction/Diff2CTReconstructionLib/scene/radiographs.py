"""A radiograph in the scene: is it one, and what is kept with it?"""

from __future__ import annotations

import json

import numpy as np
import slicer
from slicer.i18n import tr as _

from ..parameters import SIDES
from ..worker import view_choices
from . import frames
from .volume_files import ijk_to_ras

GEOMETRY_ATTRIBUTE = "Diff2CT.geometry"
CENTRE_ATTRIBUTE = "Diff2CT.centre_ras_mm"
READING_ATTRIBUTE = "Diff2CT.reading"
PIXELS_ATTRIBUTE = "Diff2CT.pixels"

OF_FRAME = ("view", *view_choices.OF_VIEW)
"""What belongs to one frame of a run, and to no other."""

_KEPT = ("pixel_spacing_mm", "sid_mm", "sod_mm", "slot_scan", *OF_FRAME)


def refusal(node, frame: int = 0) -> str:
    """Why a node cannot be a radiograph, in one sentence; empty when it can.

    Args:
        frame: that the user chose, from 1; 0 for none.
    """
    image = node.GetImageData()
    name = node.GetName()
    if image is None:
        return _("“{name}” holds no image; choose another radiograph.").format(name=name)
    if node.GetParentTransformNode() is not None:
        text = _(
            "“{name}” is under a transform, which a radiograph cannot follow; take it out of the transform, and turn "
            "or mirror it under “Correct what was read”."
        )
        return text.format(name=name)
    run = frames.run_of(node)
    if run is None:
        text = _("“{name}” is a 3D volume; choose a radiograph, or make a pair from it under “Simulate from CT”.")
        return text.format(name=name)
    if run.count > 1 and not frames.frame_number(run, frame):
        return _("“{name}” has {count} frames; choose one.").format(name=name, count=run.count)
    if run.count > 1 and frame > run.count:
        text = _("“{name}” has no frame {frame}; choose one from 1 to {count}.")
        return text.format(name=name, frame=frame, count=run.count)
    return ""


def pair_refusal(parameters) -> str:
    """Why the two chosen radiographs cannot be reconstructed together, in one sentence; empty when they can."""
    frontal, lateral = parameters.frontalVolume, parameters.lateralVolume
    if frontal is None and lateral is None:
        return _("Choose a frontal and a lateral radiograph, or load the sample pair.")
    if frontal is None:
        return _("Choose the frontal radiograph (AP or PA).")
    if lateral is None:
        return _("Choose the lateral radiograph.")
    if frontal is lateral and parameters.frontalFrame == parameters.lateralFrame:
        return _("The frontal and the lateral radiograph are the same; choose two different ones.")
    return refusal(frontal, parameters.frontalFrame) or refusal(lateral, parameters.lateralFrame)


def refuse_no_pair(parameters) -> None:
    """ValueError with a sentence for the user where the two chosen radiographs cannot be used together."""
    reason = pair_refusal(parameters)
    if reason:
        raise ValueError(reason)


def chosen_pair(parameters) -> dict[str, tuple]:
    """(node, frame) of the chosen radiograph by side; frames count from 1, 0 stands for none chosen."""
    return {side: (parameters.getValue(side + "Volume"), parameters.getValue(side + "Frame")) for side in SIDES}


def state(node) -> tuple:
    """What a look at a radiograph depends on; equal states are equal pictures, as far as the scene tells of changes."""
    if node is None:
        return ()
    image = node.GetImageData()
    run = frames.run_of(node) if image is not None else None
    place = tuple(ijk_to_ras(node).ravel().tolist())
    return node.GetID(), node.GetTransformNodeID(), image.GetMTime() if image is not None else 0, place, run


def remember_geometry(node, facts: dict, chosen: set[str], source) -> None:
    """Keep what a DICOM file said with the node: a saved scene is opened where the file is not.

    Args:
        facts: from `inspect_radiograph`.
        chosen: what the user decided, and so was not said by the file.
        source: the `Source` of the facts.
    """
    node.SetAttribute(GEOMETRY_ATTRIBUTE, json.dumps(stated(facts, chosen)))
    # The reading is that of ITK's reader; another one of Slicer's may have left the values as they are stored.
    reading = {**facts["reading"], "invert": facts["reading"]["invert"] != source.falling}
    node.SetAttribute(READING_ATTRIBUTE, json.dumps(reading))
    if facts.get("centre_ras_mm") is not None:
        _keep_centre(node, facts["centre_ras_mm"])
    _keep_pixels(node, source.digest, source.frame)
    if source.frames > 1:
        node.SetAttribute(frames.STACK_ATTRIBUTE, json.dumps(source.frames))


def stated(facts: dict, chosen: set[str] = frozenset()) -> dict:
    """What a file itself said of its geometry, as arguments of `view_geometry`; the spacing as it stores its pixels."""
    said = {**facts, "pixel_spacing_mm": facts["stored_spacing_mm"]}
    silent = chosen | {item["name"] for item in facts["assumptions"]} | ({"view"} if facts["view_assumed"] else set())
    return {key: said[key] for key in _KEPT if key not in silent}


def remembered_geometry(node) -> dict:
    """What `remember_geometry` or `keep_geometry` kept, as arguments of `view_geometry`."""
    values = _attribute(node, GEOMETRY_ATTRIBUTE)
    return {key: values[key] for key in _KEPT if key in values}


def remembered_reading(node) -> dict:
    """How a node holds its pixels, as arguments of the reader; empty where no DICOM file said."""
    return _attribute(node, READING_ATTRIBUTE)


def remembered_pixels(node) -> dict:
    """The "digest" of the pixels that the rest was kept with, their "frame", and their "ijk_to_ras"; or empty."""
    return _attribute(node, PIXELS_ATTRIBUTE)


def keep_geometry(node, view: dict, centre_ras_mm) -> None:
    """Keep the geometry that a simulation recorded, and where the volume's centre lies in the CT's frame."""
    from .file_identity import voxel_digest

    node.SetAttribute(GEOMETRY_ATTRIBUTE, json.dumps({key: view[key] for key in _KEPT if key in view}))
    _keep_centre(node, centre_ras_mm)
    _keep_pixels(node, voxel_digest(slicer.util.arrayFromVolume(node)), None)


def centre_ras_mm(node) -> list[float] | None:
    """Where the centre of the volume lies in the frame of the CT that a radiograph was made from, if it was."""
    try:
        values = json.loads(node.GetAttribute(CENTRE_ATTRIBUTE) or "null")
        return [float(value) for value in values] if isinstance(values, list) and len(values) == 3 else None
    except (TypeError, ValueError):
        return None


def _keep_centre(node, centre) -> None:
    node.SetAttribute(CENTRE_ATTRIBUTE, json.dumps([float(value) for value in centre]))


def _keep_pixels(node, digest: str, frame: int | None) -> None:
    kept = {"digest": digest, "frame": frame, "ijk_to_ras": np.round(ijk_to_ras(node), 9).tolist()}
    node.SetAttribute(PIXELS_ATTRIBUTE, json.dumps(kept))


def _attribute(node, name: str) -> dict:
    """What a node keeps under a name; empty when that is no JSON object."""
    try:
        values = json.loads(node.GetAttribute(name) or "{}")
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}
