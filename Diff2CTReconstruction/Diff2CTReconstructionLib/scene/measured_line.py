"""Lines in one slice view alone: one that the user draws between two points, and one that marks a height."""

from __future__ import annotations

from collections.abc import Callable

import slicer
import vtk

from .own_nodes import make_own_node, remove_own_node

LINE = "vtkMRMLMarkupsLineNode"
ENDS = 2
MEASURED_COLOUR = (0.35, 0.9, 0.35)
HEIGHT_COLOUR = (0.25, 0.8, 1.0)


class OwnLine:
    """A line that no selector offers and no scene file holds.

    Args:
        name: of its node.
        colour: red, green, blue in 0..1.
    """

    def __init__(self, name: str, colour: tuple[float, float, float]):
        self._name = name
        self._colour = colour
        self._node = None

    @property
    def node(self):
        """The line in the scene, or None."""
        return self._node if self._node is not None and slicer.mrmlScene.IsNodePresent(self._node) else None

    def remove(self) -> None:
        """Take the line out of the scene."""
        node, self._node = self.node, None
        remove_own_node(node)

    def _make(self):
        self._node = node = make_own_node(LINE, self._name)
        display = node.GetDisplayNode()
        for put in (display.SetSelectedColor, display.SetColor):
            put(*self._colour)
        display.SetPropertiesLabelVisibility(False)
        display.SetPointLabelsVisibility(False)
        display.SetVisibility(False)
        return node

    def _show_between(self, ends: tuple, view_node) -> None:
        node = self.node or self._make()
        if node.GetNumberOfControlPoints() != ENDS:
            node.RemoveAllControlPoints()
            for end in ends:
                node.AddControlPoint(vtk.vtkVector3d(*end))
        for index, end in enumerate(ends):
            if any(abs(a - b) > 1e-3 for a, b in zip(node.GetNthControlPointPosition(index), end, strict=True)):
                node.SetNthControlPointPosition(index, *end)
        display = node.GetDisplayNode()
        display.SetViewNodeIDs([view_node.GetID()])
        display.SetVisibility(True)


class HeightLine(OwnLine):
    """A thin line that cannot be moved."""

    def __init__(self, name: str):
        super().__init__(name, HEIGHT_COLOUR)

    def show(self, ends: tuple | None, view_node) -> None:
        """Show it between two places, RAS mm, in one slice view; nothing for None, or without the view."""
        if ends is None or view_node is None:
            if self.node is not None:
                self.node.GetDisplayNode().SetVisibility(False)
            return
        self._show_between(ends, view_node)
        self.node.SetLocked(True)
        for index in range(ENDS):
            self.node.SetNthControlPointVisibility(index, False)


class MeasuredLine(OwnLine):
    """A line that the user draws by two clicks, and whose ends he can drag.

    Args:
        on_moved: called with both ends, RAS mm, when they were placed or moved, and with None when one was deleted.
    """

    def __init__(self, name: str, on_moved: Callable[[tuple | None], None]):
        super().__init__(name, MEASURED_COLOUR)
        self._on_moved = on_moved
        self._observers: list[int] = []
        self._showing = False
        self._drawing = False

    def draw(self, view_node) -> None:
        """Let the next two clicks into a slice view place the ends; nothing without the view."""
        if view_node is None:
            return
        node = self.node or self._make()
        self._drawing = True
        node.RemoveAllControlPoints()
        display = node.GetDisplayNode()
        display.SetViewNodeIDs([view_node.GetID()])
        display.SetVisibility(True)
        logic = slicer.modules.markups.logic()
        logic.SetActiveList(node)
        logic.StartPlaceMode(False)

    def show(self, ends: tuple | None, view_node) -> None:
        """Show it between two places, RAS mm, in one slice view, unless it is being drawn; nothing for None."""
        if self._drawing and _places(self.node):
            return
        self._drawing = False
        self._showing = True
        try:
            if ends is not None and view_node is not None:
                self._show_between(ends, view_node)
            elif self.node is not None:
                self.node.RemoveAllControlPoints()
        finally:
            self._showing = False

    def remove(self) -> None:
        for tag in self._observers:
            self._node.RemoveObserver(tag)
        self._observers, self._drawing = [], False
        super().remove()

    def _make(self):
        self.remove()
        node = super()._make()
        events = (node.PointModifiedEvent, node.PointPositionDefinedEvent, node.PointRemovedEvent)
        self._observers = [node.AddObserver(event, self._changed) for event in events]
        return node

    def _changed(self, node, _event) -> None:
        if self._showing:
            return
        # An end that still follows the pointer has a position, too.
        defined = [
            index
            for index in range(node.GetNumberOfControlPoints())
            if node.GetNthControlPointPositionStatus(index) == node.PositionDefined
        ]
        if len(defined) == ENDS:
            self._drawing = False
            self._on_moved(tuple(tuple(node.GetNthControlPointPosition(index)) for index in defined))
        elif not self._drawing:
            self._on_moved(None)


def _places(node) -> bool:
    """Whether the next click places a point of a node."""
    application = slicer.app.applicationLogic()
    interaction, selection = application.GetInteractionNode(), application.GetSelectionNode()
    placing = interaction.GetCurrentInteractionMode() == slicer.vtkMRMLInteractionNode.Place
    return node is not None and placing and selection.GetActivePlaceNodeID() == node.GetID()
