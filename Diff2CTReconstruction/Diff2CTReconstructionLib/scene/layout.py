"""The layouts: the radiographs alone; the result; reconstruction above truth. Views of their own, linked in groups."""

from __future__ import annotations

import slicer

PLANES = ("Axial", "Sagittal", "Coronal")
RECONSTRUCTION_VIEWS = {plane: f"Diff2CTRecon{plane}" for plane in PLANES}
TRUTH_VIEWS = {plane: f"Diff2CTTruth{plane}" for plane in PLANES}
RADIOGRAPH_VIEWS = {"frontal": "Diff2CTFrontal", "lateral": "Diff2CTLateral"}
THREED_VIEW = "Diff2CT3D"

RESULT_LAYOUT = 24097
COMPARISON_LAYOUT = 24098
RADIOGRAPH_LAYOUT = 24099
LAYOUTS = (RESULT_LAYOUT, COMPARISON_LAYOUT, RADIOGRAPH_LAYOUT)
"""Layout numbers that neither Slicer nor a listed extension uses."""

VOLUME_GROUP = 24097
RADIOGRAPH_GROUP = 24098

COLOURS = {"Axial": "#F34A33", "Sagittal": "#EDD54C", "Coronal": "#6EB04B"}


def _view(kind: str, tag: str, properties: dict) -> str:
    items = "".join(
        f'<property name="{name}" action="default">{value}</property>' for name, value in properties.items()
    )
    return f'<item><view class="vtkMRML{kind}Node" singletontag="{tag}">{items}</view></item>'


def _row(views: list[str]) -> str:
    return f'<item><layout type="horizontal">{"".join(views)}</layout></item>'


def _volume_row(views: dict[str, str], letter: str) -> str:
    return _row(
        [
            _view(
                "Slice",
                views[plane],
                {
                    "orientation": plane,
                    "viewlabel": letter + plane[0],
                    "viewcolor": COLOURS[plane],
                    "viewgroup": VOLUME_GROUP,
                },
            )
            for plane in PLANES
        ]
    )


def _radiograph_views() -> list[str]:
    labels = {"frontal": "AP", "lateral": "LAT"}
    return [
        _view(
            "Slice",
            tag,
            {"orientation": "Axial", "viewlabel": labels[side], "viewcolor": "#8CA0B3", "viewgroup": RADIOGRAPH_GROUP},
        )
        for side, tag in RADIOGRAPH_VIEWS.items()
    ]


def _description(identifier: int) -> str:
    if identifier == RADIOGRAPH_LAYOUT:
        rows = [_row(_radiograph_views())]
    else:
        rows = [_volume_row(RECONSTRUCTION_VIEWS, "R")]
        if identifier == COMPARISON_LAYOUT:
            rows.append(_volume_row(TRUTH_VIEWS, "T"))
        rows.append(_row([*_radiograph_views(), _view("View", THREED_VIEW, {"viewlabel": "3D"})]))
    return f'<layout type="vertical" split="true">{"".join(rows)}</layout>'


def register_layouts() -> None:
    """Tell the scene's layout node about the layouts, also again after a reload; nothing without a main window."""
    manager = slicer.app.layoutManager()
    if manager is None:
        return
    node = manager.layoutLogic().GetLayoutNode()
    for identifier in LAYOUTS:
        if node.IsLayoutDescription(identifier):
            node.SetLayoutDescription(identifier, _description(identifier))
        else:
            node.AddLayoutDescription(identifier, _description(identifier))


class LayoutSwitch:
    """Shows radiographs and results in views of their own and gives back the layout that was there before."""

    def __init__(self):
        self._previous: int | None = None
        self._crosshair_mode: int | None = None

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
            composite = composite_node(name)
            if composite is not None:
                composite.SetLinkedControl(True)
                composite.SetHotLinkedControl(True)
        for name in RADIOGRAPH_VIEWS.values():
            composite_node(name).SetLinkedControl(False)
        self._show_crosshair()

    def restore(self) -> None:
        """Back to the layout and crosshair that were there before; nothing when the user has chosen another.

        A scene that was saved with one of LAYOUTS brings it along, with none before it; then it is Slicer's usual one.
        """
        if self.shown:
            usual = slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
            slicer.app.layoutManager().setLayout(usual if self._previous is None else self._previous)
        self._previous = None
        crosshair = _crosshair_node()
        if crosshair is not None and self._crosshair_mode is not None:
            crosshair.SetCrosshairMode(self._crosshair_mode)
        self._crosshair_mode = None

    def _show_crosshair(self) -> None:
        crosshair = _crosshair_node()
        if crosshair is None:
            return
        if self._crosshair_mode is None:
            self._crosshair_mode = crosshair.GetCrosshairMode()
        crosshair.SetCrosshairMode(slicer.vtkMRMLCrosshairNode.ShowBasic)


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


def _crosshair_node():
    return slicer.mrmlScene.GetSingletonNode("default", "vtkMRMLCrosshairNode")


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
