"""Reconstruction and truth at one window and level, so that equal grey means equal HU; no other volume takes part."""

from __future__ import annotations

import vtk


class WindowLink:
    """Hands on window and level between the display nodes of two volumes."""

    def __init__(self):
        self._displays: tuple = ()
        self._observers: list[tuple] = []

    def follow(self, first, second) -> None:
        """Link two volumes; None for either of them ends the link."""
        displays = (first.GetDisplayNode(), second.GetDisplayNode()) if first and second else ()
        if displays == self._displays:
            return
        for display, tag in self._observers:
            display.RemoveObserver(tag)
        self._displays = displays
        self._observers = [
            (display, display.AddObserver(vtk.vtkCommand.ModifiedEvent, self._changed)) for display in displays
        ]

    def _changed(self, caller, _event) -> None:
        wanted = (caller.GetWindow(), caller.GetLevel())
        for display in self._displays:
            if display is not caller and (display.GetWindow(), display.GetLevel()) != wanted:
                display.SetAutoWindowLevel(False)
                display.SetWindowLevel(*wanted)
