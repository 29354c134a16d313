"""The configuration of a training run: a TOML file whose every field is documented here.

Unknown fields are refused, so a typo never trains the wrong thing. The table `[model]` names an
`architecture` (see `training.methods.ARCHITECTURES`; "Diff2CT" when it does not); its other fields and
those of `[loss]` are documented with that method.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from Diff2CTCore.errors import ModelError

from ..data import AppearanceRange, AugmentationRange, DataConfig, GeometryRange
from ..methods import method_class
from .fields import ConfigError, build, require_table

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DEFAULT_ARCHITECTURE = "Diff2CT"
PRECISIONS = ("auto", "bfloat16", "float32")
OPTIMISERS = ("adamw", "muon")
LEAST = {"crop_blocks": 1, "crops": 0, "volumes": 0, "batch_limit": 1}
LEAST |= {"phantom_workers": 0, "phantom_pool": 1, "phantoms_first": 0}
"""Smallest numbers in `[data]`."""


@dataclass(frozen=True)
class OptimiserConfig:
    """The optimiser, with warm-up, a plateau and a linear decay to zero.

    Attributes:
        kind: "adamw", or "muon" for kernels and matrices with AdamW for the rest (`optimisers`).
        learning_rate: on the plateau.
        weight_decay: of all weights.
        warm_up: steps of linear warm-up.
        warm_up_share: first part of a run by the clock over which the rate rises instead.
        decay_share: last part of the run over which the rate falls to zero.
        clip: largest norm of the gradient.
        ema: decay of the exponential moving average of the weights, reached gradually.
        accumulate: batches whose gradients are averaged before a step. Several processes share them, so it must be
            divisible by their number, and a run is the same on any number of them.
        trial_rates: learning rates that a new run by the clock tries from the same weights on the same data; it goes on
            from the one with the lowest loss, at that rate.
        trial_seconds: of each of them.
    """

    kind: str = "adamw"
    learning_rate: float = 1e-3
    weight_decay: float = 0.01
    warm_up: int = 200
    warm_up_share: float = 0.03
    decay_share: float = 0.3
    clip: float = 1.0
    ema: float = 0.998
    accumulate: int = 1
    trial_rates: tuple[float, ...] = ()
    trial_seconds: float = 12.0


@dataclass(frozen=True)
class TrainConfig:
    """Attributes:
    output: folder of the run: checkpoints, log, pictures.
    steps: optimiser steps of the whole run.
    budget_tflop: where positive, the run's length in 10^12 floating-point operations instead of steps
        (see `training.flops`), so that methods can be compared at equal computation.
    budget_minutes: where positive, the run's length in minutes from the start of the process to the exported model,
        instead of steps (see `training.run.clock`).
    seed: fixes initial weights, the order of the data, and all randomness.
    device: "auto" (CUDA where there is one), "cpu" or "cuda".
    precision: "bfloat16" (autocast), "float32", or "auto": bfloat16 where the hardware multiplies it natively.
    checkpoint_every, log_every, picture_every: steps.
    checkpoint_minutes, measure_minutes: between checkpoints, and between measurements with their pictures, of a run
        by the clock; measurements come less often where they would take more than a twentieth of the time.
    validation_cases: cases of the validation set that are reconstructed and measured for each picture.
    name: of the model that a run by the clock exports; the output folder's where it is "".
    eight_bit: store that model's weights in half the space.
    picture_steps: network evaluations of each sample, where the method has a choice.
    data, optimiser: see there.
    appearance, geometry, augmentation: ranges of the randomisation (`training.data.randomisation`); geometry and
        augmentation take effect in `training.make_cases --config`.
    architecture: what is trained; in the file it stands in `[model]`.
    model, loss: the method's own (`Method.model_config`, `Method.loss_config`).
    """

    output: str = "runs/default"
    steps: int = 10000
    budget_tflop: float = 0.0
    budget_minutes: float = 0.0
    seed: int = 0
    device: str = "auto"
    precision: str = "auto"
    checkpoint_every: int = 250
    log_every: int = 20
    picture_every: int = 500
    checkpoint_minutes: float = 1.0
    measure_minutes: float = 1.0
    validation_cases: int = 4
    picture_steps: int = 8
    name: str = ""
    eight_bit: bool = False
    data: DataConfig = field(default_factory=DataConfig)
    optimiser: OptimiserConfig = field(default_factory=OptimiserConfig)
    appearance: AppearanceRange = field(default_factory=AppearanceRange)
    geometry: GeometryRange = field(default_factory=GeometryRange)
    augmentation: AugmentationRange = field(default_factory=AugmentationRange)
    architecture: str = DEFAULT_ARCHITECTURE
    model: Any = field(default_factory=lambda: method_class(DEFAULT_ARCHITECTURE).model_config())
    loss: Any = field(default_factory=lambda: method_class(DEFAULT_ARCHITECTURE).loss_config())

    def __post_init__(self):
        for name in ("steps", "checkpoint_every", "log_every", "picture_every", "picture_steps"):
            if getattr(self, name) < 1:
                raise ConfigError(f"The configuration's {name} is {getattr(self, name)}; it must be at least 1.")
        if self.precision not in PRECISIONS:
            raise ConfigError(f"The configuration's precision is {self.precision!r}; use {', '.join(PRECISIONS)}.")
        if self.optimiser.kind not in OPTIMISERS:
            raise ConfigError(f"The configuration's optimiser.kind is {self.optimiser.kind!r}; use adamw or muon.")
        for name in ("seed", "validation_cases"):
            if getattr(self, name) < 0:
                raise ConfigError(f"The configuration's {name} must not be negative.")
        if self.optimiser.accumulate < 1:
            raise ConfigError("The configuration's optimiser.accumulate must be at least 1.")
        if self.data.whole_share < 1.0 and not method_class(self.architecture).crops:
            raise ConfigError(f"{self.architecture} cannot be trained on crops; set data.whole_share to 1.0.")
        self._check_data()
        self._check_times()

    def _check_data(self) -> None:
        for name, least in LEAST.items():
            if getattr(self.data, name) < least:
                raise ConfigError(f"The configuration's data.{name} must be at least {least}.")
        for name in ("real_share", "whole_share", "spine_share"):
            if not 0.0 <= getattr(self.data, name) <= 1.0:
                raise ConfigError(f"The configuration's data.{name} is a chance; it must be from 0 to 1.")
        if not self.data.real_share_end <= 1.0:
            raise ConfigError("The configuration's data.real_share_end must be a chance, or negative for no change.")

    def _check_times(self) -> None:
        if not 0.0 <= self.budget_minutes < math.inf:
            raise ConfigError("The configuration's budget_minutes must be a number of minutes; 0 for none.")
        if self.budget_minutes and self.budget_tflop > 0.0:
            raise ConfigError("The configuration has budget_minutes and budget_tflop; choose one of them.")
        times = {name: getattr(self, name) for name in ("checkpoint_minutes", "measure_minutes")}
        times["optimiser.trial_seconds"] = self.optimiser.trial_seconds
        wrong = [name for name, value in times.items() if not 0.0 < value < math.inf]
        if wrong or not all(0.0 < rate < math.inf for rate in self.optimiser.trial_rates):
            raise ConfigError(f"The configuration's {(*wrong, 'optimiser.trial_rates')[0]} must be above 0.")


def load_config(path: str | Path) -> TrainConfig:
    """Read a TOML file; fields that it leaves out keep their defaults."""
    path = Path(path)
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The configuration {path} cannot be read ({error.strerror}); check the path.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"The configuration {path} is not valid TOML ({error}); correct that line.") from error
    if "architecture" in values:
        raise ConfigError("The configuration's architecture belongs into the table [model].")
    model = require_table(values.pop("model", {}), "model")
    architecture = model.pop("architecture", DEFAULT_ARCHITECTURE)
    try:
        method = method_class(architecture)
    except ModelError as error:
        raise ConfigError(f"The configuration's model.architecture is wrong: {error}") from error
    values["architecture"] = architecture
    values["model"] = build(method.model_config, model, "model.")
    values["loss"] = build(method.loss_config, require_table(values.pop("loss", {}), "loss"), "loss.")
    return build(TrainConfig, values)
