"""The model of the last job, kept for the next one."""

from __future__ import annotations

_kept: list = []


def as_kept(loaded):
    """The model of the last job where it is the same, so that its network, too, is there already.

    Its files are read and checked for each job: they may have changed while the process waited.
    """
    if not _kept or _kept[0].card != loaded.card:
        _kept[:] = [loaded]
    return _kept[0]
