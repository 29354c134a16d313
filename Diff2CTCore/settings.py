"""How to reconstruct: a user's choices, their ranges and defaults. Free of PyTorch, for the command line's help."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import Diff2CTError

MAX_STEPS, MAX_SAMPLES, MAX_SEED = 1000, 64, 2**31 - 1

DEFAULT_STEPS = 6
"""Sampling starts near the estimate, and more steps than these changed no metric on validation cases by 1 %."""


@dataclass(frozen=True)
class Settings:
    """How to reconstruct.

    Attributes:
        steps: network evaluations per volume, 1 to `MAX_STEPS`.
        samples: 1 for the reconstruction alone; more, to `MAX_SAMPLES`, draw so many volumes from pure noise besides,
            whose standard deviation tells the uncertainty. The reconstruction is the same.
        seed: 0 to `MAX_SEED`; the same seed gives the same volume on the same device.
        consistency: pull the volumes towards the measured radiographs.
        device: "auto", "cpu", "cuda" or "cuda:N".
    """

    steps: int = DEFAULT_STEPS
    samples: int = 1
    seed: int = 0
    consistency: bool = True
    device: str = "auto"

    def __post_init__(self):
        for name, low, high in (("steps", 1, MAX_STEPS), ("samples", 1, MAX_SAMPLES), ("seed", 0, MAX_SEED)):
            if not low <= getattr(self, name) <= high:
                raise Diff2CTError(f"{name} is {getattr(self, name)}; give a number from {low} to {high}.")
