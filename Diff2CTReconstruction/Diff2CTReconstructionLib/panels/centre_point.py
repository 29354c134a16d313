"""A movable point on a radiograph's slice view: the centre of the volume, the same vertebra in both views."""

from __future__ import annotations

from collections.abc import Callable

import slicer
import vtk
from slicer.i18n import tr as _

from ..scene import make_own_node, remove_own_node

COLOUR = (1.0, 0.69, 0.0)
PROPOSED_COLOUR = (0.25, 0.8, 1.0)


class CentrePoint:
    """A markups point that is seen in one view alone and belongs to the panel, not to the saved scene.

    Args:
        name: of the point list.
        on_moved: called with (right, anterior, superior) in mm while the user drags the point.
    """

    def __init__(self, name: str, on_moved: Callable[[float, float, float], None]):
        self._name = name
        self._on_moved = on_moved
        self._node = None
        self._observers: list[int] = []
        self._placing = False

    @property
    def node(self):
        """The point list in the scene, or None."""
        return self._node if self._node is not None and slicer.mrmlScene.IsNodePresent(self._node) else None

    def show(self, position_ras: tuple[float, float, float], view_node, proposed: bool = False) -> None:
        """Put the point at a position, in mm, and show it in one slice view; nothing without the view.

        Args:
            proposed: whether it looks like one that nobody has placed.
        """
        if view_node is None:
            return
        node = self.node or self._make()
        self._placing = True
        try:
            if node.GetNumberOfControlPoints() == 0:
                node.AddControlPoint(vtk.vtkVector3d(*position_ras), _("Centre point"))
            elif any(abs(a - b) > 1e-3 for a, b in zip(self._position(), position_ras, strict=True)):
                node.SetNthControlPointPosition(0, *position_ras)
            node.SetNthControlPointLabel(0, _("Centre point, proposed") if proposed else _("Centre point"))
        finally:
            self._placing = False
        display = node.GetDisplayNode()
        for put in (display.SetSelectedColor, display.SetColor):
            put(*(PROPOSED_COLOUR if proposed else COLOUR))
        display.SetGlyphTypeFromString("Cross2D" if proposed else "CrossDot2D")
        display.SetViewNodeIDs([view_node.GetID()])
        display.SetVisibility(True)

    def remove(self) -> None:
        """Take the point out of the scene."""
        node = self.node
        for tag in self._observers:
            self._node.RemoveObserver(tag)
        self._observers = []
        self._node = None
        remove_own_node(node)

    def _make(self):
        self.remove()
        # The panel's numbers are what is kept; the point only shows them.
        self._node = node = make_own_node("vtkMRMLMarkupsFiducialNode", self._name)
        node.GetDisplayNode().SetVisibility(False)
        for event in (node.PointModifiedEvent, node.PointRemovedEvent):
            self._observers.append(node.AddObserver(event, self._moved))
        return node

    def _position(self) -> tuple[float, float, float]:
        position = [0.0, 0.0, 0.0]
        self._node.GetNthControlPointPosition(0, position)
        return tuple(position)

    def _moved(self, _caller=None, _event=None) -> None:
        if not self._placing and self.node is not None and self._node.GetNumberOfControlPoints() > 0:
            self._on_moved(*self._position())
