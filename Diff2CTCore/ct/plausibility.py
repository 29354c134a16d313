"""Whether a volume holds Hounsfield units, told by where its air, its soft tissue and its bone lie.

Minimum and maximum tell nothing: a few voxels of padding or of metal give any volume those of a CT.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from ..errors import VolumeError
from .histogram import Histogram

# Shares of voxels. Behind each stands what whole CT of thirty patients and crops of them showed, and what the same
# volumes showed with another scale.
_LEAST_SOFT = 0.4
"""Of what is denser than lung; at least 0.54 in a crop of vertebrae and 0.88 in whole CT."""

_MOST_DENSE = 0.3
"""Of what is denser than lung, from 700 HU; at most 0.085."""

_MOST_METAL = 0.03
"""Of what is denser than lung, from 1500 HU; at most 0.001 without implants, at least 0.06 at HU x 10."""

_MOST_BELOW_AIR = 0.05
_SECOND_PEAK, _PEAK_RATIO = 0.06, 3.0
_LEAST_LIGHT = 1e-4
_LEAST_SPREAD = 0.005
_CLIPPED_LOW, _CLIPPED_HIGH = 0.05, 0.005
_WINDOWS_FROM = (-600.0, -120.0)
_BETWEEN_FAT_AND_MUSCLE = (-70.0, -10.0)
_MOST_AIR_UPSIDE_DOWN, _MOST_LUNG_UPSIDE_DOWN = 0.005, 0.02

_READINGS: tuple[tuple[Callable[[np.ndarray], np.ndarray], str], ...] = (
    (lambda values: values - 1024.0, "perhaps it is HU + 1024, so subtract 1024"),
    (lambda values: values + 1024.0, "perhaps it is HU - 1024, so add 1024"),
    (lambda values: values / 10.0, "perhaps it is HU x 10, so divide by 10"),
    (lambda values: values * 10.0, "perhaps it is HU / 10, so multiply by 10"),
    (lambda values: -values, "perhaps it is inverted, so change its sign"),
    (lambda values: np.where(values > 32767, values - 65536.0, values), "perhaps signed values were read as unsigned"),
)


def check_hounsfield(values: np.ndarray, name: str) -> None:
    """Raise VolumeError unless `values` can be the HU of a body, whatever stands around it and is in it.

    Accepted are padding below air, contrast agents, metal, and crops without any air.

    Args:
        values: (S, P, L) or any other order of axes.
        name: of the volume, for the sentence.
    """
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise VolumeError(f"{name} holds values that are not finite numbers; replace them by -1000 HU.")
    if low == high:
        raise VolumeError(f"{name} holds the same value {low:g} in every voxel; it is no CT.")
    sample = _thinned(values)
    found = _implausible(Histogram(sample))
    if found is None:
        return
    hints = (hint for reading, hint in _READINGS if _implausible(Histogram(reading(sample))) is None)
    raise VolumeError(
        f"{name} holds values from {low:g} to {high:g}, and {found}; that is not a CT in Hounsfield units "
        f"(air -1000, soft tissue -100 to 100, bone above 200): {next(hints, 'convert it first')}."
    )


def _thinned(values: np.ndarray) -> np.ndarray:
    """Some millions of voxels spread over the volume."""
    step = max(1, int(np.ceil((values.size / 4e6) ** (1.0 / values.ndim))))
    return values[(slice(None, None, step),) * values.ndim].astype(np.float32).ravel()


def _implausible(hu: Histogram) -> str | None:
    """What speaks against Hounsfield units, in words; None when nothing does."""
    return next(_complaints(hu), None)


def _complaints(hu: Histogram) -> Iterator[str]:
    tissue = hu.share(-500, None)
    if hu.scattered_below_air > _MOST_BELOW_AIR:
        yield f"{hu.scattered_below_air:.0%} of them lie below air at different values"
    if tissue == 0.0:
        yield "nothing of a body is in it"
    if hu.share(-300, 350) < _LEAST_SOFT * tissue or hu.share(700, None) > _MOST_DENSE * tissue:
        yield f"its soft tissue seems to lie near {hu.tissue_peak():.0f}"
    if hu.share(-500, -300) > hu.share(-300, 350):
        yield f"its soft tissue seems to lie near {hu.fullest(-1100, -300):.0f}"
    if hu.share(1500, None) > _MOST_METAL * tissue:
        yield f"its bone reaches far beyond 1500, {hu.share(1500, None):.0%} of all values"
    if _has_second_peak(hu, tissue):
        yield f"its soft tissue seems to lie near {hu.fullest(850, 1250):.0f}"
    if hu.share(None, -50) < _LEAST_LIGHT:
        yield "it has neither fat nor air"
    if hu.share(100, None) == 0.0:
        yield "it has no bone"
    if 1.0 - hu.share(-110, 110) < _LEAST_SPREAD:
        yield "all of them lie within those of fat and muscle"
    if _is_clipped(hu):
        yield f"many are cut off at {hu.lowest:g} and {hu.highest:g} as by a window for display"
    if _is_upside_down(hu, tissue):
        yield f"its soft tissue seems to lie near {hu.fullest(-300, 350):.0f}, its bone below and its air above"


def _has_second_peak(hu: Histogram, tissue: float) -> bool:
    """A body at + 1024 beside air, which then looks like soft tissue. Bone grows rarer with density instead."""
    peak = hu.share(850, 1250)
    return peak > _SECOND_PEAK * tissue and peak > _PEAK_RATIO * hu.share(350, 750)


def _is_clipped(hu: Histogram) -> bool:
    """A window for display makes one value of all air, lung and perhaps fat, and another of all bone."""
    as_hu = _WINDOWS_FROM[0] < hu.lowest < _WINDOWS_FROM[1] and hu.highest < 700
    as_bytes = (hu.lowest, hu.highest) == (0.0, 255.0)
    return (as_hu or as_bytes) and hu.share_of_lowest > _CLIPPED_LOW and hu.share_of_highest > _CLIPPED_HIGH


def _is_upside_down(hu: Histogram, tissue: float) -> bool:
    """A crop without air around the body whose sign is turned: most of it lies between fat and muscle.

    Then bone makes a tail below, or lung and gas make values of dense bone.
    """
    low, high = _BETWEEN_FAT_AND_MUSCLE
    return (
        low < hu.fullest(-300, 350) < high
        and hu.share(-1100, -900) < _MOST_AIR_UPSIDE_DOWN
        and (hu.share(-600, -200) > 1.5 * hu.share(200, 600) or hu.share(700, None) > _MOST_LUNG_UPSIDE_DOWN * tissue)
    )
