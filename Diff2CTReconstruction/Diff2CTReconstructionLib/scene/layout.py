"""Views of radiographs and results: filled, linked in groups, and the layout that was there given back."""

from __future__ import annotations

import slicer

from ..layouts import (
    LAYOUTS,
    RADIOGRAPH_GROUP,
    RADIOGRAPH_VIEWS,
    RECONSTRUCTION_VIEWS,
    THREED_VIEW,
    TRUTH_VIEWS,
    VOLUME_GROUP,
    register_layouts,
)


class LayoutSwitch:
    """Shows radiographs and results in views of their own and gives back the layout that was there before."""

    def __init__(self):
        self._previous: int | None = None

    @property
    def shown(self) -> bool:
        manager = slicer.app.layoutManager()
        return manager is not None and manager.layout in LAYOUTS

    def show(self, identifier: int) -> None:
        """Switch to one of LAYOUTS; the six volume views are linked to each other, the radiographs to nothing.

        Without a main window there is no layout, and nothing to do.
        """
        manager = slicer.app.layoutManager()
        if manager is None:
            return
        register_layouts()
        if not self.shown:
            self._previous = manager.layout
        manager.setLayout(identifier)
        for name in (*RECONSTRUCTION_VIEWS.values(), *TRUTH_VIEWS.values()):
            _link(name, VOLUME_GROUP, True)
        for name in RADIOGRAPH_VIEWS.values():
            _link(name, RADIOGRAPH_GROUP, False)

    def restore(self) -> None:
        """Back to the layout that was there before; nothing when the user has chosen another.

        A scene that was saved with one of LAYOUTS brings it along, with none before it; then it is Slicer's usual one.
        """
        if self.shown:
            usual = slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
            slicer.app.layoutManager().setLayout(usual if self._previous is None else self._previous)
        self._previous = None


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
    manager = slicer.app.layoutManager()
    widget = manager.threeDWidget(THREED_VIEW) if manager else None
    if widget:
        widget.threeDView().resetFocalPoint()


def _link(view_name: str, group: int, linked: bool) -> None:
    """Scroll a view with the others of its group, or alone; nothing where the layout does not have it."""
    logic = slice_logic(view_name)
    if logic is None:
        return
    # A scene keeps of a group only that there is one: a view that was loaded would follow those of group 1.
    logic.GetSliceNode().SetViewGroup(group)
    logic.GetSliceCompositeNode().SetLinkedControl(linked)
    logic.GetSliceCompositeNode().SetHotLinkedControl(linked)


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
