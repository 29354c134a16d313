"""Choosing radiographs from Slicer's DICOM database: one, or a frontal and a lateral one at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import qt
import slicer
from slicer.i18n import tr as _

from ..parameters import FRONTAL, LATERAL, SIDES
from ..scene import dicom_images
from .dicom_table import DicomTable

MOST_SHOWN = 1000
"""Rows of the table; each costs a few look-ups in the database."""

PREVIEW_SIZE = 200


@dataclass(frozen=True)
class Choice:
    """A `DicomImage` for one side, and its frame: from 1, or 0 for none chosen."""

    image: dicom_images.DicomImage
    frame: int = 0


class DicomChooser:
    """A dialog over the main window, which does not wait for its answer; it is gone when it is closed.

    Args:
        side: "frontal" or "lateral", which a single radiograph is for.
        images: `DicomImage`, one for each row.
        taken: called with the `Choice` by side when the user takes one or two radiographs.
        closed: called when the dialog is closed, whatever the user did.
    """

    def __init__(self, side: str, images: list, taken: Callable[[dict[str, Choice]], None], closed: Callable[[], None]):
        self._side, self._images = side, images
        self._taken, self._closed = taken, closed
        self.dialog = qt.QDialog(slicer.util.mainWindow())
        titles = {FRONTAL: _("Choose the frontal radiograph"), LATERAL: _("Choose the lateral radiograph")}
        self.dialog.setWindowTitle(titles[side])
        self.dialog.resize(860, 460)
        self._preview = qt.QLabel()
        self._hint = qt.QLabel()
        self._frame = qt.QSpinBox()
        self._frontal = qt.QComboBox()
        self._buttons = qt.QDialogButtonBox()
        self._both = self._buttons.addButton(_("Take both"), qt.QDialogButtonBox.ActionRole)
        self._table = DicomTable(self.dialog, images, self._update)
        self._shown: list | None = None
        self._wants_both = False
        self._build()
        self.dialog.finished.connect(self._finished)

    def open(self) -> None:
        """Show the dialog and return at once."""
        self.dialog.open()
        self._table.select_first()
        self._table.widget.setFocus()

    def _build(self) -> None:
        column = qt.QVBoxLayout(self.dialog)
        search = qt.QLineEdit()
        search.setPlaceholderText(_("Show rows with these words only"))
        search.setClearButtonEnabled(True)
        search.textChanged.connect(self._table.filter)
        column.addWidget(search)
        row = qt.QHBoxLayout()
        row.addWidget(self._table.widget, 1)
        self._preview.setFixedWidth(PREVIEW_SIZE)
        self._preview.setWordWrap(True)
        row.addWidget(self._preview)
        column.addLayout(row)
        if len(self._images) >= MOST_SHOWN:
            text = _("Only the first {count} images are listed; load another one in the DICOM module.")
            column.addWidget(qt.QLabel(text.format(count=len(self._images))))
        self._frame.setSpecialValueText(_("Choose a frame"))
        self._frame.setToolTip(_("The frame of this run that is the radiograph."))
        column.addWidget(self._frame)
        self._frontal.setToolTip(
            _("Which of the two is the frontal radiograph; the other one is taken as the lateral.")
        )
        self._frontal.currentIndexChanged.connect(self._enable)
        column.addWidget(self._frontal)
        column.addWidget(self._hint)
        self._buttons.setStandardButtons(qt.QDialogButtonBox.Ok | qt.QDialogButtonBox.Cancel)
        self._buttons.accepted.connect(self.dialog.accept)
        self._buttons.rejected.connect(self.dialog.reject)
        self._both.setAutoDefault(False)
        self._both.clicked.connect(self._take_both)
        self._table.widget.itemDoubleClicked.connect(self._double_clicked)
        column.addWidget(self._buttons)

    def _update(self) -> None:
        """Follow the selection, and what becomes known of the images."""
        selected = self._table.selected
        if len(selected) <= 2:
            self._table.read_now(selected)
        identifiers = [image.instance for image in selected]
        if identifiers != self._shown:
            self._shown = identifiers
            self._show_details(selected)
        self._enable()

    def _show_details(self, selected: list) -> None:
        single = selected[0] if len(selected) == 1 else None
        frames = single.frames if single is not None else 1
        self._frame.setRange(0, frames)
        self._frame.setValue(0)
        self._frame.setSuffix(_(" of {count}").format(count=frames))
        self._frame.setVisible(frames > 1)
        self._show_preview(single)
        self._frontal.setVisible(len(selected) == 2)
        self._frontal.clear()
        if len(selected) == 2:
            self._frontal.addItem(_("Choose which one is the frontal radiograph"))
            self._frontal.addItems([_("Frontal: {name}").format(name=image.title) for image in selected])
            frontal = dicom_images.frontal_of(*selected)
            self._frontal.setCurrentIndex(0 if frontal is None else 1 + selected.index(frontal))

    def _show_preview(self, image) -> None:
        database = dicom_images.open_database()
        path = ""
        if image is not None and database is not None:
            path = database.thumbnailPathForInstance(image.study, image.series, image.instance)
        pixmap = qt.QPixmap(path) if path else qt.QPixmap()
        if pixmap.isNull():
            self._preview.setText(_("Slicer keeps no preview of this image.") if image is not None else "")
        else:
            self._preview.setPixmap(pixmap.scaled(PREVIEW_SIZE, PREVIEW_SIZE, qt.Qt.KeepAspectRatio))

    def _enable(self, *_arguments) -> None:
        selected = self._table.selected
        pair = self._pair(selected)
        alone = len(selected) == 1
        self._buttons.button(qt.QDialogButtonBox.Ok).setEnabled(alone or pair is not None)
        self._both.setEnabled(pair is not None)
        both = _("{frontal} as the frontal, {lateral} as the lateral radiograph.")
        hint = "" if alone else _("Select one radiograph, or a frontal and a lateral one.")
        hint = hint if pair is None else both.format(frontal=pair[0].title, lateral=pair[1].title)
        self._both.setToolTip(hint or _("No single radiograph from the other side is known in this study."))
        self._hint.setText("" if alone else hint)

    def _pair(self, selected: list):
        """(frontal, lateral) that the selection stands for; None where it is none, or not known which is which."""
        if len(selected) == 1:
            other = dicom_images.counterpart(selected[0], self._images)
            pair = (selected[0], other)
            return None if other is None else pair if selected[0].side == FRONTAL else pair[::-1]
        if len(selected) == 2 and self._frontal.currentIndex > 0:
            return tuple(selected if self._frontal.currentIndex == 1 else reversed(selected))
        return None

    def _double_clicked(self, *_arguments) -> None:
        self.dialog.accept()

    def _take_both(self, *_arguments) -> None:
        self._wants_both = True
        self.dialog.accept()

    def _finished(self, result: int) -> None:
        self._table.stop()
        choices = self._choices(self._table.selected) if result else {}
        self.dialog.deleteLater()
        self._closed()
        if choices:
            self._taken(choices)

    def _choices(self, selected: list) -> dict[str, Choice]:
        if len(selected) == 1 and not self._wants_both:
            return {self._side: Choice(selected[0], self._frame.value if selected[0].frames > 1 else 0)}
        pair = self._pair(selected)
        return {} if pair is None else {side: Choice(image) for side, image in zip(SIDES, pair, strict=True)}
