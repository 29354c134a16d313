"""What was read from a radiograph, as the panel shows it."""

from __future__ import annotations

import html

from slicer.i18n import tr as _


def facts_text(facts: dict, frame: int | None = None, frames: int = 1, remark: str = "") -> str:
    """What `inspect_radiograph` found, in a few short lines; what had to be assumed is in italics.

    Args:
        frame, frames: which frame of how many; None for a single picture.
        remark: on what was not taken from the file.
    """
    assumed = {item["name"] for item in facts["assumptions"]}
    row_mm, column_mm = facts["pixel_spacing_mm"]
    spacing = f"{row_mm:.3f} mm" if abs(row_mm - column_mm) < 1e-6 else f"{row_mm:.3f} × {column_mm:.3f} mm"
    lines = [
        _line(_("View"), facts["view"], facts["view_assumed"]),
        _line(_("Size"), f"{facts['columns']} × {facts['rows']} px", False),
        _line(_("Spacing"), spacing, "pixel_spacing_mm" in assumed),
        _line(
            _("SID / SOD"), f"{facts['sid_mm']:.0f} / {facts['sod_mm']:.0f} mm", bool({"sid_mm", "sod_mm"} & assumed)
        ),
        _line(_("Angles"), _angles(facts), bool({"primary_deg", "secondary_deg"} & assumed)),
        _line(_("Polarity"), _polarity(facts), "invert" in assumed),
    ]
    if frame is not None:
        lines.insert(1, _line(_("Frame"), _("{frame} of {frames}").format(frame=frame, frames=frames), False))
    if facts["slot_scan"]:
        lines.append(_("Slot scan: nothing is magnified along the patient."))
    if facts.get("burned_in_annotation"):
        lines.append(_("Text is burned into the picture."))
    if remark:
        lines.append(f"<i>{html.escape(remark)}</i>")
    return "<br>".join(lines)


def _angles(facts: dict) -> str:
    angles = [facts["primary_deg"], facts["secondary_deg"]]
    if facts["rotation_deg"]:
        angles.append(facts["rotation_deg"])
    return " / ".join(f"{angle:.1f}°" for angle in angles)


def _polarity(facts: dict) -> str:
    if facts["polarity"] == "inverted by the user":
        return _("inverted by the user")
    return _("dense is bright") if "invert" in {item["name"] for item in facts["assumptions"]} else _("from the file")


def _line(name: str, value: str, assumed: bool) -> str:
    return f"{name}: <i>{value} ({_('assumed')})</i>" if assumed else f"{name}: {value}"
