"""The line below the Reconstruct button, which says what happened and what to do."""

from __future__ import annotations

from collections.abc import Callable

from slicer.i18n import tr as _

FAILED_STYLE = "color: #b02020;"


class StatusLine:
    """One sentence for the user.

    Args:
        label: the QLabel that shows it.
    """

    def __init__(self, label):
        self._label = label

    def say(self, sentence: str, details: str = "") -> None:
        """Tell something; `details` come up when the mouse rests on it."""
        self._show(sentence, "", details)

    def fail(self, sentence: str) -> None:
        """Tell what went wrong, in red; nothing said makes the line empty."""
        self._show(sentence, FAILED_STYLE, "")

    def attempt(self, action: Callable, *arguments) -> bool:
        """Call an action; its ValueError becomes the line. Whether it went well."""
        try:
            action(*arguments)
        except ValueError as error:
            self.fail(str(error))
            return False
        return True

    def _show(self, sentence: str, style: str, details: str) -> None:
        self._label.setStyleSheet(style)
        self._label.text = sentence
        self._label.toolTip = details


def progress_text(stage: str, seconds_left) -> str:
    """Stage and time left as one line."""
    stage = stage[:1].upper() + stage[1:]
    if not isinstance(seconds_left, (int, float)) or seconds_left <= 0:
        return f"{stage}…"
    if seconds_left < 90:
        return _("{stage}: about {seconds:.0f} s left").format(stage=stage, seconds=max(1.0, seconds_left))
    return _("{stage}: about {minutes:.0f} min left").format(stage=stage, minutes=seconds_left / 60.0)
