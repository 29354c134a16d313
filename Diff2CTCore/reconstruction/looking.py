"""What two radiographs are taken for, without a reconstruction."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import ModelError
from .kept_model import kept_or_loaded
from .reading_pair import RadiographInput, open_pair, proposal_of


def look_at_pair(inputs: Sequence[RadiographInput], model=None, progress=None):
    """What two radiographs are taken for: a `Diff2CTCore.alignment.Proposal`, which may hold doubts.

    Args:
        inputs: the two files, in either order.
        model: a model's folder or name; the default one if None.
        progress: see `run_job`.

    Raises:
        Diff2CTError: a file cannot be read, the two are no pair, or the model cannot align.
    """
    from ..alignment import alignment_model
    from ..progress import Silent

    progress = progress or Silent()
    sides = open_pair(*inputs, progress)
    loaded = kept_or_loaded(model)
    networks = alignment_model(loaded)
    if networks is None:
        raise ModelError(f"The model {loaded.card.name} cannot align a pair; choose another one.")
    progress("aligning", 0, 1)
    proposal = proposal_of(sides, inputs, networks)
    progress("aligning", 1, 1)
    return proposal
