"""A DICOM series into Slicer's own database, in the background."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import ctk
import slicer
from slicer.i18n import tr as _

from ..scene import dicom_images
from ..worker import create_job_folder, remove_job_folder


class DatabaseImport:
    """Copies the files of one series into Slicer's DICOM database; the window stays alive meanwhile.

    Args:
        series: a folder with the series' files. It is moved into a private folder, which is gone in the end.
        on_finished: called with how many slices of the series the database holds then.

    Raises ValueError with a sentence for the user where no database is open.
    """

    def __init__(self, series: Path, on_finished: Callable[[int], None]):
        refuse_closed_database()
        self._on_finished = on_finished
        self._folder = create_job_folder(slicer.app.temporaryPath)
        files = self._folder / "series"
        os.replace(series, files)
        self._series = _series_in(files)
        # Kept after the end, too: it must not be deleted while it tells that it is done.
        self._indexer = ctk.ctkDICOMIndexer()
        self._indexer.setBackgroundImportEnabled(True)
        self._indexer.indexingComplete.connect(self._finished)
        self._indexer.addDirectory(slicer.dicomDatabase, str(files), True)

    def _finished(self, *_counts: int) -> None:
        self._indexer.indexingComplete.disconnect(self._finished)
        remove_job_folder(self._folder)
        _refresh_browser()
        on_finished, self._on_finished = self._on_finished, None
        database = dicom_images.open_database()
        # Slices that were in the database already are not counted by the indexer.
        on_finished(len(database.instancesForSeries(self._series)) if database is not None else 0)

    @property
    def running(self) -> bool:
        """Whether files are still to come."""
        return self._on_finished is not None


def refuse_closed_database() -> None:
    """ValueError with a sentence for the user where Slicer has no open DICOM database."""
    if dicom_images.open_database() is None:
        raise ValueError(_("Slicer's DICOM database is not open; open the DICOM module once, or export into a folder."))


def _series_in(folder: Path) -> str:
    """Series Instance UID of the files in a folder."""
    import pydicom

    return str(pydicom.dcmread(next(folder.iterdir()), stop_before_pixels=True).SeriesInstanceUID)


def _refresh_browser() -> None:
    """Let Slicer's DICOM browser list what has come in, where it was opened before."""
    if getattr(getattr(slicer.modules, "DICOMInstance", None), "browserWidget", None) is not None:
        from DICOMLib import DICOMUtils

        DICOMUtils.refreshDICOMWidget()
