"""What a reconstruction had to assume, as far as it matters, in plain words."""

from __future__ import annotations

from slicer.i18n import tr as _

from ..parameters import SIDES

SCENE_ASSUMPTION = "scene"
"""Name under which a report tells what was taken from the scene and not from a file."""

_HARMLESS = (
    ("principal_point_px", "The central ray is taken to hit the middle."),
    ("primary_deg", "No angle is stated"),
    ("secondary_deg", "No angle is stated"),
)
"""Name, and how the reason begins: what hardly any file states, and what the centre and the views make up for."""

_PLACE_UNKNOWN = "not stated"


def assumptions_sentence(report: dict) -> str:
    """The assumptions that matter with their values, each with the views that it was made for; empty without any.

    Args:
        report: of the reconstruction.
    """
    found: dict[str, list[str]] = {}
    for side, items in _by_side(report).items():
        for item in items:
            text = _in_words(item)
            if text and side not in found.setdefault(text, []):
                found[text].append(side)
    sides = {SIDES[0]: _("frontal"), SIDES[1]: _("lateral")}
    parts = [text if len(on) == len(SIDES) else f"{text} ({sides.get(on[0], on[0])})" for text, on in found.items()]
    return _("Assumed: {assumptions}.").format(assumptions="; ".join(parts)) if parts else ""


def _by_side(report: dict) -> dict[str, list[dict]]:
    assumptions = report.get("assumptions")
    by_side = assumptions if isinstance(assumptions, dict) else {}
    centre_known = _centre_is_known(report, by_side)
    return {
        side: [item for item in items if _matters(item) and not (centre_known and item.get("name") == "centre_px")]
        for side, items in by_side.items()
    }


def _matters(item: dict) -> bool:
    why = str(item.get("why", ""))
    return not any(item.get("name") == name and why.startswith(begin) for name, begin in _HARMLESS)


def _centre_is_known(report: dict, by_side: dict) -> bool:
    """Whether both middles show the point whose place in the CT is known, as in a simulated pair."""
    outputs = report.get("outputs")
    source = str(outputs.get("centre_source", _PLACE_UNKNOWN)) if isinstance(outputs, dict) else _PLACE_UNKNOWN
    middles = [any(item.get("name") == "centre_px" for item in items) for items in by_side.values()]
    return len(middles) == len(SIDES) and all(middles) and not source.startswith(_PLACE_UNKNOWN)


def _in_words(item: dict) -> str:
    """Name and value of one assumption; empty for remarks that are told as they are."""
    name, value = item.get("name"), item.get("value")
    texts = {
        "view": _("view {value}"),
        "pixel_spacing_mm": _("pixel spacing {value} mm"),
        "sid_mm": _("SID {value} mm"),
        "sod_mm": _("SOD {value} mm"),
        "primary_deg": _("primary angle {value}°"),
        "secondary_deg": _("secondary angle {value}°"),
        "invert": _("dense is dark") if value else _("dense is bright"),
        "intensity": _("grey values {value}"),
        "rotate": _("head up"),
        "slot_scan": _("slot scan") if value else _("no slot scan"),
        "centre_px": _("centre point in the middle of the picture"),
        "collimator": _("a collimator's shadow in the picture"),
    }
    if name == SCENE_ASSUMPTION or not isinstance(name, str):
        return ""
    if name not in texts or value is None:
        return _("{name} not used").format(name=name.removesuffix("_mm").removesuffix("_px").replace("_", " "))
    return texts[name].format(value=_shown(value))


def _shown(value) -> str:
    numbers = value if isinstance(value, (list, tuple)) else [value]
    shown = [f"{number:.4g}" if isinstance(number, (int, float)) else _grey(number) for number in numbers]
    return shown[0] if len(set(shown)) == 1 else " × ".join(shown)


def _grey(value) -> str:
    return {"log": _("logarithmic"), "linear": _("linear")}.get(value, str(value))
