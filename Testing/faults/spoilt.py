"""A malformed input of the campaign: who reads it, and what must come of it."""

from collections.abc import Callable
from dataclasses import dataclass

EITHER, ACCEPTED, REFUSED = "accepted or refused", "accepted", "refused"


class UnclearError(Exception):
    """The independent reading makes no sense of a file, or finds that it contradicts itself; says why."""


@dataclass(frozen=True)
class Spoilt:
    """One malformed input.

    Attributes:
        program: a key of `campaign.programs`.
        command: its command line.
        changed: whether anything differs from what is sound; where not, the input must be accepted.
        must: EITHER, ACCEPTED or REFUSED.
        about: what was done, for people.
        wrong: asked after a success: what of the outcome is not as an independent reading of the input, or the
            known content of the sound one, says; None when all of it is right. UnclearError is a fault, too: what
            nobody can read must not be accepted. None instead of a question: nothing is known to compare with.
    """

    program: str
    command: list[str]
    changed: bool = True
    must: str = EITHER
    about: str = ""
    wrong: Callable[[], str | None] | None = None

    def fault_of_success(self) -> str | None:
        """What is wrong with an outcome that the program calls a success."""
        if self.must == REFUSED:
            return f"accepted with wrong values: must be refused ({self.about})"
        if self.wrong is None:
            return None
        try:
            words = self.wrong()
        except UnclearError as error:
            words = str(error)
        return words and f"accepted with wrong values: {words}{f' ({self.about})' if self.about else ''}"

    def fault_of_refusal(self, text: str) -> str | None:
        """What is wrong with an outcome that the program calls a refusal."""
        if self.changed and self.must != ACCEPTED:
            return None
        return f"refused what is {'sound' if not self.changed else 'right'} ({self.about}): {text}"
