"""A model on disk: a folder with `model.safetensors` and `card.json`. Nothing is ever unpickled.

Models are looked for by name among the bundled ones and in the user's own folder, or given by path.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ModelError
from ..storage import folder_when_complete, resource_path
from .card import ModelCard, read_card

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

WEIGHTS_FILE = "model.safetensors"
CARD_FILE = "card.json"

ALIGNMENT = "alignment"
"""Begins the names, up to a dot, of the weights that align a pair; they lie in the same file."""

USER_MODELS_VARIABLE = "DIFF2CT_MODELS"
"""Environment variable that names the user's own model folder."""


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A verified model: its card, and its weights by name. Equal to itself alone.

    Attributes:
        card: what it is.
        state_dict: weights of the network.
        alignment: weights that align a pair, by the name after "alignment."; none in a model without.
    """

    card: ModelCard
    state_dict: dict[str, torch.Tensor]
    alignment: dict[str, torch.Tensor] = field(default_factory=dict)


def bundled_models_folder() -> Path:
    """The folder of the models that ship with Diff2CT."""
    return resource_path("Models")


def user_models_folder() -> Path:
    """The folder of the user's own models: $DIFF2CT_MODELS, or .diff2ct/models in the home folder."""
    return Path(os.environ.get(USER_MODELS_VARIABLE) or os.path.expanduser(Path("~", ".diff2ct", "models")))


def model_folders() -> list[Path]:
    """Folders of all installed models, bundled ones first; whether they are intact is not looked at."""
    folders = []
    for root in (bundled_models_folder(), user_models_folder()):
        if root.is_dir():
            folders += sorted(folder for folder in root.iterdir() if (folder / CARD_FILE).is_file())
    return folders


def default_model_folder() -> Path:
    """The bundled model with the latest date; ModelError when none is bundled."""
    root = bundled_models_folder()
    bundled = [folder for folder in model_folders() if folder.parent == root]
    if not bundled:
        raise ModelError(f"No model is installed in {root}; give the folder of a model with --model.")
    return max(bundled, key=lambda folder: (load_card(folder).date, folder.name))


def find_model(path_or_name: str | os.PathLike | None = None) -> Path:
    """The folder of a model given by its folder, by an installed model's name, or not at all (the default one)."""
    if path_or_name is None:
        return default_model_folder()
    folder = Path(path_or_name)
    try:
        if folder.is_dir():
            return folder
    except OSError as error:
        raise ModelError(f"The model {folder} cannot be looked for ({error.strerror}); give another one.") from error
    installed = model_folders()
    found = [candidate for candidate in installed if candidate.name == str(path_or_name)]
    if len(found) > 1:
        places = " and ".join(map(str, found))
        raise ModelError(f"Several models are called {found[0].name}: {places}; give the folder of the one you mean.")
    if found:
        return found[0]
    names = ", ".join(sorted(candidate.name for candidate in installed)) or "none"
    raise ModelError(f"There is no model {str(path_or_name)!r}; installed models: {names}; or give a model's folder.")


def load_card(folder: str | os.PathLike) -> ModelCard:
    """The validated card of the model in a folder; ModelError when it is missing or wrong."""
    return read_card(Path(folder) / CARD_FILE)


def load_model(path_or_name: str | os.PathLike | None = None, kept: LoadedModel | None = None) -> LoadedModel:
    """Load a model by folder or name; without either, the default one.

    The weights' SHA-256 is compared with the card's before they are parsed. ModelError names what is
    missing, altered or wrong.

    Args:
        path_or_name: which one.
        kept: a model that was loaded before. It is given back, and nothing parsed again, where card and weights on the
            disk are its own.
    """
    folder = find_model(path_or_name)
    card = load_card(folder)
    weights = folder / WEIGHTS_FILE
    try:
        content = weights.read_bytes()
    except OSError as error:
        raise ModelError(f"{weights} is missing or cannot be read; install the model anew.") from error
    if hashlib.sha256(content).hexdigest() != card.sha256:
        raise ModelError(f"{weights} does not have the checksum on its card; it was altered: install the model anew.")
    if kept is not None and kept.card == card:
        return kept
    from safetensors import SafetensorError
    from safetensors.torch import load

    from .packed_weights import unpacked

    try:
        found = unpacked(load(content))
    except (SafetensorError, ValueError, KeyError) as error:
        raise ModelError(f"{weights} is not in the safetensors format; install the model anew.") from error
    for name, tensor in found.items():
        # Clamped to HU, what comes of an infinite weight would look like any other voxel.
        if not tensor.float().isfinite().all():
            raise ModelError(f"{weights} holds values that are not finite numbers ({name}); install the model anew.")
    begin = f"{ALIGNMENT}."
    alignment = {name.removeprefix(begin): tensor for name, tensor in found.items() if name.startswith(begin)}
    weights = {name: tensor for name, tensor in found.items() if not name.startswith(begin)}
    return LoadedModel(card, weights, alignment)


def add_alignment(folder: str | os.PathLike, weights: Mapping[str, torch.Tensor], entry: dict) -> ModelCard:
    """Put networks that align a pair into a model's folder, in eight bits, and return its card.

    Args:
        folder: of a model; its other weights stay as they are, an earlier alignment is replaced.
        weights: by name.
        entry: of the card; see `ModelCard.alignment`.

    Raises:
        ModelError: the folder holds no sound model, or the entry cannot stand on a card.
        OutputError: the folder cannot be written.
    """
    from safetensors.torch import load, save

    from .packed_weights import packed

    card = load_model(folder).card
    begin = f"{ALIGNMENT}."
    kept = load((Path(folder) / WEIGHTS_FILE).read_bytes())
    kept = {name: tensor for name, tensor in kept.items() if not name.startswith(begin)}
    added = packed({begin + name: _halved(name, tensor) for name, tensor in weights.items()})
    return _write(folder, save({**kept, **added}), replace(card, alignment=entry))


def save_model(
    folder: str | os.PathLike, state_dict: dict[str, torch.Tensor], card: ModelCard, eight_bit: bool = False
) -> ModelCard:
    """Write a model folder and return its card with the weights' checksum filled in.

    Args:
        folder: made when missing; a model in it is replaced.
        state_dict: weights by name; floating-point ones are stored in half precision.
        card: its `sha256` is ignored.
        eight_bit: store them in half the space; see `packed_weights`.

    Raises:
        ModelError: a weight is not finite in half precision.
        OutputError: the folder cannot be written.
    """
    from safetensors.torch import save

    from .packed_weights import packed

    stored = {name: _halved(name, tensor) for name, tensor in state_dict.items()}
    return _write(folder, save(packed(stored) if eight_bit else stored), card)


def _halved(name: str, tensor: torch.Tensor) -> torch.Tensor:
    kept = tensor.detach().cpu()
    kept = kept.half() if kept.is_floating_point() else kept
    if not kept.isfinite().all():
        raise ModelError(f"The weight {name!r} is not finite in half precision; the model was not saved.")
    return kept.contiguous().clone()


def _write(folder: str | os.PathLike, content: bytes, card: ModelCard) -> ModelCard:
    card = replace(card, sha256=hashlib.sha256(content).hexdigest())
    with folder_when_complete(folder) as staged:
        (staged / WEIGHTS_FILE).write_bytes(content)
        (staged / CARD_FILE).write_text(card.to_json(), encoding="utf-8")
    return card
