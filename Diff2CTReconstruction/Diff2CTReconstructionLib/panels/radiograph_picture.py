"""The picture of a radiograph in the panel: shows it, takes a dropped file, and a click for the centre."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import qt
from slicer.i18n import tr as _

MARKED = "#ffb000"
PROPOSED = "#40ccff"
"""Of what somebody has placed, and of what nobody has."""


class RadiographPicture(qt.QLabel):
    """A scaled picture with lines through the centre point, and dotted ones that help to judge it.

    Args:
        on_file: called with the path of a dropped file.
        on_point: called with (x, y) in 0..1 of the picture where the user pressed or dragged.
    """

    def __init__(self, on_file: Callable[[str], None], on_point: Callable[[float, float], None]):
        super().__init__()
        self._on_file = on_file
        self._on_point = on_point
        self._pixmap = None
        self._point: tuple[float, float] | None = None
        self._proposed = False
        self._guides: tuple = ()
        self._on_hover: Callable | None = None
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setAlignment(qt.Qt.AlignCenter)
        self.setMinimumSize(120, 180)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(qt.QPalette.Base)
        self.setForegroundRole(qt.QPalette.Text)
        self.setWordWrap(True)
        self.setToolTip(_("Drop a radiograph here. Click to place the centre point: the same vertebra in both views."))
        self.clearPicture()

    def clearPicture(self) -> None:
        """Show the invitation instead of a picture."""
        self._pixmap = None
        self.setPixmap(qt.QPixmap())
        self.setText(_("Drop a radiograph here"))

    def setPicture(self, pixmap, point: tuple[float, float] | None) -> None:
        """Show a picture and the cross at `point`, in 0..1 of the picture."""
        self._pixmap = pixmap
        self._point = point
        self._draw()

    def setPoint(self, point: tuple[float, float] | None, proposed: bool = False) -> None:
        """Move the cross.

        Args:
            proposed: whether nobody has placed it.
        """
        self._point, self._proposed = point, proposed
        if self._pixmap is not None:
            self._draw()

    def setGuides(self, lines: tuple) -> None:
        """Show these dotted lines and no others, each a row of points in 0..1 of the picture."""
        if lines != self._guides:
            self._guides = lines
            if self._pixmap is not None:
                self._draw()

    def followPointer(self, on_hover: Callable) -> None:
        """Call with (x, y) in 0..1 of the picture where the pointer is, and with None when it has left."""
        self._on_hover = on_hover

    def _draw(self) -> None:
        scaled = self._pixmap.scaled(self.size, qt.Qt.KeepAspectRatio, qt.Qt.SmoothTransformation)
        painter = qt.QPainter(scaled)
        if self._point is not None:
            x, y = self._point
            pen = qt.QPen(qt.QColor(PROPOSED if self._proposed else MARKED))
            if self._proposed:
                pen.setStyle(qt.Qt.DashLine)
            painter.setPen(pen)
            for ends in (((0.0, y), (1.0, y)), ((x, 0.0), (x, 1.0))):
                painter.drawLine(*_in_pixels(ends, scaled))
        pen = qt.QPen(qt.QColor(PROPOSED))
        pen.setStyle(qt.Qt.DotLine)
        painter.setPen(pen)
        for points in self._guides:
            for ends in itertools.pairwise(points):
                painter.drawLine(*_in_pixels(ends, scaled))
        painter.end()
        self.setPixmap(scaled)

    def resizeEvent(self, _event) -> None:
        if self._pixmap is not None:
            self._draw()

    def dragEnterEvent(self, event) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls()]
        if paths and paths[0]:
            event.acceptProposedAction()
            self._on_file(paths[0])

    def mousePressEvent(self, event) -> None:
        self._place(event)

    def mouseMoveEvent(self, event) -> None:
        if event.buttons() & qt.Qt.LeftButton:
            self._place(event)
        elif self._on_hover is not None:
            self._on_hover(self._position(event))

    def leaveEvent(self, _event) -> None:
        if self._on_hover is not None:
            self._on_hover(None)

    def _place(self, event) -> None:
        position = self._position(event)
        if position is not None:
            self._on_point(*position)

    def _position(self, event) -> tuple[float, float] | None:
        """Where the pointer is, in 0..1 of the picture; None beside it."""
        if self._pixmap is None:
            return None
        shown = self._pixmap.scaled(self.size, qt.Qt.KeepAspectRatio)
        # The picture is centred in the label.
        x = (event.pos().x() - (self.width - shown.width()) / 2) / max(shown.width(), 1)
        y = (event.pos().y() - (self.height - shown.height()) / 2) / max(shown.height(), 1)
        return (x, y) if 0.0 <= x <= 1.0 and 0.0 <= y <= 1.0 else None


def _in_pixels(ends: tuple, pixmap) -> list[int]:
    """x and y of both ends of a line in 0..1 of a picture."""
    counts = (pixmap.width(), pixmap.height())
    return [round(value * count) for end in ends for value, count in zip(end, counts, strict=True)]
