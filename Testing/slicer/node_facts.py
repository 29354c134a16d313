"""Small questions about nodes."""

import slicer
import vtk


def node_ids():
    """Ids of everything in the scene."""
    return [slicer.mrmlScene.GetNthNode(index).GetID() for index in range(slicer.mrmlScene.GetNumberOfNodes())]


def centre(node):
    """RAS of the middle of a volume."""
    bounds = [0.0] * 6
    node.GetRASBounds(bounds)
    return [(bounds[i] + bounds[i + 1]) / 2.0 for i in (0, 2, 4)]


def children(hierarchy, item):
    """Names of what lies in a subject-hierarchy folder."""
    items = vtk.vtkIdList()
    hierarchy.GetItemChildren(item, items)
    return [hierarchy.GetItemName(items.GetId(index)) for index in range(items.GetNumberOfIds())]
