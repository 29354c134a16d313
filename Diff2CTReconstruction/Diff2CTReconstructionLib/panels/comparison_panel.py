"""Looking at a result and comparing it with the truth: views, maps, bone, metrics."""

from __future__ import annotations

from collections.abc import Callable

import qt
from slicer.i18n import tr as _

from .. import layouts
from ..parameters import SIDES
from ..scene import (
    LayoutSwitch,
    RunRemoval,
    ViewGuard,
    WindowLink,
    bone_segmentation,
    comparison,
    hide_legend,
    layout,
    show_legend,
)
from ..timer import Timer
from .overlays import Overlays
from .status_line import StatusLine
from .window_buttons import WindowButtons

BONE_DELAY_MS = 150


class ComparisonPanel:
    """Keeps views, maps and table in step with the parameter node.

    Args:
        ui: the panel's widgets by name.
        switch: of the layouts.
        status: emptied when the result goes that it told of.
        parameters: gives the current parameter node, or None.
    """

    def __init__(self, ui, switch: LayoutSwitch, status: StatusLine, parameters: Callable):
        self._ui = ui
        self._switch = switch
        self._status = status
        self._parameters = parameters
        self.overlays = Overlays(parameters)
        self._removal = RunRemoval()
        self._guard = ViewGuard(self._volume_goes)
        self._window_link = WindowLink()
        self._window_buttons = WindowButtons(ui, parameters)
        self._table_shown = None
        self._bone_threshold: float | None = None
        self._maps = (
            (_("Nothing"), None, ""),
            (_("Difference from the true CT"), "difference", _("Difference, HU")),
            (_("Uncertainty (standard deviation)"), "uncertainty", _("Uncertainty, HU")),
        )
        for label, _name, _title in self._maps:
            ui.mapComboBox.addItem(label)
        self._prepare_table()
        ui.mapComboBox.currentIndexChanged.connect(self._show_map)
        ui.boneButton.clicked.connect(self._segment_bone)
        ui.showViewsButton.clicked.connect(self._show_current)
        self._bone_timer = Timer(BONE_DELAY_MS)

    def update(self) -> None:
        """Show what the parameter node says now."""
        parameters = self._parameters()
        self._show_metrics(parameters.metrics)
        for view in layouts.RADIOGRAPH_VIEWS.values():
            layout.fade(view, parameters.reprojectionFade / 100.0)
        self._window_link.follow(parameters.reconstruction, parameters.truth)
        self.overlays.update()
        if parameters.bone is not None and parameters.boneThreshold != self._bone_threshold:
            self._bone_timer.start(self._segment_bone)

    def stop(self) -> None:
        """Let go of the scene."""
        self._bone_timer.stop()
        self._window_link.follow(None, None)
        self.overlays.place.forget()
        self._show_metrics(None)

    def close(self) -> None:
        """The module is unloaded."""
        self.overlays.remove()
        self._removal.stop()
        self._guard.stop()

    def show_result(self, with_truth: bool) -> None:
        """Show what has just been made, in Slicer's own views, too, where it is seen from other modules."""
        layout.show_in_standard_views(self._parameters().reconstruction)
        self.show_views(with_truth)

    def come_back(self, identifier: int) -> None:
        """Show the result in a layout that the user left, with his place and zoom unless there is another result."""
        parameters = self._parameters()
        if parameters.reconstruction is None:
            return
        with_truth = identifier == layouts.COMPARISON_LAYOUT and parameters.truth is not None
        kept = layout.shows(layouts.RECONSTRUCTION_VIEWS.values(), parameters.reconstruction)
        if kept and (not with_truth or layout.shows(layouts.TRUTH_VIEWS.values(), parameters.truth)):
            self._switch.show(identifier if with_truth else layouts.RESULT_LAYOUT, lambda: None)
        else:
            self.show_views(with_truth)

    def show_views(self, with_truth: bool) -> None:
        """Show the current result in its layout."""
        self._switch.show(layouts.COMPARISON_LAYOUT if with_truth else layouts.RESULT_LAYOUT, self._fill)

    def _fill(self) -> None:
        """Put the current result into the views of its layout."""
        parameters = self._parameters()
        if parameters is None or parameters.reconstruction is None:
            return
        layout.show_volume(layouts.RECONSTRUCTION_VIEWS.values(), parameters.reconstruction)
        layout.show_volume(layouts.TRUTH_VIEWS.values(), parameters.truth)
        for side in SIDES:
            measured, reprojection = (parameters.getValue(side + kind) for kind in ("Measured", "Reprojection"))
            fade = parameters.reprojectionFade / 100.0
            layout.show_volume([layouts.RADIOGRAPH_VIEWS[side]], measured, reprojection, fade)
        self._show_map()
        layout.show_in_3d(parameters.reconstruction)
        self.overlays.update()

    def _volume_goes(self, node) -> None:
        """Go with a result that leaves the scene: its views have nothing to show."""
        parameters, shown = self._parameters(), self._switch.shown
        if parameters is not None and node is parameters.reconstruction:
            self._status.say("")
        if parameters is None or shown not in (layouts.RESULT_LAYOUT, layouts.COMPARISON_LAYOUT):
            return
        if node is parameters.reconstruction:
            self._switch.restore()
        elif node is parameters.truth and shown == layouts.COMPARISON_LAYOUT:
            self.show_views(with_truth=False)

    def _show_current(self, *_arguments) -> None:
        self.show_views(with_truth=self._parameters().truth is not None)

    def _show_map(self, *_arguments) -> None:
        parameters = self._parameters()
        if parameters is None:
            return
        _label, chosen, title = self._maps[self._ui.mapComboBox.currentIndex]
        layout.show_map(parameters.getValue(chosen) if chosen else None)
        maps = {name: parameters.getValue(name) for _label, name, _title in self._maps if name}
        for name, volume in maps.items():
            if volume is not None:
                show_legend(volume, title) if name == chosen else hide_legend(volume)

    def _segment_bone(self, *_arguments) -> None:
        parameters = self._parameters()
        if parameters is None or parameters.reconstruction is None:
            return
        self._bone_threshold = parameters.boneThreshold
        parameters.bone = bone_segmentation(parameters.reconstruction, parameters.boneThreshold, parameters.bone)

    def _prepare_table(self) -> None:
        table = self._ui.metricsTable
        titles = comparison.column_titles()
        table.setColumnCount(len(titles))
        table.setHorizontalHeaderLabels(titles)
        table.verticalHeader().hide()
        table.verticalHeader().setDefaultSectionSize(22)
        # The labels are long: the other columns take what they need and no more.
        for column in range(len(titles)):
            mode = qt.QHeaderView.ResizeToContents if column else qt.QHeaderView.Stretch
            table.horizontalHeader().setSectionResizeMode(column, mode)
        # Tab leaves the table; the arrow keys move within it.
        table.setTabKeyNavigation(False)
        table.hide()

    def _show_metrics(self, table) -> None:
        identifier = table.GetID() if table else None
        if identifier == self._table_shown:
            return
        self._table_shown = identifier
        shown = self._ui.metricsTable
        rows = comparison.table_rows(table) if table else []
        meanings = comparison.meanings() if rows else {}
        shown.setRowCount(len(rows))
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = qt.QTableWidgetItem(text)
                item.setToolTip(meanings.get(texts[0], ""))
                shown.setItem(row, column, item)
        shown.setVisible(bool(rows))
