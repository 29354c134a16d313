"""What the panel says when a reconstruction is done."""

from __future__ import annotations

from slicer.i18n import tr as _

from .assumptions import SCENE_ASSUMPTION, assumptions_sentence


def result_sentence(report: dict, seconds: float, reminder: str = "") -> str:
    """Time, agreement with the radiographs, assumptions that matter, sizes, and the report's own warnings.

    Args:
        report: of the reconstruction.
        seconds: that it took.
        reminder: a sentence on what it was made without.
    """
    parts = [_("Done in {seconds:.0f} s.").format(seconds=seconds)]
    errors = report.get("reprojection_error")
    errors = errors if isinstance(errors, dict) else {}
    numbers = [value for value in errors.values() if isinstance(value, (int, float))]
    if numbers:
        parts.append(_("Re-projection error {error:.1%}.").format(error=max(numbers)))
    parts += uncertainty_text(report)
    parts += [assumptions_sentence(report), *remarks_in(report)]
    warnings = report.get("warnings")
    parts += [text for text in warnings if isinstance(text, str)] if isinstance(warnings, list) else []
    parts += [scale_text(report), reminder, _("Research use only.")]
    return " ".join(filter(None, parts))


def scale_text(report: dict) -> str:
    """The report's own sentence on sizes that are not absolute; empty where they are, or where it does not say."""
    scale = report.get("scale")
    if not isinstance(scale, dict) or scale.get("known"):
        return ""
    sentence = scale.get("sentence")
    return sentence if isinstance(sentence, str) else ""


def remarks_in(report: dict) -> list[str]:
    """What a report tells of radiographs that were not taken from their files."""
    assumptions = report.get("assumptions")
    items = [item for view in assumptions.values() for item in view] if isinstance(assumptions, dict) else []
    return [item["why"] for item in items if item.get("name") == SCENE_ASSUMPTION]


def uncertainty_text(report: dict) -> list[str]:
    """A sentence about the calibrated interval, where the report holds one."""
    found = report.get("uncertainty")
    try:
        level, half = float(found["interval"]), float(found["half_width_hu"])
    except (TypeError, KeyError, ValueError):
        return []
    return [_("{level:.0%} interval: \u00b1{half:.0f} HU on average in the body.").format(level=level, half=half)]
