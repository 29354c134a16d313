"""Find a point in the spine of a CT, to put the reconstructed volume there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..errors import VolumeError
from ..geometry import VolumeGrid
from .body import body_mask
from .reading import CT, resample_ct

SPACING_MM = 3.0
SLAB_MM = 105.0
"""About four vertebrae: a column stands out there from a rib, a kidney or a vessel that is dense in one plane."""

LEVEL_MM = 18.0
"""Half a vertebra and its disc: a mean over this height shows bodies and discs alike."""

REACH_MM = 18.0
"""A vertebral body is never farther than this from the middle of the scan."""

PATTERN_SCALES = (0.75, 1.0, 1.25)
"""Sizes of vertebrae, cervical and thoracic to lumbar, as parts of a low thoracic one."""

MIN_AGREEMENT = 0.35
"""Mean agreement along the column below which no spine is taken to be seen; spines reach 0.5 to 0.95."""

MIDLINE_FREE_MM = 45.0
"""A curved spine or a turned patient may lie this far from the body's middle at no cost; arms and hips lie beyond."""


def find_spine_centre(ct: CT) -> np.ndarray:
    """The vertebral body point nearest the middle of the scan's length.

    How: the scan is looked at on a 3 mm grid in a slab of 105 mm about its middle. The patient is the
    largest connected piece of tissue after an opening, which takes away tables, clothes and arms that
    lie apart. Each axial plane, averaged over 18 mm so that ribs blur and discs count like bodies, is
    compared with two patterns at once: a vertebral body (bone with something softer before and beside
    it), and behind it the arch and the spinous process about the dark canal. Density beyond that of
    trabecular bone earns a body nothing, and both patterns must be there, so a vessel full of contrast
    agent, a humerus, a sternum, a kidney or a femoral head does not pass. Agreement is averaged along
    the best way through the slab's planes (at most 45 degrees oblique), and the best column is the
    spine. In it, the plane nearest the middle is taken which cuts the bone of a body and not a disc.

    Args:
        ct: any CT of a trunk or neck of a patient who lies along the scan's superior axis.

    Returns:
        (3,) RAS mm in the scan's frame.

    Raises:
        VolumeError: nothing in the middle of the scan looks like a vertebra.
    """
    middle = ct.middle_ras_mm()
    grid = _slab_grid(ct)
    hu = resample_ct(ct, grid, middle)
    body = body_mask(hu, SPACING_MM)
    if not body.any():
        raise VolumeError("The middle of the CT shows no patient; give the centre point yourself.")
    agreement = vertebra_agreement(np.where(body, hu, -1000.0), body)
    centre_plane = grid.shape[0] // 2
    along = _best_way(agreement, centre_plane) / grid.shape[0]
    row, column = np.unravel_index(along.argmax(), along.shape)
    if along[row, column] < MIN_AGREEMENT:
        raise VolumeError("No spine was found in the middle of the CT; give the centre point yourself.")
    plane = _body_plane(hu, centre_plane, row, column)
    row, column = _peak_near(agreement[plane], row, column)
    return middle + grid.index_to_ras_mm(np.array([plane, row, column]))


def _slab_grid(ct: CT) -> VolumeGrid:
    extent_right, extent_anterior, extent_superior = np.ptp(ct.corners_ras_mm(), axis=0)
    # Odd, so that one plane is the middle.
    planes = 2 * int(min(SLAB_MM, extent_superior) / 2 / SPACING_MM) + 1
    return VolumeGrid(
        (planes, int(np.ceil(extent_anterior / SPACING_MM)), int(np.ceil(extent_right / SPACING_MM))), SPACING_MM
    )


def vertebra_agreement(hu: np.ndarray, body: np.ndarray) -> np.ndarray:
    """How much each voxel looks like the centre of a vertebral body.

    Args:
        hu: (S, P, L) HU on a grid of `SPACING_MM`, air outside the patient.
        body: mask of the patient, same shape.

    Returns:
        Same shape; 0 where nothing speaks for a vertebra, near 1 for a clear one.
    """
    # Soft tissue and gas are 0. Trabecular bone counts in full already: nothing is gained by the density of contrast.
    window = round(LEVEL_MM / SPACING_MM)
    trabecular = _mean_along_planes(np.clip((hu - 50.0) / 100.0, 0.0, 1.0), window)
    cortical = _mean_along_planes(np.clip((hu - 50.0) / 250.0, 0.0, 1.0), window)
    agreement = np.zeros(hu.shape)
    discs, arches = zip(*map(vertebra_patterns, PATTERN_SCALES), strict=True)
    for disc, arch in zip(_correlations(trabecular, discs), _correlations(cortical, arches), strict=True):
        # Both must be there, hence the product: a vessel full of contrast is a disc without an arch.
        agreement = np.maximum(agreement, np.sqrt(disc.clip(min=0.0) * arch.clip(min=0.0)))
    column = np.arange(hu.shape[2])
    midline = np.average(column, weights=body.sum(axis=(0, 1)))
    beyond = np.abs(column - midline) * SPACING_MM - MIDLINE_FREE_MM
    return agreement - np.clip(beyond / MIDLINE_FREE_MM, 0.0, None)


def vertebra_patterns(scale: float) -> tuple[np.ndarray, np.ndarray]:
    """Weights (posterior, left) at `SPACING_MM` about the centre of a vertebral body: the body, and the arch.

    The body is bright with something darker before and beside it; the arch and the spinous process are
    bright about a dark canal. A uniform image scores 0.3 times its value with the first, 0 with the second.
    """
    half = int(np.ceil(55.0 / SPACING_MM))
    axis = np.arange(-half, half + 1) * SPACING_MM / scale
    back, left = np.meshgrid(axis, axis, indexing="ij")

    def ellipse(centre_back, radius_left, radius_back):
        return (left / radius_left) ** 2 + ((back - centre_back) / radius_back) ** 2 <= 1.0

    body = ellipse(0, 20, 15)
    before = ellipse(0, 30, 26) & ~ellipse(0, 23, 18) & (back < 5)
    canal = ellipse(23, 9, 6)
    arch = ellipse(27, 20, 12) & ~ellipse(23, 11, 8) & ~body
    spinous = (np.abs(left) < 5) & (back > 36) & (back < 52)

    def weights(*parts):
        return sum(weight * part / part.sum() for part, weight in parts)

    return weights((body, 1.0), (before, -0.7)), weights((arch, 1.0), (spinous, 0.5), (canal, -1.5))


def _mean_along_planes(values: np.ndarray, window: int) -> np.ndarray:
    padded = np.pad(values, ((window // 2, window - 1 - window // 2), (0, 0), (0, 0)), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, window, axis=0).mean(axis=-1)


def _correlations(planes: np.ndarray, patterns: Sequence[np.ndarray]) -> Iterator[np.ndarray]:
    """Correlation of each axial plane with patterns of one odd size, zero outside the plane."""
    size = patterns[0].shape
    shape = [_fast_length(count + more - 1) for count, more in zip(planes.shape[1:], size, strict=True)]
    spectra = np.fft.rfft2(planes, shape)
    rows, columns = (slice(more // 2, more // 2 + count) for count, more in zip(planes.shape[1:], size, strict=True))
    for pattern in patterns:
        full = np.fft.irfft2(spectra * np.fft.rfft2(pattern[::-1, ::-1], shape), shape)
        yield full[:, rows, columns]


def _fast_length(count: int) -> int:
    """The next number without a prime factor above 5: a Fourier transform takes several times as long for others."""
    rest = count
    for factor in (2, 3, 5):
        while rest % factor == 0:
            rest //= factor
    return count if rest == 1 else _fast_length(count + 1)


def _best_way(agreement: np.ndarray, centre: int) -> np.ndarray:
    """Highest sum of agreement along any way through all planes that passes each pixel of plane `centre`."""
    upwards, downwards = agreement[0], agreement[-1]
    for plane in agreement[1 : centre + 1]:
        upwards = plane + _highest_neighbour(upwards)
    for plane in agreement[-2 : centre - len(agreement) - 1 : -1]:
        downwards = plane + _highest_neighbour(downwards)
    return upwards + downwards - agreement[centre]


def _highest_neighbour(plane: np.ndarray) -> np.ndarray:
    padded = np.pad(plane, 1, mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).max(axis=(-2, -1))


def _body_plane(hu: np.ndarray, centre: int, row: int, column: int) -> int:
    """The plane nearest `centre` that cuts a vertebral body: denser than halfway between disc and body."""
    radius = round(9.0 / SPACING_MM)
    core = hu[:, max(row - radius, 0) : row + radius + 1, max(column - radius, 0) : column + radius + 1]
    reach = round(REACH_MM / SPACING_MM)
    low, high = max(centre - reach, 0), min(centre + reach + 1, len(hu))
    # Clipped at trabecular bone, so that end plates and screws do not outweigh it.
    profile = np.clip(core[low:high], 0.0, 150.0).mean(axis=(1, 2))
    bone = profile >= (profile.min() + profile.max()) / 2.0
    # Within a body both neighbours are bone as well; an end plate beside a disc is not yet inside.
    within = bone & np.append(bone[1:], False) & np.append(False, bone[:-1])
    bodies = low + np.flatnonzero(within if within.any() else bone)
    return int(bodies[np.abs(bodies - centre).argmin()])


def _peak_near(plane: np.ndarray, row: int, column: int) -> tuple[int, int]:
    radius = round(12.0 / SPACING_MM)
    top, left = max(row - radius, 0), max(column - radius, 0)
    part = plane[top : row + radius + 1, left : column + radius + 1]
    peak_row, peak_column = np.unravel_index(part.argmax(), part.shape)
    return top + int(peak_row), left + int(peak_column)
