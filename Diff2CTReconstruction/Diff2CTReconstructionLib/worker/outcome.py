"""How a run of the worker ended."""

from __future__ import annotations

from dataclasses import dataclass, field

from slicer.i18n import tr as _


class ChangedMeanwhileError(Exception):
    """What a job was about has changed while it ran, so its result is not taken over; the message tells the user."""


@dataclass(frozen=True)
class Outcome:
    """How a run of the worker ended.

    Attributes:
        kind: "result", "cancelled", or the kind of failure: the worker's own ("radiograph", "device", ...) or
            "start", "crash", "silent", "garbage".
        message: one sentence for the user; empty for "result" and "cancelled".
        result: the worker's result event, for "result" alone.
        log: the end of what the worker wrote to its error stream.
    """

    kind: str
    message: str = ""
    result: dict = field(default_factory=dict)
    log: str = ""

    @property
    def succeeded(self) -> bool:
        return self.kind == "result"


def judged(exit_code: int | None, event: dict, log: str) -> Outcome:
    """The outcome of a worker that was not stopped.

    Args:
        exit_code: None where the worker goes on.
        event: its last one, a result or an error; empty where there was none.
        log: the end of its error stream.
    """
    if event.get("event") == "error":
        message = event.get("message")
        kind = event.get("kind")
        if isinstance(message, str) and message and isinstance(kind, str):
            return Outcome("cancelled" if kind == "cancelled" else kind, message, log=log)
    if exit_code not in (None, 0):
        text = _("The worker stopped unexpectedly (exit code {code}); the scene is unchanged.")
        return Outcome("crash", text.format(code=exit_code), log=log)
    if event.get("event") != "result":
        return Outcome("garbage", _("The worker ended without a result; the scene is unchanged."), log=log)
    return Outcome("result", result=event, log=log)
