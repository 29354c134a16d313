"""Clicks of the left button in a slice view, drags left out."""

from __future__ import annotations

from collections.abc import Callable

import slicer
import vtk

MOVED_PIXELS = 4
"""A press and a release closer together than this are a click."""

BEFORE_SLICER = 1.0
"""Slicer's own interactor style observes at 0, and may keep an event from those that come after it."""


class ViewClicks:
    """Hears the clicks in one slice view; Slicer's own reaction to them is left as it is."""

    def __init__(self):
        self._view = None
        self._interactor = None
        self._observers: list[int] = []
        self._on_click: Callable | None = None
        self._pressed: tuple[int, int] | None = None

    def follow(self, view, on_click: Callable[[tuple[float, float, float]], None]) -> None:
        """Call `on_click` with the clicked point of a qMRMLSliceView, RAS mm, in the place of the view before."""
        interactor = view.interactor()
        if interactor is self._interactor:
            return
        self.stop()
        self._view, self._interactor, self._on_click = view, interactor, on_click
        slots = (
            (vtk.vtkCommand.LeftButtonPressEvent, self._press),
            (vtk.vtkCommand.LeftButtonReleaseEvent, self._release),
        )
        self._observers = [interactor.AddObserver(event, slot, BEFORE_SLICER) for event, slot in slots]

    def stop(self) -> None:
        """Hear no more clicks."""
        for tag in self._observers:
            self._interactor.RemoveObserver(tag)
        self._observers = []
        self._view = self._interactor = self._on_click = self._pressed = None

    def _press(self, interactor, _event) -> None:
        modified = interactor.GetShiftKey() or interactor.GetControlKey() or interactor.GetAltKey()
        self._pressed = None if modified or _is_placing() else tuple(interactor.GetEventPosition())

    def _release(self, interactor, _event) -> None:
        pressed, self._pressed = self._pressed, None
        released = tuple(interactor.GetEventPosition())
        if pressed is None or max(abs(a - b) for a, b in zip(pressed, released, strict=True)) >= MOVED_PIXELS:
            return
        xyz = self._view.convertDeviceToXYZ(list(released))
        self._on_click(self._view.mrmlSliceNode().GetXYToRAS().MultiplyPoint((*xyz, 1.0))[:3])


def _is_placing() -> bool:
    node = slicer.app.applicationLogic().GetInteractionNode()
    return node is not None and node.GetCurrentInteractionMode() == slicer.vtkMRMLInteractionNode.Place
