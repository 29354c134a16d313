"""Which view's size follows the other one's, and by which of its lengths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..geometry import ViewGeometry
from ..radiograph import Assumption

STATED_SPREAD = 0.02
ASSUMED_SPREAD = 0.1
"""Standard deviation of one view's magnification against the other's, where both state all lengths, and where not."""

LEAST_MAGNIFICATION = 1.02
"""A patient is in front of the detector."""

_LENGTHS = ("sid_mm", "sod_mm", "pixel_spacing_mm")


@dataclass(frozen=True)
class AgreedLengths:
    """Attributes:
    views: frontal and lateral, as given.
    assumed: for each, which of its lengths nobody states.
    """

    views: tuple[ViewGeometry, ViewGeometry]
    assumed: tuple[frozenset, frozenset]

    @property
    def spread(self) -> float:
        """What is believed beforehand about the magnification of one view against the other; see `align`."""
        return ASSUMED_SPREAD if any(self.assumed) else STATED_SPREAD

    @property
    def changed(self) -> str:
        """Which view is made to fit, in words; empty where none is."""
        frontal, lateral = map(bool, self.assumed)
        if frontal and lateral:
            return "each by half of it"
        return "the frontal one" if frontal else "the lateral one" if lateral else ""

    def scaled(self, magnification: float) -> list[dict]:
        """Overrides of `view_geometry` for both views, after which their sizes agree.

        Args:
            magnification: size in the lateral view over that in the frontal one, as they are now.
        """
        frontal, lateral = map(bool, self.assumed)
        # Where both are free, each is as likely wrong as the other.
        share = 0.5 if frontal and lateral else 1.0
        factors = (magnification ** (-share * frontal), magnification ** (share * lateral))
        return [
            _smaller(view, factor, assumed) if assumed else {}
            for view, factor, assumed in zip(self.views, factors, self.assumed, strict=True)
        ]


def agreed_lengths(
    views: tuple[ViewGeometry, ViewGeometry], assumptions: Sequence[Sequence[Assumption]]
) -> AgreedLengths:
    """What of the lengths of two views may be changed: what had to be assumed."""
    assumed = tuple(frozenset(item.name for item in items if item.name in _LENGTHS) for items in assumptions)
    return AgreedLengths(views, assumed)


def _smaller(view: ViewGeometry, factor: float, assumed: frozenset) -> dict:
    """Overrides that make sizes in the patient smaller by a factor, by a length that was assumed."""
    row, column = view.pixel_spacing_mm
    if "pixel_spacing_mm" in assumed:
        return {"pixel_spacing_mm": (row / factor, column / factor)}
    wanted = view.magnification * factor
    magnification = max(wanted, LEAST_MAGNIFICATION)
    rest = wanted / magnification
    changes = {"sid_mm": view.sid_mm, "sod_mm": view.sid_mm / magnification}
    return changes if rest == 1.0 else {**changes, "pixel_spacing_mm": (row / rest, column / rest)}
