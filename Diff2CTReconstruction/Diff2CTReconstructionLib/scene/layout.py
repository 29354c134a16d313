"""What radiographs' and results' views show, and Slicer's own."""

from __future__ import annotations

import slicer

from ..layouts import RECONSTRUCTION_VIEWS, THREED_VIEW


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
    # The box and its letters would stand around all that the scene holds, hidden nodes included.
    view.SetBoxVisible(False)
    view.SetAxisLabelsVisible(False)
    manager = slicer.app.layoutManager()
    widget = manager.viewWidget(view) if manager else None
    if widget:
        widget.threeDView().resetFocalPoint()
        widget.threeDView().resetCamera()


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
