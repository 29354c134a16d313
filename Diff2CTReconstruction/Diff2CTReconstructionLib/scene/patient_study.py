"""Patient and study in the subject hierarchy, for what comes from Slicer's DICOM database."""

from __future__ import annotations

from collections.abc import Iterable

import slicer


def put_under_patient(node, path: str) -> None:
    """Put a node under the patient and study of its file, as Slicer's own DICOM module does.

    Args:
        path: of a file in Slicer's DICOM database.
    """
    from DICOMLib import DICOMLoadable, DICOMPlugin

    loadable = DICOMLoadable()
    loadable.files = [path]
    DICOMPlugin().addSeriesInSubjectHierarchy(loadable, node)


def common_study(nodes: Iterable) -> int:
    """Subject-hierarchy item of the study that all nodes lie in; the scene's own where there is none."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    level = slicer.vtkMRMLSubjectHierarchyConstants.GetDICOMLevelStudy()
    items = {hierarchy.GetItemByDataNode(node) for node in nodes}
    studies = {hierarchy.GetItemAncestorAtLevel(item, level) if item else 0 for item in items}
    return studies.pop() if len(studies) == 1 and 0 not in studies else hierarchy.GetSceneItemID()
