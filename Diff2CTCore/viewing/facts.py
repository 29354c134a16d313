"""What stands below the pictures: how well a reconstruction agrees, how it came about, and with what it was made."""

from __future__ import annotations

from collections.abc import Iterable

from ..geometry import VIEWS, side_of
from ..reconstruction import assumption_in_words
from .template import escaped

_READ = (
    "format",
    "frame",
    "polarity",
    "dense_is_high_in_file",
    "logarithm_taken",
    "orientation",
    "view_source",
    "spacing_source",
    "mask_source",
    "sha256",
)
"""What is shown of how a radiograph was read; the rest is the file's own."""

_ABBREVIATIONS = {"sid": "SID", "sod": "SOD", "sha256": "SHA-256", "ras": "RAS"}

_NO_VALUE = {"scene"}
"""Names of assumptions that are remarks alone."""

Rows = Iterable[tuple]


def facts_html(report: dict, metrics: Rows, remark: str = "") -> str:
    """Tables of all facts, escaped.

    Args:
        report: of the reconstruction; empty where there is none.
        metrics: (label, value, unit, "higher" or "lower" for what is better) of each metric against the true CT.
        remark: below these.
    """
    outputs = part_of(report, "outputs")
    origin = {"created": report.get("created"), "version": report.get("version"), "device": report.get("device")}
    origin |= {"centre_ras_mm": outputs.get("centre_ras_mm"), "centre_source": outputs.get("centre_source")}
    origin["sha256_of_voxels"] = outputs.get("sha256_of_voxels")
    read = {view: {key: item[key] for key in _READ if key in item} for view, item in _items(report, "radiographs")}
    sections = [
        ("Agreement with the true CT", _metrics(metrics), remark),
        ("Agreement with the radiographs (re-projection error)", _percent(report), ""),
        ("Uncertainty", _uncertainty(report), ""),
        ("Scale", _sentences([part_of(report, "scale").get("sentence")]), ""),
        ("Assumed", _assumptions(report), ""),
        ("Radiographs, as they were read", _side_by_side(read), ""),
        ("Geometry", _side_by_side(dict(_items(report, "geometry"))), ""),
        ("Model", _flat(part_of(report, "model")), ""),
        ("Settings", _flat(part_of(report, "settings")), ""),
        ("Origin", _flat({key: value for key, value in origin.items() if value is not None}), ""),
        ("Versions", list(part_of(report, "versions").items()), ""),
    ]
    return "".join(_section(title, list(rows), below) for title, rows, below in sections)


def warnings_html(sentences: Iterable) -> str:
    """A list of warnings; nothing without one."""
    items = "".join(f"<li>{escaped(sentence)}</li>" for (sentence,) in _sentences(sentences))
    return f'<ul class="warnings">{items}</ul>' if items else ""


def _section(title: str, rows: list, below: str) -> str:
    if not rows and not below:
        return ""
    cells = "".join("<tr>" + "".join(f"<td>{escaped(item)}</td>" for item in row) + "</tr>" for row in rows)
    remark = f"<p>{escaped(below)}</p>" if below else ""
    return f"<section><h3>{escaped(title)}</h3><table>{cells}</table>{remark}</section>"


def part_of(values: dict, key: str) -> dict:
    """A part of a report, empty where it is none; a report may come from anywhere."""
    found = values.get(key)
    return found if isinstance(found, dict) else {}


def _items(values: dict, key: str) -> list[tuple[str, dict]]:
    return [(name, item) for name, item in part_of(values, key).items() if isinstance(item, dict)]


def _side(view: str) -> str:
    """How a view of a report is called where people read; a report may name any."""
    return f"{side_of(view)} ({view})" if view in VIEWS else view


def _metrics(rows: Rows) -> Rows:
    found = [(label, f"{value} {unit}".strip(), better) for label, value, unit, better in rows]
    return [("", "", "better"), *found] if found else []


def _percent(report: dict) -> Rows:
    errors = {view: _number(value) for view, value in part_of(report, "reprojection_error").items()}
    return [(_side(view), f"{value:.1%}") for view, value in errors.items() if value is not None]


def _number(value) -> float | None:
    """A number of a report; None for anything else, and for what no float holds."""
    try:
        return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None
    except OverflowError:
        return None


def _uncertainty(report: dict) -> Rows:
    found = part_of(report, "uncertainty")
    level, half, samples = (_number(found.get(key)) for key in ("interval", "half_width_hu", "samples"))
    if None in (level, half, samples):
        return []
    return [(f"{level:.0%} interval: ±{half:.0f} HU on average in the body, from {samples:.0f} samples.",)]


def _assumptions(report: dict) -> Rows:
    assumed = part_of(report, "assumptions")
    return [
        (_side(view), item.get("why") if item.get("name") in _NO_VALUE else _in_words(item))
        for view, items in assumed.items()
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, dict)
    ]


def _in_words(item: dict) -> str:
    return f"{assumption_in_words(str(item.get('name')), item.get('value'))}. {item.get('why', '')}"


def _sentences(values) -> list[tuple[str]]:
    return [(value,) for value in values if isinstance(value, str) and value] if isinstance(values, list) else []


def _side_by_side(views: dict[str, dict]) -> Rows:
    """A column for each view."""
    keys = list(dict.fromkeys(key for view in views.values() for key in view))
    return [("", *map(_side, views))] * bool(keys) + [
        (_name(key), *(view.get(key) for view in views.values())) for key in keys if key != "view"
    ]


def _name(key) -> str:
    """A key as people write it."""
    name = " ".join(_ABBREVIATIONS.get(word, word) for word in str(key).split("_"))
    return name[:1].upper() + name[1:]


def _flat(values: dict, prefix: str = "") -> Rows:
    rows: list[tuple] = []
    for key, value in values.items():
        name = prefix + _name(key)
        if isinstance(value, dict):
            rows += _flat(value, f"{name} · ")
        else:
            rows.append((name, value))
    return rows
