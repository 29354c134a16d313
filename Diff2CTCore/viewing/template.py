"""The page's own parts, which lie as files of their own beside the bundled viewer."""

from __future__ import annotations

import html
import re

from ..bundled import resource_path
from ..errors import Diff2CTError

_PLACE = re.compile(r"\{\{(\w+)\}\}")


class ViewerError(Diff2CTError):
    """A file of the page is missing."""

    kind = "viewer"


def part(name: str) -> str:
    """The text of a file of `Resources/Viewer`."""
    try:
        return resource_path("Viewer", name).read_text(encoding="utf-8")
    except OSError as error:
        raise ViewerError(f"The file {name} of the page is missing; install Diff2CT again.") from error


def filled(name: str, /, **texts: str) -> str:
    """A part with what belongs into its places, as it is: what may hold any character was escaped before."""
    return _PLACE.sub(lambda place: texts[place[1]], part(name))


def escaped(value) -> str:
    """Text of the page for any plain value."""
    return html.escape(shown(value))


def shown(value) -> str:
    """A plain value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(shown(item) for item in value)
    return "–" if value is None else str(value)
