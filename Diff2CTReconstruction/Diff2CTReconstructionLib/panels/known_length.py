"""A length in the patient that the user knows: a line on one radiograph, and how long it is."""

from __future__ import annotations

import math
from collections.abc import Callable

from slicer.i18n import tr as _

from ..parameters import LINE_NAMES, set_together
from ..scene import MeasuredLine
from .radiograph_panel import RadiographPanel

OF_PICTURE = ("Volume", "Frame", "Rotate", "Flip")
"""Parameters of a side that decide which picture its line was drawn on."""


class KnownLengths:
    """The known lengths of both radiographs.

    Args:
        ui: the panel's widgets by name.
        panels: the two radiographs by side.
        show_radiographs: shows both radiographs in views of their own.
    """

    def __init__(self, ui, panels: dict[str, RadiographPanel], show_radiographs: Callable[[], None]):
        self.sides = {side: KnownLength(side, ui, panel, show_radiographs) for side, panel in panels.items()}

    def follow(self, parameters) -> None:
        """Follow another parameter node, or none."""
        for length in self.sides.values():
            length.follow(parameters)

    def update(self) -> None:
        """Show what the parameter node says now."""
        for length in self.sides.values():
            length.update()

    def stop(self) -> None:
        """Take the lines out of the scene."""
        for length in self.sides.values():
            length.stop()


class KnownLength:
    """Keeps the line of one side in step with the parameter node.

    Args:
        side: "frontal" or "lateral".
        ui: the panel's widgets by name.
        panel: of the radiograph.
        show_radiographs: shows both radiographs in views of their own.
    """

    def __init__(self, side: str, ui, panel: RadiographPanel, show_radiographs: Callable[[], None]):
        self._side = side
        self._panel = panel
        self._show_radiographs = show_radiographs
        self._button = getattr(ui, side + "DrawLineButton")
        self._label = getattr(ui, side + "LineLabel")
        self._parameters = None
        self._drawn_on: tuple | None = None
        self._gone = False
        self.line = MeasuredLine(f"Diff2CT {side} known length", self._moved)
        self._button.clicked.connect(self._draw)

    def follow(self, parameters) -> None:
        """Follow another parameter node, or none, whose line belongs to its picture."""
        self._parameters = parameters
        self._drawn_on, self._gone = None, False
        if parameters is None:
            self.stop()

    def stop(self) -> None:
        """Take the line out of the scene."""
        self.line.remove()

    def update(self) -> None:
        """Show the line, and what is missing; a line that was drawn on another picture goes."""
        self._button.enabled = self._panel.facts is not None
        ends, picture = self._ends(), tuple(self._value(name) for name in OF_PICTURE)
        before, self._drawn_on = self._drawn_on, (ends, picture)
        if ends is not None and before is not None and before[0] == ends and before[1] != picture:
            self._gone = True
            self._set(None)
            return
        self._gone = self._gone and ends is None
        self._label.text = self._told(ends)
        upright = self._panel.upright
        if self._panel.facts is not None:
            places = None if ends is None else (upright.position(*ends[:2]), upright.position(*ends[2:]))
            self.line.show(places, upright.viewNode)

    def _draw(self, *_arguments) -> None:
        self._show_radiographs()
        self.line.draw(self._panel.upright.viewNode)

    def _moved(self, places: tuple | None) -> None:
        if places is None or self._panel.facts is None:
            self._set(None)
            return
        pixels = [value for place in places for value in self._panel.upright.pixel(*place[:2])]
        counts = (self._panel.facts["columns"], self._panel.facts["rows"]) * 2
        # Beside the radiograph nothing can be measured.
        self._set([min(max(value, 0.0), count - 1.0) for value, count in zip(pixels, counts, strict=True)])

    def _set(self, ends: list[float] | None) -> None:
        values = dict(zip(LINE_NAMES, ends or [-1.0] * len(LINE_NAMES), strict=True))
        set_together(self._parameters, {self._side + name: round(value, 2) for name, value in values.items()})

    def _value(self, name: str):
        return self._parameters.getValue(self._side + name)

    def _ends(self) -> list[float] | None:
        ends = [self._value(name) for name in LINE_NAMES]
        return ends if min(ends) >= 0.0 else None

    def _told(self, ends: list[float] | None) -> str:
        length = self._value("KnownLength")
        if ends is None:
            if self._gone:
                return _("The picture is another one: draw the line again.")
            return _("Draw its line.") if length else ""
        pixels = math.dist(ends[:2], ends[2:])
        if length:
            return _("Line of {pixels:.1f} pixels; it sets the pixel spacing.").format(pixels=pixels)
        return _("Line of {pixels:.1f} pixels. Type its length.").format(pixels=pixels)
