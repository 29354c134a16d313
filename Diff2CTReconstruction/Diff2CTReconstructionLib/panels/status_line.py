"""The line below the Reconstruct button, which says what happened and what to do."""

from __future__ import annotations

from collections.abc import Callable

import qt
from slicer.i18n import tr as _

from .wrapped_label import WrappedLabel

ICON_PX = 16


class StatusLine:
    """One sentence for the user.

    Args:
        label: the QLabel that shows it, its lines wrapped.
        icon: a QLabel beside it for the sign of a failure; None where there is no room.
    """

    def __init__(self, label, icon=None):
        self._label = label
        self._wrapped = WrappedLabel(label)
        self._icon = icon
        self._show("", False, "")

    def say(self, sentence: str, details: str = "") -> None:
        """Tell something; `details` come up when the mouse rests on it."""
        self._show(sentence, False, details)

    def fail(self, sentence: str) -> None:
        """Tell what went wrong, in bold and with a sign: no colour is seen in every theme. Nothing makes it empty."""
        self._show(sentence, bool(sentence), "")

    def attempt(self, action: Callable, *arguments) -> bool:
        """Call an action; its ValueError becomes the line. Whether it went well."""
        try:
            action(*arguments)
        except ValueError as error:
            self.fail(str(error))
            return False
        return True

    def _show(self, sentence: str, failed: bool, details: str) -> None:
        font = self._label.font
        font.setBold(failed)
        self._label.setFont(font)
        self._wrapped.show(sentence)
        self._label.toolTip = details
        if self._icon is not None:
            sign = self._icon.style().standardIcon(qt.QStyle.SP_MessageBoxWarning)
            self._icon.setPixmap(sign.pixmap(ICON_PX, ICON_PX))
            self._icon.setVisible(failed)


def progress_text(stage: str, seconds_left) -> str:
    """Stage and time left as one line."""
    stage = stage[:1].upper() + stage[1:]
    if not isinstance(seconds_left, (int, float)) or seconds_left <= 0:
        return f"{stage}…"
    if seconds_left < 90:
        return _("{stage}: about {seconds:.0f} s left").format(stage=stage, seconds=max(1.0, seconds_left))
    return _("{stage}: about {minutes:.0f} min left").format(stage=stage, minutes=seconds_left / 60.0)
