"""One HTML page that a person can print: pictures of the result, and how it came about and how well it agrees."""

from __future__ import annotations

import base64
import html

import numpy as np
import slicer
from slicer.i18n import tr as _

from ..parameters import SIDES
from ..scene import comparison, remarks_in, results, thumbnails, uncertainty_text

STATEMENT = "Synthetic volume made by Diff2CT. Research use only, not for clinical decisions."
_STYLE = """
@page { size: A4; margin: 12mm }
body { font: 10px sans-serif; max-width: 186mm; margin: 0 auto; color: #111 }
h1 { font-size: 16px; margin: 0 } h2 { font-size: 11px; margin: 8px 0 2px; border-bottom: 1px solid #999 }
.use { color: #a05a00; font-weight: bold; font-size: 12px }
.pictures { display: grid; grid-template-columns: repeat(5, 1fr); gap: 4px }
figure { margin: 0 } img { width: 100%; background: #000 } figcaption { font-size: 9px }
.facts { columns: 2; column-gap: 16px } section { break-inside: avoid }
td { padding: 0 8px 0 0; vertical-align: top; overflow-wrap: anywhere } td:first-child { white-space: nowrap }
td:only-child { white-space: normal }
"""


def report_page(parameters) -> str:
    """The page of the current result as text; pictures are part of it, nothing is loaded from elsewhere."""
    provenance = results.provenance_of(parameters.reconstruction)
    name = html.escape(parameters.reconstruction.GetName())
    sections = [_table(_("Agreement with the radiographs (re-projection error)"), _percent(provenance))]
    remarks = remarks_in(provenance)
    if remarks:
        sections.append(_table(_("Radiographs"), [(text,) for text in remarks]))
    scale = provenance.get("scale")
    # Reports of older versions have none.
    if isinstance(scale, dict) and isinstance(scale.get("sentence"), str):
        sections.append(_table(_("Scale"), [(scale["sentence"],)]))
    if parameters.metrics is not None:
        if parameters.truth is not None and not comparison.is_about(parameters.metrics, parameters.truth):
            raise ValueError(_("The true CT was changed in the scene since it was compared; compare again."))
        rows, remark = comparison.table_rows(parameters.metrics), comparison.remark(parameters.metrics)
        sections.append(_table(_("Agreement with the true CT"), rows, remark))
    uncertainty = uncertainty_text(provenance)
    if uncertainty:
        sections.append(_table(_("Uncertainty"), [(text,) for text in uncertainty]))
    warnings = provenance.get("warnings")
    if isinstance(warnings, list):
        sections.append(_table(_("Warnings"), [(text,) for text in warnings]))
    for title, key in (
        (_("Model"), "model"),
        (_("Settings"), "settings"),
        (_("Geometry"), "geometry"),
        (_("Versions"), "versions"),
    ):
        if isinstance(provenance.get(key), dict):
            sections.append(_table(title, _flat(provenance[key])))
    head = f"<meta charset='utf-8'><title>{name}</title><style>{_STYLE}</style>"
    body = f"<h1>{name}</h1><p class='use'>{html.escape(STATEMENT)}</p>{_pictures(parameters)}"
    body += f"<div class='facts'>{''.join(sections)}</div>"
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>\n"


def _pictures(parameters) -> str:
    figures = [
        (_("{plane}, reconstruction").format(plane=plane), pixels)
        for plane, pixels in _planes(parameters.reconstruction)
    ]
    figures += _radiographs(parameters, "Measured", _("{side} radiograph"))
    if parameters.truth is not None:
        figures += [(_("{plane}, true CT").format(plane=plane), pixels) for plane, pixels in _planes(parameters.truth)]
    figures += _radiographs(parameters, "Reprojection", _("{side} re-projection"))
    return "<div class='pictures'>" + "".join(_figure(*figure) for figure in figures) + "</div>"


def _radiographs(parameters, kind: str, caption: str) -> list[tuple[str, np.ndarray]]:
    nodes = {side: parameters.getValue(side + kind) for side in SIDES}
    shown = {side: node for side, node in nodes.items() if node is not None}
    return [(caption.format(side=side), thumbnails.thumbnail_pixels(node)) for side, node in shown.items()]


def _planes(volume) -> list[tuple[str, np.ndarray]]:
    """Name and grey values of the middle axial, sagittal and coronal plane, as they are usually shown."""
    values = slicer.util.arrayFromVolume(volume)
    width, level = results.BONE_WINDOW
    grey = ((values - (level - width / 2.0)) / width * 255.0).clip(0.0, 255.0).astype(np.uint8)
    # Slices run from the feet to the head, pictures from above.
    middle = [count // 2 for count in grey.shape]
    return [
        (_("axial"), grey[middle[0]]),
        (_("sagittal"), grey[::-1, :, middle[2]]),
        (_("coronal"), grey[::-1, middle[1]]),
    ]


def _figure(caption: str, pixels: np.ndarray) -> str:
    from Diff2CTCore.storage import png_bytes

    picture = base64.b64encode(png_bytes(np.ascontiguousarray(pixels))).decode("ascii")
    caption = html.escape(caption)
    image = f"<img alt='{caption}' src='data:image/png;base64,{picture}'>"
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


def _percent(provenance: dict) -> list[tuple[str, str]]:
    from Diff2CTCore.geometry import side_of

    errors = provenance.get("reprojection_error")
    if not isinstance(errors, dict):
        return []
    return [(side_of(view), f"{value:.1%}") for view, value in errors.items() if isinstance(value, (int, float))]


def _flat(values: dict, prefix: str = "") -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for key, value in values.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{key} · ")
        else:
            rows.append((prefix + str(key), value))
    return rows


def _table(title: str, rows, remark: str = "") -> str:
    if not rows:
        return ""
    cells = "".join("<tr>" + "".join(f"<td>{html.escape(_text(item))}</td>" for item in row) + "</tr>" for row in rows)
    below = f"<p>{html.escape(remark)}</p>" if remark else ""
    return f"<section><h2>{html.escape(title)}</h2><table>{cells}</table>{below}</section>"


def _text(value) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(_text(item) for item in value)
    return "–" if value is None else str(value)
