"""The configuration of a training run: a TOML file whose every field is documented here.

Unknown fields are refused, so a typo never trains the wrong thing.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.networks.diff2ct import Diff2CTConfig

from .randomisation import AppearanceRange

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib


class ConfigError(Diff2CTError):
    """A training configuration that cannot be used."""

    kind = "configuration"


@dataclass(frozen=True)
class DataConfig:
    """Attributes:
    cache: folder with `training` and `validation` cases (see `training.make_cases`).
    real_share: chance that a training sample is cut from a real scan rather than from a phantom.
    crop_blocks: side length of a crop in blocks of 4 voxels.
    crops: crops in a batch of crops, each from a case of its own.
    volumes: whole volumes in a batch of whole volumes.
    whole_share: chance that a batch holds whole volumes rather than crops.
    spine_share: chance that a crop is centred on the spine.
    """

    cache: str = "cache"
    real_share: float = 0.5
    crop_blocks: int = 16
    crops: int = 4
    volumes: int = 1
    whole_share: float = 0.3
    spine_share: float = 0.7


@dataclass(frozen=True)
class LossConfig:
    """Weights of the loss terms.

    Attributes:
        denoising: squared error of the denoiser's correction, at unit size for every noise level.
        regression: squared error of X2NoiseNet's estimate.
        projection: projection loss of the x0 estimate, with gradient.
        band_power: a coefficient's weight is its typical size to this power (0: all alike, 2: as in voxels).
        spine: weight of the region around the spine relative to the rest.
    """

    denoising: float = 1.0
    regression: float = 1.0
    projection: float = 0.5
    band_power: float = 1.0
    spine: float = 3.0


@dataclass(frozen=True)
class OptimiserConfig:
    """AdamW with warm-up, a plateau and a linear decay to zero.

    Attributes:
        learning_rate: on the plateau.
        weight_decay: of all weights.
        warm_up: steps of linear warm-up.
        decay_share: last part of the run over which the rate falls to zero.
        clip: largest norm of the gradient.
        ema: decay of the exponential moving average of the weights, reached gradually.
        accumulate: batches whose gradients are averaged before a step.
    """

    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warm_up: int = 200
    decay_share: float = 0.3
    clip: float = 1.0
    ema: float = 0.998
    accumulate: int = 1


@dataclass(frozen=True)
class TrainConfig:
    """Attributes:
    output: folder of the run: checkpoints, log, pictures.
    steps: optimiser steps of the whole run.
    seed: fixes initial weights, the order of the data, and all randomness.
    precision: "bfloat16" (autocast) or "float32".
    checkpoint_every, log_every, picture_every: steps.
    validation_cases: cases of the validation set that are sampled for each picture.
    """

    output: str = "runs/default"
    steps: int = 10000
    seed: int = 0
    precision: str = "bfloat16"
    checkpoint_every: int = 250
    log_every: int = 20
    picture_every: int = 500
    validation_cases: int = 4
    data: DataConfig = field(default_factory=DataConfig)
    loss: LossConfig = field(default_factory=LossConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    appearance: AppearanceRange = field(default_factory=AppearanceRange)
    model: Diff2CTConfig = field(default_factory=Diff2CTConfig)


def load_config(path: str | Path) -> TrainConfig:
    """Read a TOML file; fields that it leaves out keep their defaults."""
    path = Path(path)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The configuration {path} cannot be read ({error.strerror}); check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The configuration {path} is not valid TOML ({error}); correct that line.") from error
    return _build(TrainConfig, values, "")


def _build(cls: type, values: dict, prefix: str) -> Any:
    hints = get_type_hints(cls)
    unknown = sorted(set(values) - {item.name for item in fields(cls)})
    if unknown:
        known = ", ".join(item.name for item in fields(cls))
        raise ConfigError(f"The configuration has the unknown field {prefix}{unknown[0]}; known here are: {known}.")
    built = {name: _convert(hints[name], value, prefix + name) for name, value in values.items()}
    return cls(**built)


def _convert(hint: Any, value: Any, name: str) -> Any:
    if is_dataclass(hint):
        if not isinstance(value, dict):
            raise ConfigError(f"The configuration's {name} must be a table.")
        return _build(hint, value, name + ".")
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise ConfigError(f"The configuration's {name} must be a list.")
        return tuple(_convert(get_args(hint)[0], item, name) for item in value)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint:
        raise ConfigError(f"The configuration's {name} must be of type {hint.__name__}, not {type(value).__name__}.")
    return value
