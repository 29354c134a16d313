"""Whether a volume holds Hounsfield units, told by where its air, its soft tissue and its bone lie.

Minimum and maximum tell nothing: a few voxels of padding or of metal give any volume those of a CT.
"""

from __future__ import annotations

import itertools
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

_MOST_METAL = 0.045
"""Of what is denser than lung, from 1500 HU; at most 0.001 without implants, 0.03 in a tight crop of screws and rods,
at least 0.06 at HU x 10."""

_LEAST_BODY = 0.02
_GAS_BELOW, _SOME_GAS = -180.0, 0.05
_LEAST_DEEP_GAS = 0.3
"""Of what is lighter than fat, below -600 HU; at least 0.48 in whole CT and crops, none at HU / 2."""

_AIR_UP_TO, _NARROW, _ALONG_EDGES = -940.0, 45.0, 0.6
"""Air around a body lies at -1011 to -985 HU, within a narrow band."""

_MOST_LIGHTER_THAN_FAT = 0.24
"""Of soft tissue, from -300 to -150 HU; at most 0.06, and 0.19 where a model blurred it; 0.39 in CT at HU - 100."""

_MOST_BETWEEN = 0.25
"""Of soft tissue, between fat and muscle; at most 0.18."""

_MOST_LIKE_WATER = 0.6
"""Of soft tissue, from -30 to 30 HU; at most 0.46."""

_LEAST_FAT, _MOST_ABOVE_MUSCLE = 0.02, 1.5
"""Of soft tissue, and 100 to 200 HU against 0 to 100: both speak against muscle near 50 only together."""

_MOST_BELOW_AIR = 0.05
_SECOND_PEAK, _PEAK_RATIO = 0.06, 3.0
_LEAST_LIGHT = 1e-4
_LEAST_SPREAD = 0.005
_CLIPPED_LOW, _CLIPPED_HIGH = 0.05, 0.0005
_BESIDE_LOW, _BESIDE_HIGH = 0.002, 0.1
"""A cut goes through values that lie close to it; the one value of a drawn body's part stands alone."""

_WINDOWS_FROM = (-600.0, -120.0)
_HARMLESS_FROM = 900.0
_BETWEEN_FAT_AND_MUSCLE = (-70.0, -10.0)
_MOST_AIR_UPSIDE_DOWN, _MOST_LUNG_UPSIDE_DOWN = 0.005, 0.02

_READINGS: tuple[tuple[Callable[[np.ndarray], np.ndarray], str], ...] = (
    (lambda values: values - 1024.0, "perhaps it is HU + 1024, or HU + 1000, so subtract that"),
    (lambda values: values + 1024.0, "perhaps it is HU - 1024, so add 1024"),
    (lambda values: values / 10.0, "perhaps it is HU x 10, so divide by 10"),
    (lambda values: values * 10.0, "perhaps it is HU / 10, so multiply by 10"),
    (lambda values: -values, "perhaps it is inverted, so change its sign"),
    (lambda values: np.where(values > 32767, values - 65536.0, values), "perhaps signed values were read as unsigned"),
)

_SHIFTS = 2
"""The first readings shift the values, and leave a window a window."""


def check_hounsfield(values: np.ndarray, name: str, *, generated: bool = False) -> None:
    """Raise VolumeError unless `values` can be the HU of a body, whatever stands around it and is in it.

    Accepted are padding below air, contrast agents, metal, and crops without any air.

    Args:
        values: (S, P, L) or any other order of axes.
        name: of the volume, for the sentence.
        generated: whether a model made it: then its tissues need not stand apart as a scanner shows them.
    """
    low, high = float(values.min()), float(values.max())
    if not np.isfinite([low, high]).all():
        raise VolumeError(f"{name} holds values that are not finite numbers; replace them by -1000 HU.")
    if low == high:
        raise VolumeError(f"{name} holds the same value {low:g} in every voxel; it is no CT.")
    sample = _thinned(values)
    histogram = Histogram(sample)
    found, readings, otherwise = next(_complaints(histogram), None), _READINGS, "convert it first"
    if found is None and not generated:
        found = next(_complaints_of_a_scan(histogram), None)
    if found is None and not generated:
        found, readings = next(_complaints_of_surroundings(values, sample, histogram), None), ()
        otherwise = "convert it, or set what lies around the body to -1000"
    if found is None:
        return
    if _cut_at(histogram) is not None:
        readings, otherwise = readings[:_SHIFTS], "use it as it was before the window"
    hints = (hint for reading, hint in readings if _is_scan(reading(sample)))
    raise VolumeError(
        f"{name} holds values from {low:g} to {high:g}, and {found}; that is not a CT in Hounsfield units "
        f"(air -1000, soft tissue -100 to 100, bone above 200): {next(hints, otherwise)}."
    )


def _thinned(values: np.ndarray) -> np.ndarray:
    """Some millions of voxels spread over the volume."""
    step = max(1, int(np.ceil((values.size / 4e6) ** (1.0 / values.ndim))))
    return values[(slice(None, None, step),) * values.ndim].astype(np.float32).ravel()


def _is_scan(sample: np.ndarray) -> bool:
    """Whether nothing speaks against a reading; one that is proposed must show air, too, not only be possible."""
    histogram = Histogram(sample)
    complaints = itertools.chain(_complaints(histogram), _complaints_of_a_scan(histogram))
    return histogram.share(None, -900) > _SOME_GAS and next(complaints, None) is None


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
    if (cut := _cut_at(hu)) is not None:
        yield f"many are cut off at {cut:g} as by a window for display"
    if _is_upside_down(hu, tissue):
        yield f"its soft tissue seems to lie near {hu.fullest(-300, 350):.0f}, its bone below and its air above"


def _complaints_of_a_scan(hu: Histogram) -> Iterator[str]:
    """What speaks against a scanner's values, beyond what speaks against any body's."""
    soft, gas = hu.share(-300, 350), hu.share(None, _GAS_BELOW)
    # A drawn body has one value for each tissue, or a slope in place of tissues, and nothing is known of it.
    if soft < _LEAST_BODY or hu.is_drawn:
        return
    if gas > _SOME_GAS and hu.share(None, -600) < _LEAST_DEEP_GAS * gas:
        yield f"its air and lungs seem to lie near {hu.fullest(-1100, _GAS_BELOW):.0f}"
    if hu.share(-300, -150) > _MOST_LIGHTER_THAN_FAT * soft:
        yield "much of its soft tissue is lighter than fat"
    if hu.share(-50, 0) > _MOST_BETWEEN * soft:
        yield "much of its soft tissue is neither as fat nor as muscle"
    if hu.share(-30, 30) > _MOST_LIKE_WATER * soft:
        yield "nearly all of its soft tissue is as water"
    above = hu.share(100, 200) > _MOST_ABOVE_MUSCLE * hu.share(0, 100)
    if above and gas > _SOME_GAS and hu.share(-150, -50) < _LEAST_FAT * soft:
        yield f"its soft tissue seems to lie near {hu.fullest(-300, 350):.0f}"


def _complaints_of_surroundings(values: np.ndarray, sample: np.ndarray, hu: Histogram) -> Iterator[str]:
    """What lies along the edges of the box is air in most scans, and never what only resembles it."""
    edges = np.concatenate([_edges_along(values, axis) for axis in range(values.ndim)])
    around = float(np.median(edges))
    alike = np.mean(np.abs(edges - around) < _NARROW) > _ALONG_EDGES
    if _AIR_UP_TO < around < _GAS_BELOW and alike and not hu.is_drawn:
        yield f"the air around the body seems to lie near {around:.0f}"
    drawn = np.count_nonzero(sample == around) / sample.size
    if _GAS_BELOW <= around <= 0.0 and np.mean(edges == around) > _ALONG_EDGES and drawn > hu.share(None, -900):
        yield f"around the body lies {around:g}, which is not the value of air"


def _edges_along(values: np.ndarray, axis: int) -> np.ndarray:
    lines = np.moveaxis(values, axis, -1)
    return lines[np.ix_(*[(0, -1)] * (values.ndim - 1), range(values.shape[axis]))].ravel()


def _has_second_peak(hu: Histogram, tissue: float) -> bool:
    """A body at + 1024 beside air, which then looks like soft tissue. Bone grows rarer with density instead."""
    peak = hu.share(850, 1250)
    return peak > _SECOND_PEAK * tissue and peak > _PEAK_RATIO * hu.share(350, 750)


def _cut_at(hu: Histogram) -> float | None:
    """A window for display makes one value of all air, lung and perhaps fat, or one of all bone."""
    low, high = hu.share_of_lowest, hu.share_of_highest
    # With both ends of a usual window, whatever was put around the body afterwards.
    usual = _WINDOWS_FROM[0] < hu.lowest < _WINDOWS_FROM[1] and hu.highest < 700.0
    if (usual or (hu.lowest, hu.highest) == (0.0, 255.0)) and low > _CLIPPED_LOW and high > 10.0 * _CLIPPED_HIGH:
        return hu.lowest
    below = hu.share(None, -900) < _LEAST_LIGHT
    if below and hu.lowest > -890.0 and low > _CLIPPED_LOW and hu.share_above_lowest > _BESIDE_LOW * low:
        return hu.lowest
    if hu.is_drawn:
        return None
    # Beyond lie the densest bone and metal, where scanners and archives have their own ceilings.
    if hu.highest < _HARMLESS_FROM and high > _CLIPPED_HIGH and hu.share_below_highest > _BESIDE_HIGH * high:
        return hu.highest
    return None


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
