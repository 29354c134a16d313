"""Frechet distances whose intervals come from few draws: more of them make the limits steadier, and nothing else."""

from functools import partial

from training.evaluation import features, goals

DRAWS = 4


def few_draws(monkeypatch) -> None:
    """For the tests of commands, which take longest for these."""
    monkeypatch.setattr(features.EfficientNetFeatures, "replicates", DRAWS)
    monkeypatch.setattr(goals, "frechet_ratio", partial(goals.frechet_ratio, replicates=DRAWS))
