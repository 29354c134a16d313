"""What radiographs' and results' views show, and Slicer's own."""

from __future__ import annotations

import slicer

from ..layouts import RECONSTRUCTION_VIEWS, THREED_VIEW

ANTERIOR = 3
"""Number of the axis to look from, in qMRMLThreeDView."""


def slice_logic(view_name: str):
    """The slice logic of a view of the current layout; None when the layout does not have it."""
    manager = slicer.app.layoutManager()
    widget = manager.sliceWidget(view_name) if manager else None
    return widget.sliceLogic() if widget else None


def slice_node(view_name: str):
    """The node of one of the layouts' slice views; None before the layout was shown."""
    return slicer.mrmlScene.GetSingletonNode(view_name, "vtkMRMLSliceNode")


def composite_node(view_name: str):
    """The composite node of a view of the current layout; None when the layout does not have it."""
    logic = slice_logic(view_name)
    return logic.GetSliceCompositeNode() if logic else None


def show_volume(views, background, foreground=None, foreground_opacity: float = 0.0) -> None:
    """Show a volume, and another one over it, in the named views and in no other; then fit the views to it."""
    for name in views:
        logic = slice_logic(name)
        if logic is None:
            continue
        composite = logic.GetSliceCompositeNode()
        composite.SetBackgroundVolumeID(background.GetID() if background else None)
        composite.SetForegroundVolumeID(foreground.GetID() if foreground else None)
        composite.SetForegroundOpacity(foreground_opacity)
        logic.FitSliceToBackground()


def shows(views, volume) -> bool:
    """Whether a volume is the background of each of the named views."""
    composites = [composite_node(name) for name in views]
    return all(
        composite is not None and composite.GetBackgroundVolumeID() == volume.GetID() for composite in composites
    )


def threed_view_node():
    """The node of the layout's 3D view; None before the layout was shown."""
    return slicer.mrmlScene.GetSingletonNode(THREED_VIEW, "vtkMRMLViewNode")


def show_in_3d(volume, preset_name: str = "CT-Bones") -> None:
    """Volume rendering of `volume` in the layout's own 3D view, replacing what was rendered there before."""
    logic = slicer.modules.volumerendering.logic()
    view = threed_view_node()
    if view is None:
        return
    for display in slicer.util.getNodesByClass("vtkMRMLVolumeRenderingDisplayNode"):
        if view.GetID() in display.GetViewNodeIDs():
            display.SetVisibility(False)
    display = logic.GetFirstVolumeRenderingDisplayNode(volume) or logic.CreateDefaultVolumeRenderingNodes(volume)
    preset = logic.GetPresetByName(preset_name)
    if preset is not None:
        display.GetVolumePropertyNode().Copy(preset)
    display.SetViewNodeIDs([view.GetID()])
    display.SetVisibility(True)
    _look_at_the_volume(view)


def _look_at_the_volume(view) -> None:
    """From the front, so that what is rendered fills the 3D view."""
    # The box goes around every volume of the scene, also around radiographs that are not rendered.
    view.SetBoxVisible(False)
    view.SetAxisLabelsVisible(False)
    manager = slicer.app.layoutManager()
    # By the node: the names of 3D widgets are those of the nodes, not those in the layout.
    widget = manager.viewWidget(view) if manager else None
    if widget:
        shown = widget.threeDView()
        shown.resetFocalPoint()
        # After it: moving the focal point alone turns the direction.
        shown.rotateToViewAxis(ANTERIOR)
        # The rotation stays: far from the origin, the axis next to the camera's position may be another.
        shown.resetCamera(False, True, True)


def show_in_standard_views(volume) -> None:
    """Make a volume the one that Slicer's own views and other modules start from, and fit the views to it."""
    logic = slicer.app.applicationLogic()
    logic.GetSelectionNode().SetActiveVolumeID(volume.GetID())
    logic.PropagateBackgroundVolumeSelection(1)


def fade(view_name: str, opacity: float) -> None:
    """Opacity of the foreground of a view, if the view exists."""
    composite = composite_node(view_name)
    if composite is not None and composite.GetForegroundVolumeID():
        composite.SetForegroundOpacity(opacity)


def show_map(volume, opacity: float = 0.5) -> None:
    """Lay a map over the reconstruction in its three views; None takes it away."""
    for name in RECONSTRUCTION_VIEWS.values():
        composite = composite_node(name)
        if composite is not None:
            composite.SetForegroundVolumeID(volume.GetID() if volume else None)
            composite.SetForegroundOpacity(opacity if volume else 0.0)
