"""The box beneath the radiographs: a proposal with its buttons, or what became of it."""

from __future__ import annotations

import html

from slicer.i18n import tr as _

from ..scene import Proposal
from ..timer import Timer
from .alignment_text import accepted_text, marking_text, proposal_text
from .status_line import StatusLine
from .wrapped_label import WrappedLabel

WAITING, MARKING, ACCEPTED = "waiting", "marking", "accepted"
"""What has become of the proposal that is shown; an empty stage means that there is none."""

SCROLL_MS = 50
"""Until the box has the height of its text."""


class AlignmentBox:
    """Shows a proposal, and tells of it in the status line as long as it holds.

    Args:
        ui: the panel's widgets by name.
        status: the line below the Reconstruct button.
    """

    def __init__(self, ui, status: StatusLine):
        self._ui = ui
        self._status = status
        self._label = WrappedLabel(ui.alignmentLabel)
        self._scroll = Timer(SCROLL_MS)
        self._said = ""

    def show(self, stage: str, proposal: Proposal | None, names: list[str], failure: str) -> None:
        """Show a proposal at a stage.

        Args:
            names: of its two radiographs, the frontal one first.
            failure: why there is no proposal, shown in its place; empty for nothing.
        """
        ui = self._ui
        ui.alignmentFrame.setVisible(bool(stage or failure))
        self._label.show(_told(stage, proposal, names) if stage else html.escape(failure))
        for button, shown in (
            (ui.acceptAlignmentButton, stage == WAITING),
            (ui.changeAlignmentButton, stage == WAITING),
            (ui.undoAlignmentButton, stage == ACCEPTED),
        ):
            button.setVisible(shown)
        sure = stage == WAITING and proposal.sure
        ui.acceptAlignmentButton.default = sure
        ui.changeAlignmentButton.default = stage == WAITING and not sure

    def show_button(self, running: bool, possible: bool) -> None:
        """Show whether an alignment runs, which the same button cancels, or could be started."""
        self._ui.alignButton.text = _("Cancel") if running else _("Align views")
        self._ui.alignButton.enabled = running or possible

    def say(self, sentence: str) -> None:
        """Tell something in the status line that holds as long as the box shows the same."""
        self._status.say(sentence)
        self._said = sentence

    def say_if_silent(self, sentence: str) -> None:
        """The same, where the status line tells nothing else."""
        if not self._ui.statusLabel.text:
            self.say(sentence)

    def unsay(self) -> None:
        """Take back what was told."""
        if self._said and self._ui.statusLabel.text == self._said:
            self._status.say("")
        self._said = ""

    def come_into_sight(self) -> None:
        """Scroll the sections to the box."""
        self._scroll.start(lambda: self._ui.sectionsArea.ensureWidgetVisible(self._ui.alignmentFrame))

    def stop(self) -> None:
        """The scene goes away."""
        self._scroll.stop()
        self.show("", None, [], "")


def _told(stage: str, proposal: Proposal, names: list[str]) -> str:
    if stage == ACCEPTED:
        return accepted_text(proposal)
    return (proposal_text if stage == WAITING else marking_text)(proposal, names)
