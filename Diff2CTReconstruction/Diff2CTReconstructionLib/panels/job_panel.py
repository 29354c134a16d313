"""Starting, watching and ending jobs: buttons that become Cancel, the progress bar, and ways out of a failure."""

from __future__ import annotations

import time
from collections.abc import Callable

from slicer.i18n import tr as _

from ..worker import Outcome
from . import installation_dialog
from .status_line import StatusLine, progress_text

PROGRESS_PARTS = 1000
MOST_NOTES = 50


class JobPanel:
    """One job at a time, started by one of the panel's buttons.

    Args:
        ui: the panel's widgets by name.
        logic: the module's logic.
        status: where progress and failures are told.
        parameters: gives the current parameter node.
        changed: called when a job has started or ended.
    """

    def __init__(self, ui, logic, status: StatusLine, parameters: Callable, changed: Callable[[], None]):
        self._ui = ui
        self._logic = logic
        self._panel_status = self._status = status
        self._parameters = parameters
        self._changed = changed
        self._buttons = {
            "align": (ui.alignButton, _("Align views")),
            "reconstruct": (ui.reconstructButton, _("Reconstruct")),
            "simulate": (ui.simulateButton, _("Simulate radiographs")),
            "compare": (ui.compareButton, _("Compare")),
            "export": (ui.exportButton, _("Export…")),
        }
        self._running = ""
        self.notes: list[str] = []
        self.reminder = ""
        ui.showLogButton.toggled.connect(self._show_log)
        self._show_running("")
        self._show_remedies(Outcome("result"))

    @property
    def running(self) -> str:
        """The job that runs: "align", "reconstruct", "simulate", "compare" or "export"; empty when none does."""
        return self._running

    def start_or_cancel(
        self,
        name: str,
        start: Callable,
        succeeded: Callable[[Outcome, float], None],
        status: StatusLine | None = None,
        reminder: str = "",
    ) -> None:
        """Start a job, or cancel it when it is the one that runs.

        Args:
            start: a method of the logic that takes (parameters, on_event, on_finished).
            succeeded: called with the outcome and the seconds that it took.
            status: where this job is told about; below the Reconstruct button when None.
            reminder: a sentence that stands beside the progress, and that `succeeded` may take from `self.reminder`.
        """
        if self._running == name:
            self._status.say(_("Cancelling…"))
            self._logic.cancel()
            return
        self._status = status or self._panel_status
        if not self._provide_packages(comparison=name == "compare"):
            return
        self._show_remedies(Outcome("result"))
        started = time.monotonic()
        self.notes, self.reminder = [], reminder

        def finished(outcome: Outcome) -> None:
            self._finished(outcome)
            if outcome.succeeded:
                succeeded(outcome, time.monotonic() - started)

        if self._status.attempt(start, self._parameters(), self._on_event, finished) and self._logic.busy:
            self._say(_("Starting…"))
            self._show_running(name)

    def abandon(self) -> None:
        """Stop what runs without a word, and forget what was told: scene, module or application close."""
        self._logic.abandon()
        if self._running:
            self._show_running("")
        for status in (self._panel_status, self._status):
            status.say("")
        self._show_remedies(Outcome("result"))

    def _provide_packages(self, comparison: bool) -> bool:
        try:
            if installation_dialog.provide_packages(comparison):
                return True
        except ValueError as error:
            self._status.fail(str(error))
            return False
        self._status.fail(_("Nothing was installed. Diff2CT needs these packages to reconstruct."))
        return False

    def _on_event(self, event: dict) -> None:
        if event["event"] == "note":
            message = event.get("message")
            if isinstance(message, str) and len(self.notes) < MOST_NOTES:
                self.notes.append(message)
            return
        step, of = event.get("step"), event.get("of")
        if not isinstance(step, (int, float)) or not isinstance(of, (int, float)) or of <= 0:
            return
        bar = self._ui.progressBar
        bar.setMaximum(PROGRESS_PARTS)
        bar.setValue(int(PROGRESS_PARTS * min(max(step / of, 0.0), 1.0)))
        self._say(progress_text(str(event.get("stage", "")), event.get("seconds_left")))

    def _say(self, progress: str) -> None:
        self._status.say(" ".join(filter(None, (progress, self.reminder))))

    def _finished(self, outcome: Outcome) -> None:
        self._show_running("")
        if outcome.kind == "cancelled":
            self._status.say(_("Cancelled; the scene is unchanged."))
        elif not outcome.succeeded:
            self._status.fail(outcome.message)
        self._show_remedies(outcome)

    def _show_running(self, name: str) -> None:
        self._running = name
        for key, (button, text) in self._buttons.items():
            button.text = _("Cancel") if key == name else text
        # Without a maximum the bar shows that something goes on, until the worker tells how much.
        self._ui.progressBar.setMaximum(0 if name else PROGRESS_PARTS)
        self._ui.progressBar.setValue(0)
        self._ui.progressBar.setVisible(bool(name))
        self._changed()

    def _show_remedies(self, outcome: Outcome) -> None:
        too_small = outcome.kind == "device"
        self._ui.useCpuButton.setVisible(too_small and self._parameters().device != "CPU")
        self._ui.runSmallerButton.setVisible(too_small)
        self._ui.showLogButton.setChecked(False)
        self._ui.showLogButton.setVisible(not outcome.succeeded and bool(outcome.log.strip()))
        self._ui.logTextEdit.setPlainText(outcome.log)

    def _show_log(self, *_arguments) -> None:
        """Fold the worker's last words out below the status, or in; no dialog stands in the way."""
        self._ui.logTextEdit.setVisible(self._ui.showLogButton.checked)
