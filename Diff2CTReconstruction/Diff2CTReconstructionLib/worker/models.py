"""Models that can be chosen, and adding one from a file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from slicer.i18n import tr as _

LARGEST_BYTES = 4 * 1024**3
"""Larger weights in an archive are taken for a mistake."""


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


def add(path: str) -> str:
    """Copy a model into the user's folder once its checksum was verified; its name.

    Args:
        path: `card.json` beside the weights, or a zip archive that holds both.

    Raises ValueError with a sentence for the user.
    """
    from Diff2CTCore.errors import Diff2CTError
    from Diff2CTCore.models import CARD_FILE, WEIGHTS_FILE, load_card, user_models_folder
    from Diff2CTCore.storage import folder_when_complete

    source = Path(path)
    name = source.stem if source.suffix.lower() == ".zip" else source.parent.name
    if not name.strip(". "):
        # Such a name would stand for the folder of all models, or the one above it.
        text = _("“{name}” cannot be the name of a model; rename the file or its folder.")
        raise ValueError(text.format(name=name))
    try:
        files = _from_zip(source) if source.suffix.lower() == ".zip" else _from_folder(source.parent)
        with folder_when_complete(user_models_folder() / name) as staged:
            for file in (CARD_FILE, WEIGHTS_FILE):
                (staged / file).write_bytes(files[file])
            if hashlib.sha256(files[WEIGHTS_FILE]).hexdigest() != load_card(staged).sha256:
                text = _("The model {name} was altered or damaged: its checksum differs from its card; get it again.")
                raise ValueError(text.format(name=name))
    except Diff2CTError as error:
        raise ValueError(str(error)) from error
    except OSError as error:
        reason = error.strerror or error.__class__.__name__
        raise ValueError(_("The model cannot be copied: {reason}.").format(reason=reason)) from error
    return name


def _from_folder(folder: Path) -> dict[str, bytes]:
    from Diff2CTCore.models import CARD_FILE, WEIGHTS_FILE

    return {name: (folder / name).read_bytes() for name in (CARD_FILE, WEIGHTS_FILE)}


def _from_zip(path: Path) -> dict[str, bytes]:
    import zipfile
    import zlib

    from Diff2CTCore.models import CARD_FILE, WEIGHTS_FILE

    incomplete = ValueError(
        _("{name} is not the archive of a model; it must hold {card} and {weights}.").format(
            name=path.name, card=CARD_FILE, weights=WEIGHTS_FILE
        )
    )
    try:
        with zipfile.ZipFile(path) as archive:
            members = [(PurePosixPath(item.filename).name, item) for item in archive.infolist() if not item.is_dir()]
            found = {name: [item for own, item in members if own == name] for name in (CARD_FILE, WEIGHTS_FILE)}
            if max(map(len, found.values())) > 1:
                text = _("{name} holds more than one model; give an archive of each.")
                raise ValueError(text.format(name=path.name))
            wanted = [item for items in found.values() for item in items]
            if len(wanted) < len(found) or sum(item.file_size for item in wanted) > LARGEST_BYTES:
                raise incomplete
            return {name: archive.read(items[0]) for name, items in found.items()}
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise incomplete from error
