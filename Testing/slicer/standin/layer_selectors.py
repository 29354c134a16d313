"""What the volume selectors in a slice view's controller do to the view when a volume leaves the scene."""

import slicer
import vtk

# The selectors' model hears of a removal after observers of usual priority (qMRMLSceneModel).
PRIORITY = -10.0


class LayerSelectors:
    """The selectors of background and foreground of one slice view.

    A list that loses its current row makes the next one current, or the last one. Qt's combo box does so in
    qMRMLSliceControllerWidget, too, and the volume found there goes into the view.
    """

    def __init__(self, logic):
        self._logic = logic

        @vtk.calldata_type(vtk.VTK_OBJECT)
        def about_to_be_removed(scene, event, node):
            if node.IsA("vtkMRMLVolumeNode") and not node.GetHideFromEditors() and not scene.IsClosing():
                self._choose_another(node)

        slicer.mrmlScene.AddObserver(slicer.vtkMRMLScene.NodeAboutToBeRemovedEvent, about_to_be_removed, PRIORITY)

    def _choose_another(self, node):
        composite = self._logic.GetSliceCompositeNode()
        if composite is None:
            return
        volumes = [
            volume for volume in slicer.util.getNodesByClass("vtkMRMLVolumeNode") if not volume.GetHideFromEditors()
        ]
        # The first row is "None".
        rows = [None, *volumes]
        row = rows.index(node)
        rows.remove(node)
        other = rows[min(row, len(rows) - 1)]
        identifier = other.GetID() if other else None
        layers = (
            (composite.GetBackgroundVolumeID, composite.SetBackgroundVolumeID, composite.BackgroundVolumeFlag),
            (composite.GetForegroundVolumeID, composite.SetForegroundVolumeID, composite.ForegroundVolumeFlag),
        )
        for get, put, flag in layers:
            if get() == node.GetID():
                self._logic.StartSliceCompositeNodeInteraction(flag)
                put(identifier)
                self._logic.EndSliceCompositeNodeInteraction()
