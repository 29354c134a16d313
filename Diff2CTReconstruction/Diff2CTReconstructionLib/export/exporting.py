"""Results as files for other programs."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from ..scene import numbers_with_a_point, results


@dataclass(frozen=True)
class Format:
    """A choice of the export box: what it is called, and the ending of its file."""

    label: str
    extension: str


DICOM = Format(_("DICOM series (derived CT)"), "")
PAGE = Format(_("Report (HTML)"), ".html")
DATABASE = Format(_("DICOM series in Slicer's database"), "")
FORMATS = (
    Format(_("NRRD volume"), ".nrrd"),
    Format(_("NIfTI volume"), ".nii.gz"),
    DICOM,
    DATABASE,
    PAGE,
    Format(_("Provenance (JSON)"), ".json"),
)


def file_name(parameters) -> str:
    """The name that is offered for the current result's files, without ending."""
    run = results.folder_of(parameters.reconstruction)
    return run.run if run is not None else "Diff2CT"


def with_ending(path: str, export_format: Format) -> Path:
    """A path that the user typed, with the ending of its format."""
    return Path(path if path.lower().endswith(export_format.extension) else path + export_format.extension)


def export(parameters, export_format: Format, path: str) -> None:
    """Write the current result to `path`, whole or not at all; DICOM and the page are the logic's task.

    Raises ValueError with a sentence for the user when there is no result or it cannot be written.
    """
    if parameters.reconstruction is None:
        raise ValueError(_("There is no reconstruction to export yet; press Reconstruct first."))
    results.refuse_changed(parameters.reconstruction)
    target = with_ending(path, export_format)
    staged = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        if export_format.extension == ".json":
            provenance = results.provenance_of(parameters.reconstruction)
            staged.write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")
        else:
            with numbers_with_a_point():
                if not slicer.util.exportNode(parameters.reconstruction, str(staged), {"useCompression": 0}):
                    raise OSError
        os.replace(staged, target)
    except OSError as error:
        staged.unlink(missing_ok=True)
        reason = error.strerror or _("the folder cannot be written")
        text = _("{name} was not written: {reason}; choose another folder.")
        raise ValueError(text.format(name=target.name, reason=reason)) from error
