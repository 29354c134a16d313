"""A model on disk: weights without pickle, a card with their checksum, and where models are found."""

from .card import INTENDED_USE, INTENDED_USE_SENTENCE, ModelCard
from .loading import (
    ALIGNMENT,
    CARD_FILE,
    WEIGHTS_FILE,
    LoadedModel,
    add_alignment,
    find_model,
    load_card,
    load_model,
    model_folders,
    save_model,
    user_models_folder,
)

__all__ = [
    "ALIGNMENT",
    "CARD_FILE",
    "INTENDED_USE",
    "INTENDED_USE_SENTENCE",
    "WEIGHTS_FILE",
    "LoadedModel",
    "ModelCard",
    "add_alignment",
    "find_model",
    "load_card",
    "load_model",
    "model_folders",
    "save_model",
    "user_models_folder",
]
