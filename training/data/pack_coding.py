"""Lossless coding of a volume of levels, with NumPy and LZMA alone.

The volume is refined from every 32nd voxel to every voxel. In each refinement the voxels between those known follow in
seven groups, one for each corner of a 2 x 2 x 2 block; each voxel is predicted from the pairs of opposite neighbours
that are known by then, with weights fitted to the volume. What the prediction misses is sorted by how much the
neighbours differ among themselves, so that LZMA meets quiet and noisy places apart and air costs next to nothing.
Whole groups are computed at once, in integers, so every machine decodes the same.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from itertools import product

import numpy as np

from .pack_levels import COUNT

_CORNERS = ((1, 0, 0), (0, 1, 0), (1, 1, 0), (0, 0, 1), (1, 0, 1), (0, 1, 1), (1, 1, 1))
_OFFSETS = sorted((o for o in product((-1, 0, 1), repeat=3) if o > (0, 0, 0)), key=lambda o: sum(map(abs, o)))
_MOST_REFINEMENTS = 5

_ONE = 32
"""Weights are whole multiples of 1 / `_ONE`."""

_WEIGHTS = len(_OFFSETS) - 1
_FITTED_VOXELS = 30_000

_SLAB_VOXELS = 1 << 15
"""Predicted at a time, so that what is added up stays in the processor's cache."""

_ACTIVITY = np.array([0, 32, 48, 64, 90, 128, 181, 256, 362, 512, 724, 1024, 1448, 2048])
"""Upper ends of the classes: 64 times the mean difference of opposite neighbours, in levels."""

_CLASSES = len(_ACTIVITY) + 1
_ESCAPE = 255

# Noise has no repeats worth a search: the shallowest one compresses best here, and twenty times as fast.
_FILTERS = [
    {
        "id": lzma.FILTER_LZMA2,
        "preset": 6,
        "lc": 4,
        "lp": 0,
        "pb": 0,
        "mode": lzma.MODE_NORMAL,
        "mf": lzma.MF_BT2,
        "depth": 1,
        "nice_len": 273,
        "dict_size": 1 << 22,
    }
]


def encode_levels(levels: np.ndarray) -> bytes:
    """The bytes of an int16 volume (S, P, L) of levels from 0 to `COUNT` - 1; the same volume gives the same bytes."""
    steps = _refinements(levels.shape)
    weights = np.zeros((steps, len(_CORNERS), _WEIGHTS), np.int8)
    classes: list[list[np.ndarray]] = [[] for _ in range(_CLASSES)]
    escapes = []
    for step in range(steps):
        padded = np.pad(levels[(slice(None, None, 2 ** (steps - 1 - step)),) * 3], 1, mode="reflect")
        for group, (corner, pairs) in enumerate(_groups(padded)):
            target = _shifted(padded, corner, (0, 0, 0))
            weights[step, group, : len(pairs) - 1] = _fit(target, pairs)
            prediction, activity = _predict(pairs, weights[step, group])
            missed = target - prediction
            code = np.where(missed >= 0, 2 * missed, -2 * missed - 1).ravel()
            escapes.append(code[code >= _ESCAPE])
            order, counts = _by_class(activity)
            parts = np.split(np.minimum(code, _ESCAPE).astype(np.uint8)[order], np.cumsum(counts)[:-1])
            for members, part in zip(classes, parts, strict=True):
                members.append(part)
    sizes = np.array([sum(map(len, members)) for members in classes], "<u4")
    base = levels[(slice(None, None, 2**steps),) * 3].astype("<u2")
    codes = [part for members in classes for part in members]
    long = [part.astype("<u2") for part in escapes]
    plain = b"".join(part.tobytes() for part in (weights, sizes, base, *codes, *long))
    return lzma.compress(plain, format=lzma.FORMAT_RAW, filters=_FILTERS)


def decode_levels(data: bytes, shape: tuple[int, int, int]) -> np.ndarray:
    """Inverse of `encode_levels`.

    Raises:
        ValueError, lzma.LZMAError: the bytes are not a volume of that shape.
    """
    steps = _refinements(shape)
    # What the longest volume of this shape can take; bytes that claim more are none.
    most = 3 * int(np.prod(shape)) + 1024 * (steps + 1)
    unpacked = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=_FILTERS).decompress(data, most)
    plain = _Reader(np.frombuffer(unpacked, np.uint8))
    weights = plain.take(steps * len(_CORNERS) * _WEIGHTS, "i1").reshape(steps, len(_CORNERS), _WEIGHTS)
    sizes = plain.take(_CLASSES, "<u4")
    known_shape = _strided(shape, 2**steps)
    known = plain.take(int(np.prod(known_shape)), "<u2").reshape(known_shape).astype(np.int16)
    classes = [_Reader(plain.take(int(size))) for size in sizes]
    for step in range(steps):
        finer = np.zeros(_strided(shape, 2 ** (steps - 1 - step)), np.int16)
        finer[::2, ::2, ::2] = known
        padded = np.pad(finer, 1, mode="reflect")
        for group, (corner, pairs) in enumerate(_groups(padded)):
            prediction, activity = _predict(pairs, weights[step, group])
            order, counts = _by_class(activity)
            code = np.empty(prediction.size, np.int16)
            code[order] = np.concatenate(
                [reader.take(int(count)) for reader, count in zip(classes, counts, strict=True)]
            )
            long = np.flatnonzero(code == _ESCAPE)
            code[long] = plain.take(len(long), "<u2")
            missed = (code >> 1) ^ -(code & 1)
            _shifted(padded, corner, (0, 0, 0))[...] = prediction + missed.reshape(prediction.shape)
            _reflect(padded)
        known = padded[1:-1, 1:-1, 1:-1]
    if known.min() < 0 or known.max() >= COUNT:
        raise ValueError("levels beyond the range")
    return known


class _Reader:
    """Arrays one after the other out of bytes (uint8)."""

    def __init__(self, data: np.ndarray):
        self._data, self._at = data, 0

    def take(self, count: int, dtype: str = "u1") -> np.ndarray:
        """The next `count` values; ValueError when there are fewer."""
        end = self._at + count * np.dtype(dtype).itemsize
        if end > len(self._data):
            raise ValueError("too few bytes")
        values = self._data[self._at : end].view(dtype)
        self._at = end
        return values


def _strided(shape: tuple[int, ...], stride: int) -> tuple[int, ...]:
    return tuple(-(-size // stride) for size in shape)


def _refinements(shape: tuple[int, ...]) -> int:
    """How often the volume is refined: each time every axis must hold two voxels, since borders are reflected."""
    return min(_MOST_REFINEMENTS, (min(shape) - 1).bit_length())


def _groups(padded: np.ndarray) -> Iterator[tuple[tuple[int, int, int], list[tuple[np.ndarray, np.ndarray]]]]:
    """Each group's corner with its pairs of known neighbours, the nearest first, as views of the padded volume."""
    known = {(0, 0, 0)}
    for corner in _CORNERS:
        # Borders are reflected at voxel centres, which keeps the corner that a neighbour belongs to.
        offsets = [o for o in _OFFSETS if tuple((c + d) % 2 for c, d in zip(corner, o, strict=True)) in known]
        yield corner, [(_shifted(padded, corner, o), _shifted(padded, corner, tuple(-d for d in o))) for o in offsets]
        known.add(corner)


def _shifted(padded: np.ndarray, corner, offset) -> np.ndarray:
    """View of the neighbours at `offset` of the voxels of a group."""
    starts = [1 + c + d for c, d in zip(corner, offset, strict=True)]
    counts = [(size - 2 - c + 1) // 2 for size, c in zip(padded.shape, corner, strict=True)]
    return padded[tuple(slice(start, start + 2 * count - 1, 2) for start, count in zip(starts, counts, strict=True))]


def _reflect(padded: np.ndarray) -> None:
    for axis in range(3):
        faces = np.moveaxis(padded, axis, 0)
        faces[0], faces[-1] = faces[2], faces[-3]


def _predict(pairs, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Predicted levels of a group, and its classes of activity (uint8)."""
    shape = pairs[0][0].shape
    prediction, activity = np.empty(shape, np.int16), np.empty(shape, np.uint8)
    classes = np.searchsorted(_ACTIVITY * len(pairs), 64 * np.arange(len(pairs) * COUNT)).astype(np.uint8)
    thickness = max(1, _SLAB_VOXELS // max(1, shape[1] * shape[2]))
    for first in range(0, shape[0], thickness):
        slab = slice(first, first + thickness)
        nearest = pairs[0][0][slab] + pairs[0][1][slab]
        total = _ONE * nearest + _ONE
        spread = np.abs(pairs[0][0][slab] - pairs[0][1][slab])
        for weight, (one, other) in zip(weights, pairs[1:], strict=False):
            # Beside metal the sum may wrap around; it does so alike in both directions, and only predicts badly.
            total += np.int16(weight) * (one[slab] + other[slab] - nearest)
            spread += np.abs(one[slab] - other[slab])
        prediction[slab] = np.clip(total >> 6, 0, COUNT - 1)
        activity[slab] = classes[spread]
    return prediction, activity


def _fit(target: np.ndarray, pairs) -> np.ndarray:
    """Weights of all pairs but the nearest, by least squares over some voxels whose neighbours differ."""
    spread = sum(np.abs(one - other) for one, other in pairs).ravel()
    chosen = np.flatnonzero(spread)
    chosen = chosen[:: max(1, len(chosen) // _FITTED_VOXELS)]
    sums = [(one + other).ravel()[chosen].astype(float) for one, other in pairs]
    differences = np.array([item - sums[0] for item in sums[1:]]).reshape(len(pairs) - 1, len(chosen))
    wanted = 2.0 * target.ravel()[chosen] - sums[0]
    # Whole numbers, whose sums do not depend on their order; the noise grows with the spread.
    certainty = 4096 // (1 + spread[chosen].astype(np.int64) // len(pairs)) ** 2
    normal = (differences * certainty) @ differences.T + 64.0 * np.eye(len(differences))
    fitted = np.linalg.solve(normal, (differences * certainty) @ wanted)
    return np.clip(np.rint(_ONE * fitted), -128, 127).astype(np.int8)


def _by_class(activity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The order that sorts a group by class and leaves each class in place, and the size of each class."""
    flat = activity.ravel()
    return np.argsort(flat, kind="stable"), np.bincount(flat, minlength=_CLASSES)
