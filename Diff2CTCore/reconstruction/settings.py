"""How to reconstruct: a user's choices, their ranges and defaults. Free of PyTorch, for the command line's help."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import Diff2CTError

SETTING_RANGES = {"steps": (1, 1000), "samples": (1, 64), "seed": (0, 2**31 - 1)}
"""Smallest and largest whole number of each setting that is one."""

DEFAULT_STEPS = 1
"""Sampling starts near the estimate: six steps instead of one changed the metrics of four cases by less than another
seed did."""

SPREAD_STEPS = 2
"""Evaluations of a volume whose deviation from others tells the uncertainty, where the model's card does not say with
how many it was calibrated; one would give nearly the same volume from any noise. With 2, 3 and 6 the rank correlation
of the spread with the error was 0.26, 0.23 and 0.24 on four cases, and the calibrated interval's half-width 297, 305
and 303 HU, at equal coverage."""


def spread_evaluations(samples: int, steps: int = SPREAD_STEPS) -> int:
    """Network evaluations of the volumes that are drawn besides the reconstruction, each in so many steps."""
    return 0 if samples == 1 else samples * steps


@dataclass(frozen=True)
class Settings:
    """How to reconstruct; whole numbers lie in `SETTING_RANGES`.

    Attributes:
        steps: network evaluations of the reconstruction.
        samples: 1 for the reconstruction alone; more draw so many volumes from pure noise besides, whose standard
            deviation tells the uncertainty. The reconstruction is the same.
        seed: the same seed gives the same volume on the same device.
        consistency: pull the volumes towards the measured radiographs.
        device: "auto", "cpu", "cuda" or "cuda:N".
    """

    steps: int = DEFAULT_STEPS
    samples: int = 1
    seed: int = 0
    consistency: bool = True
    device: str = "auto"

    def __post_init__(self):
        for name, (low, high) in SETTING_RANGES.items():
            if not low <= getattr(self, name) <= high:
                raise Diff2CTError(f"{name} is {getattr(self, name)}; give a number from {low} to {high}.")
