"""The table of the DICOM chooser: one row for each radiograph in the database."""

from __future__ import annotations

from collections.abc import Callable

import qt
from slicer.i18n import tr as _

from ..scene import dicom_images


class DicomTable:
    """Lists radiographs; views and numbers of frames, which stand in the files, come one by one while it is shown.

    Args:
        parent: the widget that owns the table.
        images: `DicomImage`, one for each row.
        changed: called when other rows are selected, and when more is known of an image.
    """

    def __init__(self, parent, images: list, changed: Callable[[], None]):
        self._images = images
        self._changed = changed
        self.widget = qt.QTableWidget(parent)
        self._late: list[tuple] = []
        self._words: list[str] = []
        self._fill()
        self.widget.itemSelectionChanged.connect(self._changed)
        self._steps = self._read_all()
        # Owned by the table: it goes, with what is connected to it, when the table goes.
        self._timer = qt.QTimer(self.widget)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._read_next)
        self._timer.start()

    def _fill(self) -> None:
        table = self.widget
        titles = [_("Patient"), _("Date"), _("View"), _("Description"), _("Image"), _("Frames")]
        table.setColumnCount(len(titles))
        table.setHorizontalHeaderLabels(titles)
        table.setRowCount(len(self._images))
        table.setSelectionBehavior(qt.QAbstractItemView.SelectRows)
        table.setSelectionMode(qt.QAbstractItemView.ExtendedSelection)
        table.setEditTriggers(qt.QAbstractItemView.NoEditTriggers)
        table.setTabKeyNavigation(False)
        table.verticalHeader().setVisible(False)
        table.setToolTip(_("Select one radiograph, or two with Ctrl: a frontal and a lateral one."))
        for row, image in enumerate(self._images):
            texts = [image.patient, image.date, "", image.description or image.modality, "", ""]
            items = [qt.QTableWidgetItem(text) for text in texts]
            for column, item in enumerate(items):
                # Rows are sorted by the user; each cell knows its image.
                item.setData(qt.Qt.UserRole, row)
                table.setItem(row, column, item)
            self._late.append((items[2], items[4], items[5]))
        table.resizeColumnsToContents()
        table.horizontalHeader().setStretchLastSection(True)

    @property
    def selected(self) -> list:
        """The selected images, in the order of the database; rows that the filter hides do not count."""
        items = [item for item in self.widget.selectedItems() if not self.widget.isRowHidden(item.row())]
        return [self._images[number] for number in sorted({int(item.data(qt.Qt.UserRole)) for item in items})]

    def select_first(self) -> None:
        """Select the first row that is shown, so that Return takes it."""
        for row in range(self.widget.rowCount):
            if not self.widget.isRowHidden(row):
                self.widget.selectRow(row)
                return

    def filter(self, text: str) -> None:
        """Show the rows alone in which each of the words stands somewhere."""
        self._words = text.lower().split()
        for row in range(self.widget.rowCount):
            self._filter_row(row)
        self._changed()

    def _filter_row(self, row: int) -> None:
        table = self.widget
        shown = " ".join(table.item(row, column).text() for column in range(table.columnCount)).lower()
        table.setRowHidden(row, not all(word in shown for word in self._words))

    def read_now(self, images: list) -> None:
        """Make known at once what the files of some images say."""
        for image in images:
            for _step in dicom_images.read_details(image):
                pass

    def stop(self) -> None:
        """Read no further files."""
        self._timer.stop()

    def _read_all(self):
        for image, (view, number, frames) in zip(self._images, self._late, strict=True):
            yield from dicom_images.read_details(image)
            view.setText(image.view or image.side or "")
            number.setText(image.number)
            frames.setText(str(image.frames) if image.frames > 1 else "")
            self._filter_row(view.row())
            self._changed()
            yield

    def _read_next(self) -> None:
        try:
            next(self._steps)
        except StopIteration:
            self._timer.stop()
            # Rows that are sorted already would move while they are still filled in.
            self.widget.horizontalHeader().setSortIndicator(-1, qt.Qt.AscendingOrder)
            self.widget.setSortingEnabled(True)
