"""The model of the last job, kept for the next one."""

from __future__ import annotations

_kept: list = []


def kept_or_loaded(name):
    """The model of a folder or name, as `Diff2CTCore.models.load_model` loads it; that of the last job where it is the
    same, so that its network, too, is there already.

    Its files are read and checked for each job: they may have changed while the process waited.
    """
    from ..models import load_model

    _kept[:] = [load_model(name, *_kept)]
    return _kept[0]
