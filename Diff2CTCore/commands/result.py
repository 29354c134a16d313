"""What a command gives back, and how it says that the command line is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..errors import Diff2CTError


class UsageError(Diff2CTError):
    """The command line is wrong."""

    kind = "usage"


@dataclass(frozen=True)
class Result:
    """What a command found: `text` for people, `values` for programs."""

    text: str
    values: dict = field(default_factory=dict)
