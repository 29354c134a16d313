"""Frechet distances in a part of their time, for the tests of commands that mostly wait for them.

Smaller pictures give other features, and fewer draws give limits that are less steady; nothing else changes.
"""

from functools import partial

from training.evaluation import features, goals

SIDE, DRAWS = 64, 4


def quick_frechet(monkeypatch) -> None:
    """In this process; in those that an evaluation starts, distances are what they are."""
    monkeypatch.setattr(features.EfficientNetFeatures, "SIDE", SIDE)
    monkeypatch.setattr(features.EfficientNetFeatures, "replicates", DRAWS)
    monkeypatch.setattr(goals, "frechet_ratio", partial(goals.frechet_ratio, replicates=DRAWS))
