"""One place in the volume and in both radiographs: Slicer's crosshair marks it, a click in a radiograph moves it."""

from __future__ import annotations

import slicer
import vtk

from ..layouts import (
    COMPARISON_LAYOUT,
    RADIOGRAPH_VIEWS,
    RECONSTRUCTION_VIEWS,
    RESULT_LAYOUT,
    TRUTH_VIEWS,
)
from .layout import composite_node, slice_node
from .place_marks import PlaceMark
from .rays import Ray, meeting_point
from .result_geometry import ResultGeometry, geometry_of
from .view_clicks import ViewClicks

VOLUME_VIEWS = (*RECONSTRUCTION_VIEWS.values(), *TRUTH_VIEWS.values())


class Place:
    """Follows crosshair and clicks while a result is shown in its layout, and marks the place in its views."""

    def __init__(self):
        self._geometry: ResultGeometry | None = None
        self._measured: dict = {}
        self._place: tuple[float, float, float] | None = None
        self._clicked: tuple[str, Ray] | None = None
        self._moving = False
        self._crosshair: tuple | None = None
        self._clicks = {side: ViewClicks() for side in RADIOGRAPH_VIEWS}
        self._volume_mark = PlaceMark("Diff2CT place")
        self._marks = {side: PlaceMark(f"Diff2CT {side} place") for side in RADIOGRAPH_VIEWS}

    @property
    def position(self) -> tuple[float, float, float] | None:
        """The place, world RAS mm; None while no result is shown in its layout."""
        return self._place if self._crosshair is not None else None

    def update(self, reconstruction, measured: dict) -> None:
        """Follow a result as long as its layout is shown, else let go.

        Args:
            reconstruction: volume node of the result, or None.
            measured: the radiographs' nodes of its views by side.
        """
        manager = slicer.app.layoutManager()
        shown = manager is not None and manager.layout in (RESULT_LAYOUT, COMPARISON_LAYOUT)
        geometry = geometry_of(reconstruction) if shown and None not in measured.values() else None
        if geometry is None:
            self.stop()
            return
        if self._geometry is None or self._geometry.volume is not reconstruction:
            self._place, self._clicked = geometry.centre(), None
        self._geometry, self._measured = geometry, dict(measured)
        self._attach(manager)
        self._mark()

    def stop(self) -> None:
        """Take marks and observers away; the place is kept for when the same result is shown again."""
        if self._crosshair is not None:
            node, tag = self._crosshair
            node.RemoveObserver(tag)
            self._crosshair = None
        for clicks in self._clicks.values():
            clicks.stop()
        for mark in (self._volume_mark, *self._marks.values()):
            mark.remove()

    def forget(self) -> None:
        """Let go of the result, too."""
        self.stop()
        self._geometry, self._measured, self._place, self._clicked = None, {}, None, None

    def _attach(self, manager) -> None:
        for side, name in RADIOGRAPH_VIEWS.items():
            widget = manager.sliceWidget(name)
            if widget is not None:
                self._clicks[side].follow(
                    widget.sliceView(), lambda ras, side=side: self._radiograph_clicked(side, ras)
                )
        crosshair = slicer.mrmlScene.GetSingletonNode("default", "vtkMRMLCrosshairNode")
        if self._crosshair is None and crosshair is not None:
            tag = crosshair.AddObserver(vtk.vtkCommand.ModifiedEvent, self._crosshair_changed)
            self._crosshair = (crosshair, tag)

    def _crosshair_changed(self, crosshair, _event) -> None:
        position = tuple(crosshair.GetCrosshairRAS())
        if self._moving or position == self._place:
            return
        self._clicked = None
        under_cursor = crosshair.GetCursorPositionXYZ([0.0, 0.0, 0.0])
        side = next((side for side, name in RADIOGRAPH_VIEWS.items() if slice_node(name) is under_cursor), None)
        if side is None:
            self._place = position
            self._mark()
        elif self._shows_radiograph(side):
            # Shift and mouse in a radiograph: what Slicer takes for a place is a pixel.
            self._go(self._geometry.nearest_on(self._ray(side, position), self._place))

    def _radiograph_clicked(self, side: str, ras) -> None:
        if not self._shows_radiograph(side):
            return
        ray = self._ray(side, ras)
        if self._clicked is not None and self._clicked[0] != side:
            place = self._geometry.world(meeting_point(self._clicked[1], ray))
            self._clicked = None
        else:
            place = self._geometry.nearest_on(ray, self._place)
            self._clicked = (side, ray)
        self._go(place)

    def _go(self, place: tuple[float, float, float]) -> None:
        self._place = place
        self._moving = True
        try:
            self._crosshair[0].SetCrosshairRAS(*place)
        finally:
            self._moving = False
        for name in VOLUME_VIEWS:
            node = slice_node(name)
            if node is not None:
                node.JumpSliceByOffsetting(*place)
        self._mark()

    def _mark(self) -> None:
        views = [node for node in map(slice_node, VOLUME_VIEWS) if node is not None]
        self._volume_mark.show(self._place, views)
        for side, mark in self._marks.items():
            view = slice_node(RADIOGRAPH_VIEWS[side]) if self._shows_radiograph(side) else None
            pixel = self._geometry.pixel(side, self._place)
            to_ras = vtk.vtkMatrix4x4()
            self._measured[side].GetIJKToRASMatrix(to_ras)
            mark.show(to_ras.MultiplyPoint((*pixel, 0.0, 1.0))[:3], [] if view is None else [view])

    def _ray(self, side: str, ras) -> Ray:
        to_pixel = vtk.vtkMatrix4x4()
        self._measured[side].GetRASToIJKMatrix(to_pixel)
        return self._geometry.ray(side, *to_pixel.MultiplyPoint((*ras, 1.0))[:2])

    def _shows_radiograph(self, side: str) -> bool:
        """Whether the side's view still has the radiograph, and not what a user has dragged into it."""
        composite = composite_node(RADIOGRAPH_VIEWS[side])
        return composite is not None and composite.GetBackgroundVolumeID() == self._measured[side].GetID()
