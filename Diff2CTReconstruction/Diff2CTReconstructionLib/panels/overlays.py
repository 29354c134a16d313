"""What is laid over the views: texts, and the place in the volume and in both radiographs."""

from __future__ import annotations

from collections.abc import Callable

import slicer

from ..parameters import SIDES
from ..scene import Place, ViewTexts


class Overlays:
    """Keeps them in step with the current result and the layout.

    Args:
        parameters: gives the current parameter node, or None.
    """

    def __init__(self, parameters: Callable):
        self._parameters = parameters
        self._texts = ViewTexts()
        self.place = Place()
        self._texts.start()
        self._manager = slicer.app.layoutManager()
        if self._manager is not None:
            self._manager.layoutChanged.connect(self._layout_changed)

    def update(self) -> None:
        """Follow the current result, if its layout is shown."""
        parameters = self._parameters()
        if parameters is None:
            self.place.forget()
            return
        measured = {side: parameters.getValue(side + "Measured") for side in SIDES}
        self.place.update(parameters.reconstruction, measured)

    def remove(self) -> None:
        """The module is unloaded: nothing stays."""
        if self._manager is not None:
            self._manager.layoutChanged.disconnect(self._layout_changed)
            self._manager = None
        self.place.forget()
        self._texts.stop()

    def _layout_changed(self, *_arguments) -> None:
        self.update()
