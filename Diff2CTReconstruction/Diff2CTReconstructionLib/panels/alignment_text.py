"""What the box beneath the radiographs says of an alignment."""

from __future__ import annotations

import html

from slicer.i18n import tr as _

from ..scene import Proposal


def proposal_text(proposal: Proposal, names: list[str]) -> str:
    """A proposal that waits, as rich text.

    Args:
        names: of the two radiographs, to ask for marks by.
    """
    title = _("Proposal: nothing is changed before you accept it.")
    if not proposal.sure:
        title = _("Unsure proposal: look at it before you accept it.")
    lines = [f"<b>{html.escape(title)}</b>", html.escape(_how_sure(proposal)), _listed(proposal.found)]
    lines.append(_listed(proposal.doubts, "<b>?</b> "))
    if not proposal.sure:
        ask = _("Please mark the middle of the same vertebra in {names}.")
        lines.append(html.escape(ask.format(names=_named(names))))
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
    told = [_("Accepted; the values stand under “Correct what was read”, and as assumptions in the report.")]
    told.append(scale_text(proposal))
    return "<br>".join(html.escape(line) for line in told if line)


def scale_text(proposal: Proposal) -> str:
    """Whether sizes are absolute."""
    return proposal.scale_sentence or (_("Sizes are absolute.") if proposal.scale_known else _("Sizes are relative."))


def _how_sure(proposal: Proposal) -> str:
    if proposal.probability is None:
        return ""
    return _("{probability:.0%} sure that both are joined at the same height.").format(probability=proposal.probability)


def _named(names: list[str]) -> str:
    return _("“{first}” and “{second}”").format(first=names[0], second=names[1])


def _listed(sentences, mark: str = "• ") -> str:
    return "<br>".join(mark + html.escape(sentence) for sentence in sentences)
