"""Runs the notebook of the documentation; as a program (`make notebook`) it stores the outputs in it."""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

LONGEST_CELL_S = 600


def executed(path: Path, folder: Path) -> nbformat.NotebookNode:
    """A notebook with the outputs of a run of its cells in a folder, in a new process."""
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(folder)}}
    # Without times and versions, a second run on the same machine gives the same file.
    NotebookClient(notebook, timeout=LONGEST_CELL_S, resources=place, record_timing=False).execute()
    notebook.metadata.language_info = {"name": "python"}
    return notebook


if __name__ == "__main__":
    for name in sys.argv[1:]:
        nbformat.write(executed(Path(name), Path(name).parent), name)
