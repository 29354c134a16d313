"""The panel as a whole: how wide its sections are, and what the Tab key reaches."""

from __future__ import annotations

import qt


class SectionsWidth(qt.QObject):
    """Keeps the scroll area of the sections as wide as these need, so that it scrolls up and down alone.

    Slicer makes its own scroll area around a module as wide as the module; a scroll area within asks for no width.

    Args:
        area: a QScrollArea whose contents have a layout.
    """

    def __init__(self, area):
        super().__init__(area)
        self._area = area
        self._contents = area.widget()
        self._contents.installEventFilter(self)

    def eventFilter(self, _watched, event) -> bool:
        if event.type() in (qt.QEvent.LayoutRequest, qt.QEvent.Show):
            bar = self._area.style().pixelMetric(qt.QStyle.PM_ScrollBarExtent, None, self._area)
            needed = self._contents.layout().minimumSize().width() + bar
            if self._area.minimumWidth != needed:
                self._area.setMinimumWidth(needed)
        return False


def prepare(ui) -> SectionsWidth:
    """Let the Tab key come to the node selectors, and fit the sections' width, as long as what is returned is kept.

    Slicer leaves selectors out: the box within hands the focus on to its parent, which takes none.

    Args:
        ui: the panel's widgets by name.
    """
    selectors = (ui.frontalVolumeSelector, ui.lateralVolumeSelector, ui.simulationCtSelector)
    for selector in (*selectors, ui.simulationCentreSelector, ui.truthSelector):
        for child in selector.children():
            if isinstance(child, qt.QComboBox):
                child.setFocusProxy(None)
    return SectionsWidth(ui.sectionsArea)
