"""Some learning rates, each tried for some seconds from the same weights on the same data."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

import torch

from .phase_run import NotFiniteError
from .schedule import Moment

if TYPE_CHECKING:
    from .trainer import Trainer

WARM_UP_SHARE = 0.25
"""First part of a trial in which the rate rises."""

LEAST_STEPS = 5
"""Fewer say nothing of a rate."""

JUDGED_SHARE = 0.3
"""Last part of a trial's steps whose mean loss counts."""


def try_rates(trainer: Trainer, now=time.monotonic) -> dict[float, float]:
    """Try `optimiser.trial_rates`; the trainer goes on from the best one's state, at its rate.

    Args:
        trainer: at the beginning of a run.
        now: the clock, in seconds.

    Returns:
        Rate to its loss, weighted as in training; infinite where it did not stay finite. Empty when the first trial had
        fewer than `LEAST_STEPS`: then the trainer goes on from where it was at its own rate.

    Raises:
        NotFiniteError: none did.
    """
    begin, own = trainer.checkpoint().copy(), trainer.config.optimiser.learning_rate
    found: dict[float, float] = {}
    best = None
    if trainer.device.type == "cuda":
        # A GPU chooses its kernels in the first step, for which the first trial has no time.
        trainer.train_step(Moment(0.0, 0.0))
    for rate in trainer.config.optimiser.trial_rates:
        trainer.restore(begin.copy())
        trainer.use_learning_rate(rate)
        try:
            found[rate] = _tried(trainer, trainer.config.optimiser.trial_seconds, now)
            if trainer.step - begin.state["step"] < LEAST_STEPS:
                trainer.restore(begin)
                trainer.use_learning_rate(own)
                return {}
            if found[rate] < min((loss for other, loss in found.items() if other != rate), default=math.inf):
                best = rate, trainer.checkpoint().copy()
        except NotFiniteError:
            found[rate] = math.inf
    if best is None:
        raise NotFiniteError("No rate in optimiser.trial_rates kept the loss finite; give lower ones.")
    trainer.restore(best[1])
    trainer.use_learning_rate(best[0])
    return found


def _tried(trainer: Trainer, seconds: float, now) -> float:
    """The mean loss at the end of a trial."""
    began, share, losses = now(), 0.0, []
    # The processes of a run count the same time, for they do the same steps.
    while share < 1.0:
        values = trainer.train_step(Moment(0.0, min(1.0, (share + 0.01) / WARM_UP_SHARE)))
        losses.append(sum(getattr(trainer.config.loss, name) * value for name, value in values.items()))
        if len(losses) > 1:
            float(losses[-2])  # waits for the step before, so that the device is at most one step behind
        share = trainer.processes.mean_number((now() - began) / seconds)
    trainer.require_finite()
    loss = float(torch.stack(losses[-math.ceil(JUDGED_SHARE * len(losses)) :]).mean())
    return loss if math.isfinite(loss) else math.inf
