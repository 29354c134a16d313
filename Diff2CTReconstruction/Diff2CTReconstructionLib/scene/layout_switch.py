"""Which layout is shown: one of the module's while it is open, and the user's own again afterwards."""

from __future__ import annotations

from collections.abc import Callable

import slicer
import vtk

from ..layouts import (
    LAYOUTS,
    RADIOGRAPH_GROUP,
    RADIOGRAPH_VIEWS,
    RECONSTRUCTION_VIEWS,
    TRUTH_VIEWS,
    VOLUME_GROUP,
    register_layouts,
)
from ..timer import Timer
from .layout import slice_logic


class LayoutSwitch:
    """Shows radiographs and results in views of their own and gives back the layout that was there before."""

    def __init__(self):
        self._previous: int | None = None
        self._at_return: tuple[int, int] | None = None
        self._layout_node = None
        self._observer = 0
        self._fill_timer = Timer(0)

    @property
    def shown(self) -> int | None:
        """The one of LAYOUTS that is shown, or None."""
        manager = slicer.app.layoutManager()
        return manager.layout if manager is not None and manager.layout in LAYOUTS else None

    def show(self, identifier: int, fill: Callable[[], None]) -> None:
        """Switch to one of LAYOUTS; the six volume views are linked to each other, the radiographs to nothing.

        Without a main window there is no layout, and nothing to do.

        Args:
            fill: puts the contents into the views, one turn of the event loop later: only then has a view its size, and
                a new one's slice has been moved to 0. It is not called when the layout was left before.
        """
        manager = slicer.app.layoutManager()
        if manager is None:
            return
        register_layouts()
        self._at_return = None
        if not self.shown:
            self._previous = manager.layout
        self._keep_out_of_scenes(manager.layoutLogic().GetLayoutNode())
        manager.setLayout(identifier)
        for name in (*RECONSTRUCTION_VIEWS.values(), *TRUTH_VIEWS.values()):
            _set_up(name, VOLUME_GROUP, True)
        for name in RADIOGRAPH_VIEWS.values():
            _set_up(name, RADIOGRAPH_GROUP, False)
        self._fill_timer.start(lambda: fill() if self.shown == identifier else None)

    def restore(self) -> None:
        """Back to the layout that was there before; nothing when the user has chosen another.

        A scene that was saved with one of LAYOUTS brings it along, with none before it; then it is Slicer's usual one.
        """
        self._fill_timer.stop()
        if self.shown:
            usual = slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
            slicer.app.layoutManager().setLayout(usual if self._previous is None else self._previous)
        self._previous = self._at_return = None
        if self._layout_node is not None:
            self._layout_node.RemoveObserver(self._observer)
            self._layout_node.SetSaveWithScene(True)
            self._layout_node = None

    def leave(self) -> None:
        """The module is left: restore, and keep in mind what was shown."""
        shown = self.shown
        self.restore()
        if shown is not None:
            self.show_at_return(shown)

    def show_at_return(self, identifier: int) -> None:
        """Keep in mind which of LAYOUTS to show when the user comes back."""
        manager = slicer.app.layoutManager()
        if manager is not None:
            self._at_return = identifier, manager.layout

    def take_return(self) -> int | None:
        """What to show now that the user is back; None where he has chosen another layout meanwhile. Told once."""
        wanted, self._at_return = self._at_return, None
        return wanted[0] if wanted is not None and wanted[1] == slicer.app.layoutManager().layout else None

    def _keep_out_of_scenes(self, layout_node) -> None:
        """Have no scene file name one of LAYOUTS: where the module is not installed, it would open without a view."""
        if self._layout_node is None:
            self._layout_node = layout_node
            self._observer = layout_node.AddObserver(vtk.vtkCommand.ModifiedEvent, _save_layout_unless_ours)
        _save_layout_unless_ours(layout_node, None)


def _save_layout_unless_ours(layout_node, _event) -> None:
    layout_node.SetSaveWithScene(layout_node.GetViewArrangement() not in LAYOUTS)


def _set_up(view_name: str, group: int, linked: bool) -> None:
    """Scroll a view with the others of its group, or alone; nothing where the layout does not have it."""
    logic = slice_logic(view_name)
    if logic is None:
        return
    # A scene keeps of a group only that there is one: a view that was loaded would follow those of group 1.
    logic.GetSliceNode().SetViewGroup(group)
    composite = logic.GetSliceCompositeNode()
    composite.SetLinkedControl(linked)
    composite.SetHotLinkedControl(linked)
    # What is loaded or chosen elsewhere goes into Slicer's own views, and not under a label of ours.
    composite.SetDoPropagateVolumeSelection(False)
