"""A reconstruction as one page for a browser: planes, radiographs, one cursor in all of them, and how it came about."""

from .figures import WINDOWS
from .page import PageContent, write_page
from .radiographs import (
    ShownRadiograph,
    radiographs_from_files,
    radiographs_from_folder,
    radiographs_of_job,
)

__all__ = [
    "WINDOWS",
    "PageContent",
    "ShownRadiograph",
    "radiographs_from_files",
    "radiographs_from_folder",
    "radiographs_of_job",
    "write_page",
]
