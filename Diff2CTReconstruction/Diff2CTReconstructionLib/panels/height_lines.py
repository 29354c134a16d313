"""One height of the body in both radiographs: what the pointer or a centre shows in one is a line in the other.

The pictures in the panel show the middle of the spine, too, where the proposal has found it.
"""

from __future__ import annotations

import slicer

from ..parameters import SIDES
from ..scene import HeightLine, Proposal
from .radiograph_panel import RadiographPanel


class HeightLines:
    """Draws the lines of a proposal into the pictures and the views.

    Args:
        panels: the two radiographs by side.
    """

    def __init__(self, panels: dict[str, RadiographPanel]):
        self._panels = panels
        self._proposal: Proposal | None = None
        self._pointed: tuple[str, tuple[float, float]] | None = None
        self._crosshair: tuple | None = None
        self._lines = {side: HeightLine(f"Diff2CT {side} height") for side in SIDES}
        for side, panel in panels.items():
            panel.picture.followPointer(lambda where, side=side: self._pointer_in_picture(side, where))

    def line(self, side: str) -> HeightLine:
        """The line in one side's slice view."""
        return self._lines[side]

    def show(self, proposal: Proposal | None) -> None:
        """Draw the lines of a proposal; None takes them away."""
        if proposal is None:
            self.stop()
            return
        self._proposal = proposal
        crosshair = slicer.mrmlScene.GetSingletonNode("default", "vtkMRMLCrosshairNode")
        if self._crosshair is None and crosshair is not None:
            tag = crosshair.AddObserver(crosshair.CursorPositionModifiedEvent, self._pointer_in_view)
            self._crosshair = (crosshair, tag)
        self._draw()

    def stop(self) -> None:
        """Take lines and observers away."""
        if self._crosshair is not None:
            node, tag = self._crosshair
            node.RemoveObserver(tag)
        self._proposal = self._pointed = self._crosshair = None
        for side, line in self._lines.items():
            line.remove()
            self._panels[side].picture.setGuides(())

    def _pointer_in_picture(self, side: str, where: tuple[float, float] | None) -> None:
        facts = self._panels[side].facts
        if self._proposal is None or facts is None:
            return
        pixel = None if where is None else (where[0] * (facts["columns"] - 1), where[1] * (facts["rows"] - 1))
        self._point(side, pixel)

    def _pointer_in_view(self, crosshair, _event) -> None:
        view = crosshair.GetCursorPositionXYZ([0.0, 0.0, 0.0])
        ras = [0.0, 0.0, 0.0]
        inside = crosshair.GetCursorPositionRAS(ras)
        for side, panel in self._panels.items():
            if inside and view is not None and panel.upright.viewNode is view and panel.upright.isShown:
                self._point(side, panel.upright.pixel(*ras[:2]))
                return
        self._point("", None)

    def _point(self, side: str, pixel: tuple[float, float] | None) -> None:
        pointed = None if pixel is None else (side, pixel)
        if pointed != self._pointed:
            self._pointed = pointed
            self._draw()

    def _draw(self) -> None:
        for side, view in self._proposal.views.items():
            panel = self._panels[view.shown_on]
            known = panel.facts is not None
            ends = self._ends(side) if known else None
            spine = tuple(view.turned.back(*pixel) for pixel in view.spine) if known else ()
            guides = (ends or (), spine)
            panel.picture.setGuides(tuple(tuple(panel.mark.inPicture(*pixel) for pixel in guide) for guide in guides))
            places = None if ends is None else tuple(panel.upright.position(*end) for end in ends)
            self._lines[view.shown_on].show(places, panel.upright.viewNode)

    def _ends(self, side: str) -> tuple | None:
        """Where the line of a side of the proposal begins and ends in the picture that is shown; None for none."""
        view = self._proposal.views[side]
        other_side = SIDES[1 - SIDES.index(side)]
        other = self._proposal.views[other_side]
        pixel = self._panels[other.shown_on].mark.centre
        if self._pointed is not None and self._pointed[0] == other.shown_on:
            pixel = self._pointed[1]
        if pixel is None:
            return None
        row = self._proposal.same_height(other_side, other.turned.to(*pixel)[1])
        rows, columns = view.turned.shape
        if row is None or not 0.0 <= row <= rows - 1.0:
            return None
        return view.turned.back(0.0, row), view.turned.back(columns - 1.0, row)
