"""The texts of one view, as actors of its own: the corner annotations belong to Slicer's data probe."""

from __future__ import annotations

import vtk

FONT_SIZE = 14
COLOUR = (1.0, 0.85, 0.3)

_PLACES = {
    "synthetic": ((0.01, 0.985), "left", "top"),
    "left": ((0.015, 0.5), "left", "centred"),
    "right": ((0.985, 0.5), "right", "centred"),
}


class ViewLabels:
    """Texts by place: "synthetic" in the upper left corner, "left" and "right" at the middle of the edges."""

    def __init__(self):
        self._view = None
        self._renderer = None
        self._actors: dict = {}

    def place(self, view) -> None:
        """Write into this view, a ctkVTKAbstractView."""
        renderer = view.renderWindow().GetRenderers().GetFirstRenderer()
        if renderer is not self._renderer:
            self.show({})
            self._view, self._renderer = view, renderer

    def show(self, texts: dict[str, str]) -> None:
        """Have these texts in the view and no others."""
        if texts == {place: actor.GetInput() for place, actor in self._actors.items()}:
            return
        for place in [place for place in self._actors if place not in texts]:
            self._renderer.RemoveViewProp(self._actors.pop(place))
        for place, text in texts.items():
            if place not in self._actors:
                self._actors[place] = _text_actor(place)
                self._renderer.AddViewProp(self._actors[place])
            self._actors[place].SetInput(text)
        self._view.scheduleRender()


def _text_actor(place: str):
    position, across, along = _PLACES[place]
    actor = vtk.vtkTextActor()
    actor.GetPositionCoordinate().SetCoordinateSystemToNormalizedViewport()
    actor.SetPosition(*position)
    actor.PickableOff()
    look = actor.GetTextProperty()
    look.SetFontFamilyToArial()
    look.SetFontSize(FONT_SIZE)
    look.SetBold(True)
    look.SetColor(*COLOUR)
    # Readable on bright pixels, too.
    look.SetShadow(True)
    look.SetJustificationToLeft() if across == "left" else look.SetJustificationToRight()
    look.SetVerticalJustificationToTop() if along == "top" else look.SetVerticalJustificationToCentered()
    return actor
