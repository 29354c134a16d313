"""Results in the scene: named nodes in a subject-hierarchy folder of their own, with provenance."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import slicer
from slicer.i18n import tr as _

from ..parameters import SIDES
from . import frames
from .background import in_background
from .patient_study import common_study
from .volume_files import numbers_with_a_point

PROVENANCE_ATTRIBUTE = "Diff2CT.provenance"
ROLE_ATTRIBUTE = "Diff2CT.role"
RUN_ATTRIBUTE = "Diff2CT.run"
SOURCE_ROLE = "Diff2CT.source."

BONE_WINDOW = (1000.0, 250.0)
"""Width and level in HU: what the model makes has soft bone edges, and is dark in the window of a CT's cortex."""


class RunFolder:
    """The folder of one run in the subject hierarchy; what is added to it is named and marked with its role."""

    def __init__(self, item: int, run: str):
        self.item = item
        self.run = run

    def add_volume(self, path: Path, name: str, role: str, window: tuple[float, float] | None = None):
        """Load a volume file as a node of this run; the node does not keep the temporary file's path."""
        with numbers_with_a_point():
            node = slicer.util.loadVolume(str(path), {"name": name, "show": False, "singleFile": True})
        # Slicer never gives a name twice, even where the run that had it is gone.
        node.SetName(name)
        storage = node.GetStorageNode()
        if storage is not None:
            # The file goes with the job's folder; without a storage node, saving the scene writes the volume anew.
            slicer.mrmlScene.RemoveNode(storage)
        if window is not None:
            display = node.GetDisplayNode()
            display.SetAutoWindowLevel(False)
            display.SetWindowLevel(*window)
        return self.adopt(node, role)

    def adopt(self, node, role: str):
        """Put a node that is in the scene into the folder."""
        node.SetAttribute(ROLE_ATTRIBUTE, role)
        node.SetAttribute(RUN_ATTRIBUTE, self.run)
        hierarchy = _hierarchy()
        item = hierarchy.GetItemByDataNode(node) or hierarchy.CreateItem(self.item, node)
        hierarchy.SetItemParent(item, self.item)
        return node

    def describe(self, report: dict) -> None:
        """Write what the run was made with onto the folder itself, where the Data module shows it."""
        model, settings = report.get("model") or {}, report.get("settings") or {}
        facts = {
            "intended_use": report.get("intended_use"),
            "created": report.get("created"),
            "version": report.get("version"),
            "model": model.get("name"),
            "model_version": model.get("version"),
            "model_sha256": model.get("sha256"),
            **{name: settings.get(name) for name in ("steps", "samples", "seed", "consistency")},
            "device": report.get("device"),
        }
        for name, value in facts.items():
            if value is not None:
                _hierarchy().SetItemAttribute(self.item, f"Diff2CT.{name}", str(value))


@contextmanager
def new_run_folder(title: str, sources: Iterable = ()):
    """Give a new folder; when the block fails, the folder and all nodes added to the scene meanwhile are gone.

    Args:
        sources: nodes that the run is made from; where all lie in one DICOM study, the folder lies there, too.
    """
    hierarchy = _hierarchy()
    run = _unused_name(title)
    item = hierarchy.CreateFolderItem(common_study(sources), run)
    before = set(_node_ids())
    try:
        yield RunFolder(item, run)
    except BaseException:
        for identifier in _node_ids():
            if identifier not in before and (node := slicer.mrmlScene.GetNodeByID(identifier)):
                slicer.mrmlScene.RemoveNode(node)
        hierarchy.RemoveItem(item)
        raise


def folder_of(node) -> RunFolder | None:
    """The run folder that a node lies in; None for a node of no run."""
    run = node.GetAttribute(RUN_ATTRIBUTE)
    hierarchy = _hierarchy()
    item = hierarchy.GetItemByDataNode(node)
    if not run or not item:
        return None
    return RunFolder(hierarchy.GetItemParent(item), run)


def attach_provenance(node, provenance: dict) -> None:
    """Write how a node came about into its attributes, which the scene file keeps."""
    node.SetAttribute(PROVENANCE_ATTRIBUTE, json.dumps(provenance, sort_keys=True))


def attach_sources(node, sources: dict) -> None:
    """Let a result refer to the radiographs that it was made from, by side, but to none that was deleted meanwhile."""
    for side, source in sources.items():
        # A deleted node keeps its ID, which the scene may have given to another one.
        if slicer.mrmlScene.IsNodePresent(source):
            node.SetNodeReferenceID(SOURCE_ROLE + side, source.GetID())


def source_files(node) -> Iterator[None]:
    """The DICOM files of the radiographs that a result was made from, as far as they are still there; returns a list.

    Told by the content that the report names: a file may have been replaced, another be loaded under the same name.
    """
    read = provenance_of(node).get("radiographs")
    wanted = {item.get("sha256") for item in read.values()} if isinstance(read, dict) else set()
    found: list[Path] = []
    for source in (node.GetNodeReference(SOURCE_ROLE + side) for side in SIDES):
        for path in frames.files_of(source) if source is not None else ():
            if path not in found and frames.is_dicom(path) and (yield from in_background(_digest, path)) in wanted:
                found.append(path)
    return found


def _digest(path: Path) -> str:
    from Diff2CTCore.storage import sha256_of_file

    try:
        return sha256_of_file(path)
    except OSError:
        return ""


def is_changed(node) -> bool:
    """Whether a result holds other voxels than those that its report is about; False where the report is older."""
    if node.GetImageData() is None:
        return True
    return _are_others(slicer.util.arrayFromVolume(node), provenance_of(node))


def is_changed_in_steps(node) -> Iterator[None]:
    """The same in the background."""
    if node.GetImageData() is None:
        return True
    return (yield from in_background(_are_others, slicer.util.arrayFromVolume(node), provenance_of(node)))


def _are_others(values: np.ndarray, provenance: dict) -> bool:
    from Diff2CTCore.storage import sha256_of_voxels

    outputs = provenance.get("outputs")
    wanted = outputs.get("sha256_of_voxels") if isinstance(outputs, dict) else None
    whole = np.rint(values)
    fits = np.array_equal(values, whole) and values.min() >= -(1 << 15) and values.max() < 1 << 15
    return wanted is not None and not (fits and sha256_of_voxels(whole) == wanted)


def refuse_changed(node) -> None:
    """ValueError with a sentence for a result that is no longer what the model made."""
    if is_changed(node):
        text = _(
            "“{name}” was changed in the scene, so it is no longer what the model made; reconstruct again, or save it "
            "as a volume of your own with File, Save Data."
        )
        raise ValueError(text.format(name=node.GetName()))


def provenance_of(node) -> dict:
    """What `attach_provenance` wrote; empty for other nodes."""
    try:
        values = json.loads(node.GetAttribute(PROVENANCE_ATTRIBUTE) or "{}")
    except ValueError:
        return {}
    return values if isinstance(values, dict) else {}


def _hierarchy():
    return slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)


def _unused_name(title: str) -> str:
    hierarchy = _hierarchy()
    number = 1
    while hierarchy.GetItemByName(f"{title} {number}"):
        number += 1
    return f"{title} {number}"


def _node_ids() -> list[str]:
    scene = slicer.mrmlScene
    return [scene.GetNthNode(index).GetID() for index in range(scene.GetNumberOfNodes())]
