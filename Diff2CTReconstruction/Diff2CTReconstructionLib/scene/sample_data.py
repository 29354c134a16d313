"""The bundled radiographs, offered by Slicer's Sample Data module; nothing is downloaded."""

from __future__ import annotations

import json
from pathlib import Path

import slicer

from ..parameters import SIDES, set_together
from ..sample_pair import FILES, GEOMETRY_FILE, NODE_NAMES
from . import layout, radiographs
from .file_identity import voxel_digest
from .volume_files import numbers_with_a_point

SAMPLE_ATTRIBUTE = "Diff2CT.sample"
DIGEST_ATTRIBUTE = "Diff2CT.sample_digest"


def load_sample() -> dict:
    """Load both radiographs and the truth as nodes, by role; what is in the scene already is taken again.

    Raises ValueError with a sentence when a file is missing.
    """
    return {role: _node(role) for role in NODE_NAMES}


def show(nodes: dict) -> None:
    """Show the truth in the slice views; nodes by role."""
    layout.show_in_standard_views(nodes["truth"])


def choose(parameters, nodes: dict, instead: bool = False) -> None:
    """Choose pair and truth.

    Args:
        parameters: the module's parameter node.
        nodes: by role.
        instead: of other radiographs that are chosen; else these stay.
    """
    if instead or all(parameters.getValue(side + "Volume") is None for side in SIDES):
        chosen = {side + "Volume": nodes[side] for side in SIDES}
        set_together(parameters, {**chosen, "truthCt": nodes["truth"]})


def sample_files() -> dict[str, Path]:
    """File of each role; ValueError with a sentence when one is missing or altered."""
    return {role: _checked(name) for role, name in FILES.items()}


def _checked(name: str) -> Path:
    from Diff2CTCore.storage import SampleError, sample_file

    try:
        return sample_file(name)
    except SampleError as error:
        raise ValueError(str(error)) from error


def _node(role: str):
    present = next((node for node in slicer.util.getNodesByClass("vtkMRMLVolumeNode") if _holds(node, role)), None)
    if present is not None:
        return present
    with numbers_with_a_point():
        node = slicer.util.loadVolume(
            str(sample_files()[role]), {"name": NODE_NAMES[role], "singleFile": True, "show": False}
        )
    if role in SIDES:
        geometry = json.loads(_checked(GEOMETRY_FILE).read_text(encoding="utf-8"))
        radiographs.keep_geometry(node, geometry[role], geometry["centre_ras_mm"])
    node.SetAttribute(SAMPLE_ATTRIBUTE, role)
    node.SetAttribute(DIGEST_ATTRIBUTE, voxel_digest(slicer.util.arrayFromVolume(node)))
    return node


def _holds(node, role: str) -> bool:
    """Whether a node is the sample's still: under any name, but neither changed nor moved."""
    return (
        node.GetAttribute(SAMPLE_ATTRIBUTE) == role
        and node.GetImageData() is not None
        and node.GetParentTransformNode() is None
        and node.GetAttribute(DIGEST_ATTRIBUTE) == voxel_digest(slicer.util.arrayFromVolume(node))
    )
