"""Crosses at one place: in the slice views of the volumes, and where each radiograph shows it."""

from __future__ import annotations

import slicer
import vtk
from slicer.i18n import tr as _

from .own_nodes import make_own_node, remove_own_node

COLOUR = (1.0, 0.69, 0.0)


class PlaceMark:
    """A cross that is seen in some slice views and nowhere else; it cannot be dragged.

    Args:
        name: of its point list, which no selector offers and no scene file holds.
    """

    def __init__(self, name: str):
        self._name = name
        self._node = None

    @property
    def node(self):
        """The point list in the scene, or None."""
        return self._node if self._node is not None and slicer.mrmlScene.IsNodePresent(self._node) else None

    def show(self, position_ras: tuple[float, float, float], view_nodes: list) -> None:
        """Put the cross at a position, world RAS mm, in these views; without a view it is hidden."""
        node = self.node or self._make()
        display = node.GetDisplayNode()
        # A display node without views is seen in all of them, and enlarges the box around the 3D view.
        if not view_nodes:
            display.SetVisibility(False)
            return
        display.SetViewNodeIDs([view.GetID() for view in view_nodes])
        node.SetNthControlPointPosition(0, *position_ras)
        display.SetVisibility(True)

    def position(self) -> tuple[float, float, float]:
        """Where the cross is, world RAS mm."""
        position = [0.0, 0.0, 0.0]
        self._node.GetNthControlPointPositionWorld(0, position)
        return tuple(position)

    def remove(self) -> None:
        """Take the cross out of the scene."""
        node, self._node = self.node, None
        remove_own_node(node)

    def _make(self):
        self._node = node = make_own_node("vtkMRMLMarkupsFiducialNode", self._name)
        node.AddControlPoint(vtk.vtkVector3d(0.0, 0.0, 0.0), _("Place"))
        node.SetLocked(True)
        display = node.GetDisplayNode()
        display.SetSelectedColor(*COLOUR)
        display.SetColor(*COLOUR)
        display.SetGlyphTypeFromString("Cross2D")
        display.SetPointLabelsVisibility(False)
        display.SetPropertiesLabelVisibility(False)
        return node
