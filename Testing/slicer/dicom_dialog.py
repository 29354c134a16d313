"""A hand on the chooser of radiographs from Slicer's DICOM database."""

import qt
from host import process_events, wait_for


class Chooser:
    """The open dialog and its parts."""

    def __init__(self, dialog):
        self.dialog = dialog
        self.answers = []
        dialog.finished.connect(self.answers.append)
        self.table = dialog.findChild(qt.QTableWidget)
        self.search = dialog.findChild(qt.QLineEdit)
        self.box = dialog.findChild(qt.QDialogButtonBox)
        self.both = next(button for button in self.box.buttons() if button.text == "Take both")
        self.frontal = next(box for box in dialog.findChildren(qt.QComboBox))
        self.frame = next(box for box in dialog.findChildren(qt.QSpinBox))

    def texts(self, column):
        return [self.table.item(row, column).text() for row in range(self.table.rowCount)]

    def read(self):
        """Wait until all views and frames are shown."""
        wait_for(lambda: all(self.table.item(row, 4).text() for row in range(self.table.rowCount)), 10)

    def select(self, *rows):
        self.table.clearSelection()
        mode = qt.QItemSelectionModel.Select | qt.QItemSelectionModel.Rows
        for row in rows:
            self.table.selectionModel().select(self.table.model().index(row, 0), mode)

    def press(self, button):
        self.box.button(button).click()
        process_events()

    def key(self, key):
        receiver = self.dialog.focusWidget()
        for kind in (qt.QEvent.KeyPress, qt.QEvent.KeyRelease):
            qt.QApplication.sendEvent(receiver, qt.QKeyEvent(kind, key, qt.Qt.NoModifier))
        process_events()


def open_chooser(window, side):
    """Press one of the DICOM buttons; the dialog is open when the button is done."""
    getattr(window.ui, side + "DicomButton").click()
    dialogs = [widget for widget in qt.QApplication.topLevelWidgets() if isinstance(widget, qt.QDialog)]
    # Closed ones wait until they are deleted.
    return Chooser(next(dialog for dialog in dialogs if dialog.visible))


def take_both(window):
    """Take the two radiographs that the database holds."""
    chooser = open_chooser(window, "frontal")
    chooser.table.selectAll()
    chooser.press(qt.QDialogButtonBox.Ok)
