"""A radiograph in its slice view as the reconstruction will use it: upright, dense is bright, on the detector's mm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import slicer

from .. import layouts
from ..scene import layout, make_own_node, remove_own_node, results
from .centre_point import CentrePoint

GREY = "vtkMRMLColorTableNodeGrey"


class UprightView:
    """The picture and the movable centre point of one side.

    Neither is listed or saved with the scene; both are made anew from the radiograph and the panel's numbers.

    Args:
        side: "frontal" or "lateral".
        on_centre: called with (column, row) in pixels of the upright radiograph while the user drags the point.
    """

    def __init__(self, side: str, on_centre):
        self._side = side
        self._view = layouts.RADIOGRAPH_VIEWS[side]
        self._name = f"Diff2CT {side} radiograph"
        self._on_centre = on_centre
        self._volume = None
        self._pixel_mm = (1.0, 1.0)
        self.point = CentrePoint(f"Diff2CT {side} centre point", self._point_moved)

    @property
    def volume(self):
        """The node that shows the radiograph, or None."""
        return self._volume if self._volume is not None and slicer.mrmlScene.IsNodePresent(self._volume) else None

    def setRadiograph(self, path: Path, facts: dict) -> None:
        """Take what `inspect_radiograph` wrote: an array of grey values, and its facts."""
        pixels = np.load(path, allow_pickle=False)
        row_mm, column_mm = facts["pixel_spacing_mm"]
        self._pixel_mm = (column_mm, row_mm)
        node = self.volume or self._make()
        step = facts["upright_step"]
        # Columns run to the patient's left or back, which is -R on screen; rows to the feet, which is -A.
        node.SetIJKToRASDirections(-1, 0, 0, 0, -1, 0, 0, 0, 1)
        node.SetOrigin(0.0, 0.0, 0.0)
        node.SetSpacing(column_mm * step, row_mm * step, 1.0)
        slicer.util.updateVolumeFromArray(node, pixels[None])
        low, high = np.percentile(pixels, (0.5, 99.5))
        display = node.GetDisplayNode()
        display.SetAutoWindowLevel(False)
        display.SetWindowLevel(max(float(high - low), 1.0), float(high + low) / 2.0)

    def showCentre(self, column: float, row: float, proposed: bool = False) -> None:
        """Put the point on a pixel of the upright radiograph.

        Args:
            proposed: whether nobody has placed it.
        """
        if self.volume is not None:
            self.point.show(self.position(column, row), self.viewNode, proposed)

    def position(self, column: float, row: float) -> tuple[float, float, float]:
        """Where a pixel of the upright radiograph lies in its view, RAS mm."""
        return -column * self._pixel_mm[0], -row * self._pixel_mm[1], 0.0

    def pixel(self, right: float, anterior: float) -> tuple[float, float]:
        """(column, row) of the upright radiograph at a place of its view."""
        return -right / self._pixel_mm[0], -anterior / self._pixel_mm[1]

    @property
    def viewNode(self):
        """The node of the slice view; None before the layout was shown."""
        return layout.slice_node(self._view)

    @property
    def isShown(self) -> bool:
        """Whether the view shows the radiograph now."""
        return self.volume is not None and layout.shows([self._view], self.volume)

    def show(self) -> None:
        """Show the radiograph alone in its view, if the layout has it."""
        layout.show_volume([self._view], self.volume)

    def remove(self) -> None:
        """Take picture and point out of the scene."""
        self.point.remove()
        node, self._volume = self.volume, None
        remove_own_node(node)

    def _make(self):
        self._volume = node = make_own_node("vtkMRMLScalarVolumeNode", self._name)
        node.SetAttribute(results.ROLE_ATTRIBUTE, f"{self._side} upright")
        node.GetDisplayNode().SetAndObserveColorNodeID(GREY)
        return node

    def _point_moved(self, right: float, anterior: float, _superior: float) -> None:
        self._on_centre(*self.pixel(right, anterior))
