"""What leaves the scene: volumes, DICOM series, and a page to print."""

from . import exporting
from .database_import import DatabaseImport, refuse_closed_database

__all__ = ["DatabaseImport", "exporting", "refuse_closed_database"]
