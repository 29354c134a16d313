"""Results as files for other programs."""

from __future__ import annotations

import html
import json
import os
from dataclasses import dataclass
from pathlib import Path

import slicer
from slicer.i18n import tr as _

from . import comparison, results

STATEMENT = "Synthetic volume made by Diff2CT. Research use only, not for clinical decisions."


@dataclass(frozen=True)
class Format:
    """A choice of the export box: what it is called, and the ending of its file."""

    label: str
    extension: str


FORMATS = (
    Format("NRRD volume", ".nrrd"),
    Format("NIfTI volume", ".nii.gz"),
    Format("Report (HTML)", ".html"),
    Format("Provenance (JSON)", ".json"),
)


def export(parameters, export_format: Format, path: str) -> None:
    """Write the current result to `path`, whole or not at all.

    Raises ValueError with a sentence for the user when there is no result or it cannot be written.
    """
    if parameters.reconstruction is None:
        raise ValueError(_("There is no reconstruction to export yet; press Reconstruct first."))
    target = Path(path if path.lower().endswith(export_format.extension) else path + export_format.extension)
    staged = target.with_name(f".{os.getpid()}-{target.name}")
    try:
        if export_format.extension == ".html":
            staged.write_text(report_page(parameters), encoding="utf-8")
        elif export_format.extension == ".json":
            provenance = results.provenance_of(parameters.reconstruction)
            staged.write_text(json.dumps(provenance, indent=2) + "\n", encoding="utf-8")
        elif not slicer.util.exportNode(parameters.reconstruction, str(staged), {"useCompression": 0}):
            raise OSError
        os.replace(staged, target)
    except OSError as error:
        staged.unlink(missing_ok=True)
        reason = error.strerror or _("the folder cannot be written")
        text = _("{name} was not written: {reason}; choose another folder.")
        raise ValueError(text.format(name=target.name, reason=reason)) from error


def report_page(parameters) -> str:
    """One HTML page: what was made, from what, with which settings, how well it agrees."""
    provenance = results.provenance_of(parameters.reconstruction)
    sections = [f"<h1>{html.escape(parameters.reconstruction.GetName())}</h1><p><b>{html.escape(STATEMENT)}</b></p>"]
    errors = provenance.get("reprojection_error") or {}
    sections.append(_table(_("Agreement with the radiographs"), [(view, value) for view, value in errors.items()]))
    if parameters.metrics is not None:
        sections.append(_table(_("Agreement with the true CT"), comparison.table_rows(parameters.metrics)))
    for title, key in (
        (_("Model"), "model"),
        (_("Settings"), "settings"),
        (_("Geometry"), "geometry"),
        (_("Versions"), "versions"),
    ):
        if isinstance(provenance.get(key), dict):
            sections.append(_table(title, _flat(provenance[key])))
    style = "body{font-family:sans-serif;max-width:50em;margin:2em auto}td{padding:2px 12px 2px 0}td+td{color:#333}"
    head = f"<meta charset='utf-8'><title>Diff2CT</title><style>{style}</style>"
    return f"<!DOCTYPE html><html><head>{head}</head><body>{''.join(sections)}</body></html>\n"


def _flat(values: dict, prefix: str = "") -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for key, value in values.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{key} · ")
        else:
            rows.append((prefix + str(key), value))
    return rows


def _table(title: str, rows) -> str:
    if not rows:
        return ""
    cells = "".join("<tr>" + "".join(f"<td>{html.escape(_text(item))}</td>" for item in row) + "</tr>" for row in rows)
    return f"<h2>{html.escape(title)}</h2><table>{cells}</table>"


def _text(value) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(item) for item in value)
    return "–" if value is None else str(value)
