"""What the box beneath the radiographs says of an alignment."""

from __future__ import annotations

import html

from slicer.i18n import tr as _

from ..scene import Proposal

WITHIN_MM = 8.0
"""How near the shift along the body has to be to the truth for the probability to count it as right."""


def proposal_text(proposal: Proposal, names: list[str]) -> str:
    """A proposal that waits, as rich text.

    Args:
        names: of the two radiographs, to ask for marks by.
    """
    title = _("Proposal: nothing is changed before you accept it.")
    if not proposal.sure:
        title = _("Unsure proposal: look at it before you accept it.")
    lines = [f"<b>{html.escape(title)}</b>", _listed(proposal.found), html.escape(_how_sure(proposal, names))]
    if proposal.doubts:
        lines.append(_listed(proposal.doubts, "<b>?</b> "))
    lines.append(html.escape(scale_text(proposal)))
    return "<br>".join(line for line in lines if line)


def marking_text(proposal: Proposal, names: list[str]) -> str:
    """A proposal that was dropped for marks of the user's own, as rich text."""
    text = _(
        "Mark the middle of the same vertebra in {names}: drag both points, or click in both pictures. A point that is "
        "only proposed does not count."
    )
    told = [text.format(names=_named(names)), scale_text(proposal)]
    return "<br>".join(html.escape(line) for line in told if line)


def accepted_text(proposal: Proposal) -> str:
    """A proposal that was accepted, as rich text."""
    told = [_("Accepted; the values stand under “Correct what was read”."), scale_text(proposal)]
    return "<br>".join(html.escape(line) for line in told if line)


def scale_text(proposal: Proposal) -> str:
    """Whether sizes are absolute."""
    return proposal.scale_sentence or (_("Sizes are absolute.") if proposal.scale_known else _("Sizes are relative."))


def _how_sure(proposal: Proposal, names: list[str]) -> str:
    text = _(
        "{probability:.0%} sure that the heights agree within {within:.0f} mm (shift {shift:.0f} ± {error:.0f} mm)."
    )
    told = text.format(
        probability=proposal.probability,
        within=WITHIN_MM,
        shift=proposal.shift_mm,
        error=proposal.shift_error_mm,
    )
    if proposal.sure:
        return told
    ask = _("Please mark the middle of the same vertebra in {names}.")
    return " ".join([told, ask.format(names=_named(names))])


def _named(names: list[str]) -> str:
    return _("“{first}” and “{second}”").format(first=names[0], second=names[1])


def _listed(sentences, mark: str = "• ") -> str:
    return "<br>".join(mark + html.escape(sentence) for sentence in sentences)
