"""A label whose text breaks into lines and never gets less height than these lines need."""

from __future__ import annotations

import qt


class WrappedLabel(qt.QObject):
    """Keeps a label's minimum height at that of its text.

    A label that wraps asks its layout for one line at least, whatever it needs at its width. In a section that is
    folded out the layout may give it no more, and the picture above it then lies over the text.

    Args:
        label: a QLabel that wraps its text.
    """

    def __init__(self, label):
        super().__init__(label)
        self._label = label
        label.installEventFilter(self)

    def show(self, text: str) -> None:
        """Show a text, plain or rich."""
        self._label.text = text
        self._fit()

    def eventFilter(self, _watched, event) -> bool:
        if event.type() == qt.QEvent.Resize:
            self._fit()
        return False

    def _fit(self) -> None:
        # A label never says that it needs less than its minimum.
        self._label.setMinimumHeight(0)
        self._label.setMinimumHeight(self._label.heightForWidth(self._label.width) if self._label.text else 0)
