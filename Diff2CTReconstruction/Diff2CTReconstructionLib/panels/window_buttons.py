"""Buttons for the usual windows of a CT, for the reconstruction and whatever shares its window."""

from __future__ import annotations

from collections.abc import Callable

from ..scene import results

WINDOWS = {"bone": results.BONE_WINDOW, "softTissue": (400.0, 40.0), "lung": (1500.0, -600.0)}
"""Width and level in HU by the beginning of the button's name."""


class WindowButtons:
    """Sets window and level of the current reconstruction; the truth follows by its link.

    Args:
        ui: the panel's widgets by name.
        parameters: gives the current parameter node, or None.
    """

    def __init__(self, ui, parameters: Callable):
        self._parameters = parameters
        for name, window in WINDOWS.items():
            button = getattr(ui, name + "WindowButton")
            button.clicked.connect(lambda *_arguments, window=window: self._choose(window))

    def _choose(self, window: tuple[float, float]) -> None:
        parameters = self._parameters()
        volume = parameters.reconstruction if parameters is not None else None
        if volume is None:
            return
        display = volume.GetDisplayNode()
        display.SetAutoWindowLevel(False)
        display.SetWindowLevel(*window)
