"""Models that can be chosen, and adding one from a folder."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from slicer.i18n import tr as _


@dataclass(frozen=True)
class InstalledModel:
    """A model's name, and how it is shown."""

    name: str
    label: str


def installed() -> list[InstalledModel]:
    """Installed models; their cards are read, their weights are not."""
    from Diff2CTCore.errors import ModelError
    from Diff2CTCore.models import load_card, model_folders

    found = []
    for folder in model_folders():
        try:
            card = load_card(folder)
            found.append(InstalledModel(folder.name, f"{folder.name} ({card.version})"))
        except ModelError:
            continue
    return found


def add(folder: str) -> str:
    """Verify a model folder and copy it to the user's models; its name.

    Raises ValueError with a sentence for the user.
    """
    from Diff2CTCore.errors import Diff2CTError
    from Diff2CTCore.files import folder_when_complete
    from Diff2CTCore.models import CARD_FILE, WEIGHTS_FILE, load_card, user_models_folder

    source = Path(folder)
    target = user_models_folder() / source.name
    try:
        card = load_card(source)
        if hashlib.sha256((source / WEIGHTS_FILE).read_bytes()).hexdigest() != card.sha256:
            text = _("The model {name} was altered or damaged: its checksum differs from its card; get it again.")
            raise ValueError(text.format(name=source.name))
        if source.resolve() != target.resolve():
            with folder_when_complete(target) as staged:
                for name in (CARD_FILE, WEIGHTS_FILE):
                    shutil.copyfile(source / name, staged / name)
    except Diff2CTError as error:
        raise ValueError(str(error)) from error
    except OSError as error:
        reason = error.strerror or error.__class__.__name__
        raise ValueError(_("The model cannot be copied: {reason}.").format(reason=reason)) from error
    return source.name
