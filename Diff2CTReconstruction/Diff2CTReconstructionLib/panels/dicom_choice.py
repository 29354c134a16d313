"""Choosing one radiograph from Slicer's DICOM database."""

from __future__ import annotations

from dataclasses import dataclass

import qt
import slicer
from slicer.i18n import tr as _

MODALITIES = ("CR", "DX", "RG", "RF", "XA", "SC", "OT")
MOST_SHOWN = 1000
"""Entries of the list; each costs a few look-ups in the database."""

_MODALITY, _VIEW, _INSTANCE_NUMBER, _DATE = "0008,0060", "0018,5101", "0020,0013", "0008,0020"


@dataclass(frozen=True)
class Entry:
    """One image of the database: what the list shows, its file, and its SOP Instance UID."""

    label: str
    path: str
    instance: str


def radiographs_in_database() -> list[Entry]:
    """Radiographs that Slicer's DICOM database knows, image by image: AP and lateral often share a series."""
    database = getattr(slicer, "dicomDatabase", None)
    if database is None or not database.isOpen:
        return []
    entries: list[Entry] = []
    for patient in database.patients():
        for study in database.studiesForPatient(patient):
            for series in database.seriesForStudy(study):
                entries += _of_series(database, patient, series)
                if len(entries) >= MOST_SHOWN:
                    return entries[:MOST_SHOWN]
    return entries


def _of_series(database, patient: str, series: str) -> list[Entry]:
    files = list(database.filesForSeries(series))
    if not files or database.fileValue(files[0], _MODALITY) not in MODALITIES:
        return []
    entries = []
    for path in files:
        facts = [database.nameForPatient(patient), database.fileValue(path, _DATE)]
        facts += [database.fileValue(path, _MODALITY), database.descriptionForSeries(series)]
        facts += [database.fileValue(path, _VIEW)]
        number = database.fileValue(path, _INSTANCE_NUMBER)
        facts += [_("image {number}").format(number=number)] if number else []
        label = " · ".join(fact for fact in facts if fact)
        entries.append(Entry(label, path, database.instanceForFile(path)))
    return entries


def ask(title: str, entries: list[Entry]) -> Entry | None:
    """Let the user choose one of them; None when the dialog is closed without a choice."""
    dialog = qt.QDialog(slicer.util.mainWindow())
    dialog.setWindowTitle(title)
    dialog.resize(640, 400)
    column = qt.QVBoxLayout(dialog)
    choices = qt.QListWidget()
    choices.addItems([entry.label for entry in entries])
    choices.setCurrentRow(0)
    choices.itemDoubleClicked.connect(lambda *_: dialog.accept())
    column.addWidget(choices)
    if len(entries) >= MOST_SHOWN:
        text = _("Only the first {count} images are listed; load another one in the DICOM module.")
        column.addWidget(qt.QLabel(text.format(count=len(entries))))
    buttons = qt.QDialogButtonBox(qt.QDialogButtonBox.Ok | qt.QDialogButtonBox.Cancel)
    buttons.accepted.connect(dialog.accept)
    buttons.rejected.connect(dialog.reject)
    column.addWidget(buttons)
    accepted = getattr(dialog, "exec_", getattr(dialog, "exec", None))()
    return entries[choices.currentRow] if accepted and 0 <= choices.currentRow < len(entries) else None
