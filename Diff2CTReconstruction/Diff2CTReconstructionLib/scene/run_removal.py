"""Undoing a run: with a node of a run goes what only served to show or to store it."""

from __future__ import annotations

import slicer
import vtk

from ..timer import Timer
from .results import RUN_ATTRIBUTE


class RunRemoval:
    """Follows the scene until it is stopped. Deleting a node leaves its display nodes behind, in Slicer as in MRML."""

    def __init__(self):
        self._scene = slicer.mrmlScene
        self._left_over: list = []
        self._timer = Timer(0)
        self._observer = self._scene.AddObserver(self._scene.NodeAboutToBeRemovedEvent, self._about_to_be_removed)

    def stop(self) -> None:
        """Follow the scene no longer."""
        self._timer.stop()
        self._scene.RemoveObserver(self._observer)
        self._left_over = []

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _about_to_be_removed(self, scene, _event, node) -> None:
        if not scene.IsClosing() and node.GetAttribute(RUN_ATTRIBUTE):
            self._left_over += _servants(node)
            # A view gives a volume that it still shows another display node in the place of one that is gone.
            self._timer.start(self._remove_left_over)

    def _remove_left_over(self) -> None:
        left_over, self._left_over = self._left_over, []
        others = [other for other in slicer.util.getNodesByClass("vtkMRMLStorableNode") if other not in left_over]
        shared = {servant for other in others for servant in _servants(other)}
        for servant in left_over:
            if servant not in shared and self._scene.IsNodePresent(servant):
                self._scene.RemoveNode(servant)


def _servants(node) -> list:
    """The nodes that display and store a node, and those that a volume rendering has of its own."""
    found = []
    if node.IsA("vtkMRMLDisplayableNode"):
        found += [node.GetNthDisplayNode(index) for index in range(node.GetNumberOfDisplayNodes())]
    for display in [item for item in found if item is not None and item.IsA("vtkMRMLVolumeRenderingDisplayNode")]:
        found += [display.GetVolumePropertyNode(), display.GetShaderPropertyNode(), display.GetROINode()]
    found = [item for item in found if item is not None]
    for stored in [item for item in (node, *found) if item.IsA("vtkMRMLStorableNode")]:
        found += [stored.GetNthStorageNode(index) for index in range(stored.GetNumberOfStorageNodes())]
    return [item for item in found if item is not None]
