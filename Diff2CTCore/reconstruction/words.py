"""Assumptions and values as people read them."""

from __future__ import annotations

_UNITS = {"_mm": "mm", "_px": "px", "_deg": "degrees"}
_NAMES = {
    "sid": "SID",
    "sod": "SOD",
    "centre": "centre point",
    "primary": "primary angle",
    "secondary": "secondary angle",
    "intensity": "grey values",
}
"""Of assumptions, where people read them."""


def assumption_in_words(name: str, value) -> str:
    """An assumption by its name and value, such as "SID = 1150 mm"."""
    unit = ""
    for ending, word in _UNITS.items():
        if name.endswith(ending):
            name, unit = name.removesuffix(ending), f" {word}"
    return f"{_NAMES.get(name, name.replace('_', ' '))} = {shown_value(value)}{unit}"


def shown_value(value) -> str:
    """A number, text or sequence, such as "439.5 x 439.5"."""
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, (tuple, list)):
        return " x ".join(shown_value(item) for item in value)
    return str(value)
