"""The bundled radiographs, offered by Slicer's Sample Data module; nothing is downloaded."""

from __future__ import annotations

import json
from pathlib import Path

import slicer

from ..parameters import SIDES
from . import radiographs
from .file_identity import voxel_digest
from .volume_files import numbers_with_a_point

CATEGORY = "Diff2CT"
SAMPLE_NAME = "Diff2CT thoracic pair"
NODE_NAMES = {
    "frontal": "Diff2CT sample frontal",
    "lateral": "Diff2CT sample lateral",
    "truth": "Diff2CT sample truth CT",
}
SAMPLE_ATTRIBUTE = "Diff2CT.sample"
DIGEST_ATTRIBUTE = "Diff2CT.sample_digest"
FILES = {"frontal": "ap.dcm", "lateral": "lateral.dcm", "truth": "truth.nrrd"}
GEOMETRY_FILE = "geometry.json"


def sample_folder() -> Path:
    """The folder of the bundled pair."""
    from Diff2CTCore.storage import resource_path

    return resource_path("SampleData")


def register_sample_data(thumbnail: str | None = None) -> None:
    """Register the pair and its truth; called when Slicer has started up."""
    import SampleData

    files = [sample_folder() / name for name in FILES.values()]
    SampleData.SampleDataLogic.registerCustomSampleDataSource(
        category=CATEGORY,
        sampleName=SAMPLE_NAME,
        thumbnailFileName=thumbnail,
        # Slicer wants one entry for each file, though the files are installed already and taken from there.
        uris=[path.as_uri() for path in files],
        fileNames=list(FILES.values()),
        nodeNames=list(NODE_NAMES.values()),
        customDownloader=lambda source: list(load_sample().values()),
    )


def load_sample() -> dict:
    """Load both radiographs and the truth as nodes, by role; what is in the scene already is taken again.

    Raises ValueError with a sentence when a file is missing.
    """
    return {role: _node(role) for role in NODE_NAMES}


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
