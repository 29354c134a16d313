"""The Export section: where the result goes and what was written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import qt
import slicer
from slicer.i18n import tr as _

from ..export import DatabaseImport, exporting, refuse_closed_database
from .job_panel import JobPanel
from .status_line import StatusLine


class ExportPanel:
    """Asks for a place and writes the chosen format.

    Args:
        ui: the panel's widgets by name.
        logic: the module's logic, which writes DICOM and the page in a process of its own.
        jobs: runs the exports that have a process of their own.
        parameters: gives the current parameter node.
    """

    def __init__(self, ui, logic, jobs: JobPanel, parameters: Callable):
        self._ui = ui
        self._logic = logic
        self._jobs = jobs
        self._parameters = parameters
        self._status = StatusLine(ui.exportStatusLabel)
        self._import: DatabaseImport | None = None
        self._written: dict = {}
        for entry in exporting.FORMATS:
            ui.exportFormatComboBox.addItem(entry.label)
        ui.exportButton.clicked.connect(self._export)

    def stop(self) -> None:
        """The scene goes away, and with it what was told about it."""
        self._status.say("")

    def _export(self, *_arguments) -> None:
        if self._jobs.running == "export":
            self._logic.cancel()
            return
        self._status.say("")
        chosen = exporting.FORMATS[self._ui.exportFormatComboBox.currentIndex]
        if chosen is exporting.DICOM:
            self._export_series()
        elif chosen is exporting.DATABASE:
            self._export_into_database()
        elif chosen is exporting.PAGE:
            self._export_page()
        else:
            self._export_file(chosen)

    def _export_file(self, chosen: exporting.Format) -> None:
        path = self._ask_for_file(chosen)
        if path and self._status.attempt(exporting.export, self._parameters(), chosen, path):
            self._status.say(_("Written: {path}").format(path=path))

    def _ask_for_file(self, chosen: exporting.Format) -> str:
        pattern = f"{chosen.label} (*{chosen.extension})"
        name = exporting.file_name(self._parameters()) + chosen.extension
        return qt.QFileDialog.getSaveFileName(slicer.util.mainWindow(), _("Export"), name, pattern)

    def _export_page(self) -> None:
        path = self._ask_for_file(exporting.PAGE)
        if not path:
            return
        target = exporting.with_ending(path, exporting.PAGE)

        def start(parameters, on_event, on_finished) -> None:
            self._logic.export_page(parameters, target, on_event, on_finished)

        self._jobs.start_or_cancel("export", start, self._page_written, self._status)

    def _page_written(self, outcome, _seconds: float) -> None:
        said = _("Written: {path}").format(path=outcome.result["page"])
        self._status.say(" ".join([said, *self._jobs.notes]))

    def _export_series(self) -> None:
        parent = qt.QFileDialog.getExistingDirectory(slicer.util.mainWindow(), _("Folder for the DICOM series"))
        if not parent:
            return
        folder = Path(parent) / f"{exporting.file_name(self._parameters())} DICOM"

        def start(parameters, on_event, on_finished) -> None:
            self._logic.export_series(parameters, folder, on_event, on_finished)

        self._jobs.start_or_cancel("export", start, self._series_written, self._status)

    def _series_written(self, outcome, _seconds: float) -> None:
        text = _("Written: {folder} ({slices} slices, which refer to {references} DICOM radiographs)")
        result = outcome.result
        said = text.format(folder=result["folder"], slices=result["slices"], references=result["references"])
        self._status.say(" ".join([said, *self._jobs.notes]))

    def _export_into_database(self) -> None:
        if self._import is not None and self._import.running:
            self._status.say(_("A series is still coming into Slicer's DICOM database."))
            return
        if not self._status.attempt(refuse_closed_database):
            return

        def start(parameters, on_event, on_finished) -> None:
            self._logic.export_series(parameters, None, on_event, on_finished, self._import_series)

        self._jobs.start_or_cancel("export", start, self._import_started, self._status)

    def _import_series(self, series: Path) -> None:
        self._import = DatabaseImport(series, self._imported)

    def _import_started(self, outcome, _seconds: float) -> None:
        self._written = outcome.result
        self._status.say(_("The series is coming into Slicer's DICOM database…"))

    def _imported(self, slices: int) -> None:
        written = self._written
        if slices != written["slices"]:
            text = _("Slicer's DICOM database took {found} of {slices} slices; export into a folder, and import that.")
            self._status.fail(text.format(found=slices, slices=written["slices"]))
            return
        text = _(
            "Written into Slicer's DICOM database: {slices} slices, which refer to {references} DICOM radiographs and "
            "are listed with their patient and study."
        )
        said = text.format(slices=slices, references=written["references"])
        self._status.say(" ".join([said, *self._jobs.notes]))
