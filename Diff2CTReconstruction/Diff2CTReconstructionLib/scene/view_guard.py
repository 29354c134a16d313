"""What the layouts' views show when a volume leaves the scene: what they showed, less that volume, and no other."""

from __future__ import annotations

from collections.abc import Callable

import slicer
import vtk

from ..layouts import RADIOGRAPH_VIEWS, RECONSTRUCTION_VIEWS, TRUTH_VIEWS

VIEWS = (*RECONSTRUCTION_VIEWS.values(), *TRUTH_VIEWS.values(), *RADIOGRAPH_VIEWS.values())


class ViewGuard:
    """Blanks the layers of the views whose volume is removed.

    Slicer's selectors would choose another volume in its place, which would stand under the label of the first and,
    by the link between the views, in the others.

    Args:
        on_removal: called with a volume node that is about to be removed, after the views were blanked; not while the
            scene is closed.
    """

    def __init__(self, on_removal: Callable):
        self._on_removal = on_removal
        self._kept: list[tuple] = []
        self._going = None
        scene = slicer.mrmlScene
        self._observers = [
            scene.AddObserver(scene.NodeAboutToBeRemovedEvent, self._about_to_be_removed),
            scene.AddObserver(scene.NodeRemovedEvent, self._removed),
        ]

    def stop(self) -> None:
        """Let go of the scene."""
        for tag in self._observers:
            slicer.mrmlScene.RemoveObserver(tag)
        self._observers = []

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _about_to_be_removed(self, scene, _event, node) -> None:
        if scene.IsClosing() or not node.IsA("vtkMRMLVolumeNode"):
            return
        self._going, self._kept = node, []
        for composite in _composites():
            layers = [composite.GetBackgroundVolumeID(), composite.GetForegroundVolumeID()]
            self._kept.append((composite, [None if layer == node.GetID() else layer for layer in layers]))
        self._put_back()
        self._on_removal(node)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def _removed(self, _scene, _event, node) -> None:
        if node is not self._going:
            return
        # In a batch of changes the selectors have not heard of the blank views, and choose nevertheless.
        self._put_back()
        self._going, self._kept = None, []

    def _put_back(self) -> None:
        for composite, (background, foreground) in self._kept:
            composite.SetBackgroundVolumeID(background)
            composite.SetForegroundVolumeID(foreground)


def _composites() -> list:
    found = slicer.util.getNodesByClass("vtkMRMLSliceCompositeNode")
    return [composite for composite in found if composite.GetLayoutName() in VIEWS]
