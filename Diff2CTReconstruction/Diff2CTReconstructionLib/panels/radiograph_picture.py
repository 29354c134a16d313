"""The picture of a radiograph in the panel: shows it, takes a dropped file, and a click for the centre."""

from __future__ import annotations

from collections.abc import Callable

import qt
from slicer.i18n import tr as _


class RadiographPicture(qt.QLabel):
    """A scaled picture with a cross at the centre point.

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
        self.setAcceptDrops(True)
        self.setAlignment(qt.Qt.AlignCenter)
        self.setMinimumSize(120, 180)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(qt.QPalette.Base)
        self.setForegroundRole(qt.QPalette.Text)
        self.setWordWrap(True)
        self.setToolTip(_("Drop a radiograph here. Click to place the centre: the same vertebra in both views."))
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

    def setPoint(self, point: tuple[float, float] | None) -> None:
        """Move the cross."""
        self._point = point
        if self._pixmap is not None:
            self._draw()

    def _draw(self) -> None:
        scaled = self._pixmap.scaled(self.size, qt.Qt.KeepAspectRatio, qt.Qt.SmoothTransformation)
        if self._point is not None:
            x = round(self._point[0] * scaled.width())
            y = round(self._point[1] * scaled.height())
            painter = qt.QPainter(scaled)
            painter.setPen(qt.QPen(qt.QColor("#ffb000")))
            painter.drawLine(0, y, scaled.width(), y)
            painter.drawLine(x, 0, x, scaled.height())
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
        self._place(event)

    def _place(self, event) -> None:
        if self._pixmap is None:
            return
        shown = self._pixmap.scaled(self.size, qt.Qt.KeepAspectRatio)
        # The picture is centred in the label.
        x = (event.pos().x() - (self.width - shown.width()) / 2) / max(shown.width(), 1)
        y = (event.pos().y() - (self.height - shown.height()) / 2) / max(shown.height(), 1)
        if 0.0 <= x <= 1.0 and 0.0 <= y <= 1.0:
            self._on_point(x, y)
