"""The learning rate over a run: warm-up, plateau, linear decay to zero, by steps or by the time that has passed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .config import OptimiserConfig


@dataclass(frozen=True)
class Moment:
    """Where in a run a step lies.

    Attributes:
        done: the part of the run that has passed, in [0, 1].
        rate: learning rate relative to the plateau's, in [0, 1].
    """

    done: float
    rate: float


def at_step(settings: OptimiserConfig, step: int, steps: int) -> Moment:
    """The moment of a step (from 0) of a run of `steps`, with `warm_up` in steps."""
    warm = min(1.0, (step + 1) / max(1, settings.warm_up))
    tail = settings.decay_share * steps
    return Moment(min(1.0, step / steps), warm * min(1.0, max(0.0, (steps - step) / max(1.0, tail))))


def at_share(settings: OptimiserConfig, done: float) -> Moment:
    """The moment when the part `done` of a run by the clock has passed, with `warm_up_share`."""
    warm = min(1.0, done / settings.warm_up_share) if settings.warm_up_share > 0.0 else 1.0
    decay = min(1.0, (1.0 - done) / settings.decay_share) if settings.decay_share > 0.0 else 1.0
    return Moment(done, warm * decay)
