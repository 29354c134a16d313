"""The choice of model and quality: installed models, adding one from a file, and the time each quality takes here."""

from __future__ import annotations

from collections.abc import Callable

import qt
import slicer
from slicer.i18n import tr as _

from ..parameters import QUALITY_STEPS
from ..worker import models, pace
from .status_line import StatusLine


class ModelPanel:
    """Keeps the model and quality boxes in step with the parameter node.

    Args:
        ui: the panel's widgets by name.
        status: where failures are told.
        parameters: gives the current parameter node, or None.
    """

    def __init__(self, ui, status: StatusLine, parameters: Callable):
        self._ui = ui
        self._status = status
        self._parameters = parameters
        self.fill()
        ui.modelComboBox.currentIndexChanged.connect(self._chosen)
        ui.installModelButton.clicked.connect(self._add)

    def fill(self) -> None:
        """List the installed models anew."""
        box = self._ui.modelComboBox
        box.clear()
        for model in models.installed():
            box.addItem(model.label, model.name)
        if box.count == 0:
            box.addItem(_("No model is installed"), "")

    def update(self) -> None:
        """Show the parameter node's model, and the times of its qualities."""
        parameters, box = self._parameters(), self._ui.modelComboBox
        if not parameters.model and box.currentData:
            parameters.model = box.currentData
        index = box.findData(parameters.model)
        if index >= 0 and index != box.currentIndex:
            box.setCurrentIndex(index)
        names = (_("Fast"), _("Balanced"), _("Best"))
        for row, (quality, steps) in enumerate(zip(names, QUALITY_STEPS.values(), strict=True)):
            seconds = pace.expected_s(parameters.model, parameters.device, _evaluations(steps, parameters.samples))
            self._ui.qualityComboBox.setItemText(row, f"{quality} ({_time_text(steps, seconds)})")

    def remember_pace(self, total_s: float, sampling_s: float) -> None:
        """Keep how long the run took that has just ended, and show it."""
        parameters = self._parameters()
        evaluations = _evaluations(QUALITY_STEPS[parameters.quality], parameters.samples)
        pace.remember(parameters.model, parameters.device, evaluations, total_s, sampling_s)
        self.update()

    def _chosen(self, *_arguments) -> None:
        if self._parameters() is not None and self._ui.modelComboBox.currentData:
            self._parameters().model = self._ui.modelComboBox.currentData

    def _add(self, *_arguments) -> None:
        kinds = f"{_('Model')} (*.zip card.json)"
        path = qt.QFileDialog.getOpenFileName(slicer.util.mainWindow(), _("Add a model"), "", kinds)
        if path and self._status.attempt(self._add_file, path):
            self._status.say(_("The model {name} was added.").format(name=self._parameters().model))

    def _add_file(self, path: str) -> None:
        name = models.add(path)
        self.fill()
        self._parameters().model = name


def _evaluations(steps: int, samples: int) -> int:
    from Diff2CTCore.reconstruction import spread_evaluations

    return steps + spread_evaluations(samples)


def _time_text(steps: int, seconds: float | None) -> str:
    count = _("1 step") if steps == 1 else _("{steps} steps").format(steps=steps)
    if seconds is None:
        return count
    if seconds < 90:
        return _("{count}, about {seconds:.0f} s").format(count=count, seconds=max(1.0, seconds))
    return _("{count}, about {minutes:.0f} min").format(count=count, minutes=seconds / 60.0)
