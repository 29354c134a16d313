"""The eight ways in which a picture can lie, and what puts it upright."""

from __future__ import annotations

from functools import lru_cache

import torch

UPRIGHT = 0


def choices(orientation: int) -> tuple[int, str | None]:
    """Clockwise rotation in degrees and mirroring, as `read_radiograph` takes them, that put a picture upright."""
    return orientation % 4 * 90, "horizontal" if orientation >= 4 else None


def laid(picture: torch.Tensor, orientation: int) -> torch.Tensor:
    """An upright picture (..., side, side) as it lies when `orientation` is what puts it upright."""
    flipped = picture.flip(-1) if orientation >= 4 else picture
    return torch.rot90(flipped, orientation % 4, (-2, -1))


@lru_cache
def composed(first: int, then: int) -> int:
    """The one orientation of a picture that was laid by `first` and, as it lies, by `then`."""
    probe = torch.arange(4).view(2, 2)
    both = laid(laid(probe, first), then)
    return next(each for each in range(8) if torch.equal(laid(probe, each), both))


def in_words(orientation: int) -> str:
    """What was wrong with a picture that `orientation` puts upright."""
    turn, mirrored = orientation % 4, orientation >= 4
    if mirrored and turn == 0:
        return "is mirrored"
    if mirrored and turn == 2:
        # Half a turn and a mirroring across are one mirroring of top and bottom.
        return "is mirrored top to bottom"
    words = {0: "", 1: "lies on its side", 2: "is upside down", 3: "lies on its side"}[turn]
    return words + (" and is mirrored" if mirrored else "")
