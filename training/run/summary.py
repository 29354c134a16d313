"""What a run was, in a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .measure import Measured, as_text

if TYPE_CHECKING:
    from .config import TrainConfig


@dataclass(frozen=True)
class Summary:
    """Attributes:
    steps: that were done.
    minutes: of the run until now.
    training_seconds: of its steps, with what happened between them.
    samples: that the steps saw, by the expected mix of crops and whole volumes.
    flop: of the steps; None where they were not counted.
    measured: the last measurement.
    """

    steps: int
    minutes: float
    training_seconds: float
    samples: float
    flop: float | None
    measured: Measured

    def entries(self) -> dict:
        """For the log."""
        rates = {"samples_per_second": round(self.samples / self.training_seconds, 3)}
        if self.flop is not None:
            rates["tflop_per_second"] = round(self.flop / self.training_seconds / 1e12, 4)
        return {"summary": {"steps": self.steps, "minutes": round(self.minutes, 3), **rates, "measured": self.measured}}

    def __str__(self) -> str:
        values = self.entries()["summary"]
        pace = f"{values['samples_per_second']:.3g} samples/s"
        if self.flop is not None:
            pace += f", {values['tflop_per_second']:.3g} TFLOP/s"
        return f"{self.steps} steps in {self.minutes:.2f} minutes, {pace}" + (
            f"; {as_text(self.measured)}" if self.measured else ""
        )


def samples_per_step(config: TrainConfig) -> float:
    """Expected examples of a step, over all processes."""
    data = config.data
    return config.optimiser.accumulate * (data.whole_share * data.volumes + (1.0 - data.whole_share) * data.crops)
