"""What is measured on a model and belongs on its card."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from Diff2CTCore.models import CARD_FILE, load_card
from Diff2CTCore.storage import replaced_when_complete


def write_card(model: Path, **entries) -> None:
    """Replace entries of a model folder's card."""
    card = replace(load_card(model), **entries)
    with replaced_when_complete(model / CARD_FILE) as staged:
        staged.write_text(card.to_json(), encoding="utf-8")
