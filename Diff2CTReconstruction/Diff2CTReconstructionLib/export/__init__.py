"""What leaves the scene: volumes, DICOM series, and a page for a browser, which can be printed."""

from . import exporting
from .database_import import DatabaseImport, refuse_closed_database
from .job_files import page_job, series_job

__all__ = [
    "DatabaseImport",
    "exporting",
    "page_job",
    "refuse_closed_database",
    "series_job",
]
