"""The bond between the panel's widgets and the parameter node, which can be untied without a rest."""

from __future__ import annotations

from collections.abc import Callable

import vtk


class ParameterLink:
    """Keeps widgets and parameters in step, and tells of changes.

    The observer is its own: `VTKObservationMixin` holds all that it ever observed, here each wrapper of the node.

    Args:
        ui: the panel's widgets by name.
        on_change: called as VTK's observers are, when a parameter has changed.
    """

    def __init__(self, ui, on_change: Callable):
        self._ui = ui
        self._on_change = on_change
        self._tied: tuple | None = None

    def tie(self, parameters) -> None:
        """Follow these parameters in the place of those before."""
        self.untie()
        tag = parameters.connectGui(self._ui)
        observer = parameters.AddObserver(vtk.vtkCommand.ModifiedEvent, self._on_change)
        self._tied = parameters, tag, observer

    def untie(self) -> None:
        """Follow none."""
        if self._tied is not None:
            parameters, tag, observer = self._tied
            self._tied = None
            parameters.RemoveObserver(observer)
            parameters.disconnectGui(tag)
