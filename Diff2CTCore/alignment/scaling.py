"""Which view's size follows the other one's, and by which of its lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..geometry import ViewGeometry
from ..radiograph import Assumption, Scale, ViewScale

if TYPE_CHECKING:
    from .estimate import Alignment

STATED_SPREAD = 0.02
ASSUMED_SPREAD = 0.1
"""Standard deviation of one view's magnification against the other's, where both state all lengths, and where not."""

LEAST_MAGNIFICATION = 1.02
"""A patient is in front of the detector."""


@dataclass(frozen=True)
class AgreedLengths:
    """Attributes:
    views: frontal and lateral, as given.
    relative: whether sizes in each are not known.
    by_spacing: whether that is for want of the pixel spacing.
    """

    views: tuple[ViewGeometry, ViewGeometry]
    relative: tuple[bool, bool]
    by_spacing: tuple[bool, bool]

    @classmethod
    def of(cls, settled: Sequence[tuple[ViewGeometry, list[Assumption]]], scales: Sequence[ViewScale]) -> AgreedLengths:
        """What of the lengths of two views may be changed: what had to be assumed."""
        views = tuple(view for view, _ in settled)
        relative = tuple(bool(scale.missing) for scale in scales)
        assumed = [{item.name for item in items} for _, items in settled]
        return cls(views, relative, tuple("pixel_spacing_mm" in names for names in assumed))

    @property
    def spread(self) -> float:
        """What is believed beforehand about the magnification of one view against the other; see `align`."""
        return ASSUMED_SPREAD if any(self.relative) else STATED_SPREAD

    @property
    def changed(self) -> str:
        """Which view is made to fit, in words; empty where none is."""
        return {
            (True, True): "each by half of it",
            (True, False): "the frontal one",
            (False, True): "the lateral one",
            (False, False): "",
        }[self.relative]

    def scaled(self, magnification: float) -> list[dict]:
        """Overrides of `view_geometry` for both views, after which their sizes agree.

        Args:
            magnification: size in the lateral view over that in the frontal one, as they are now.
        """
        # Where both are free, each is as likely wrong as the other.
        share = 0.5 if all(self.relative) else 1.0
        factors = (magnification**-share, magnification**share)
        return [
            _smaller(view, factor, by_spacing) if relative else {}
            for view, factor, relative, by_spacing in zip(
                self.views, factors, self.relative, self.by_spacing, strict=True
            )
        ]


def aligned_scale(scale: Scale, scales: Sequence[ViewScale], result: Alignment) -> Scale:
    """The scale of a pair once one view was made to fit the other."""
    stated = [side for side, each in zip(("frontal", "lateral"), scales, strict=True) if not each.missing]
    if len(stated) != 1:
        return scale
    error = round(2.0 * result.magnification_error, 4)
    source = next(each.source for each in scales if not each.missing)
    sentence = f"Sizes are those of the {stated[0]} view, by {source}; the other view is scaled to it (+-{error:.1%})."
    return Scale(True, error, sentence)


def _smaller(view: ViewGeometry, factor: float, by_spacing: bool) -> dict:
    """Overrides that make sizes in the patient smaller by a factor, by a length that was assumed."""
    row, column = view.pixel_spacing_mm
    if by_spacing:
        return {"pixel_spacing_mm": (row / factor, column / factor)}
    wanted = view.magnification * factor
    magnification = max(wanted, LEAST_MAGNIFICATION)
    changes = {"sid_mm": view.sid_mm, "sod_mm": view.sid_mm / magnification}
    if wanted < magnification:
        changes["pixel_spacing_mm"] = (row * magnification / wanted, column * magnification / wanted)
    return changes
