"""The pixels of the slices of a series, in HU."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, pairwise

import numpy as np

from ..dicom_files import quiet_pydicom, read_frame
from ..errors import ImageFileError
from .rescale import Rescale, to_hu
from .series_geometry import SAME_PLACE_MM
from .slices import Slice


def read_volume(slices: list[Slice]) -> np.ndarray:
    """(slices, rows, columns) HU: int16, int32 where that is too narrow, float32 where a rescale is no whole number.

    Raises:
        ImageFileError: a slice's pixels are damaged, or contradict its header.
    """
    whole = all((item.rescale or Rescale()).whole for item in slices)
    volume = None
    for index, hu in enumerate(_planes(slices)):
        if volume is None:
            # Only now, since a header that claims too much is found when its pixels are read.
            volume = np.empty((len(slices), *hu.shape), np.int16 if whole else np.float32)
        if volume.dtype == np.int16 and not _fits_int16(hu):
            volume = volume.astype(np.int32)
        volume[index] = hu
    return volume


def without_copies(slices: list[Slice]) -> list[Slice]:
    """The slices, sorted by height, without those that show the same in the same place as the one before."""
    copies = set()
    for before, after in pairwise(slices):
        # Whether a slice is compressed or not, it is the same.
        if _same_place(before, after) and np.array_equal(*_planes([before, after])):
            copies.add(id(after))
    return [item for item in slices if id(item) not in copies]


def _same_place(one: Slice, other: Slice) -> bool:
    near = all(np.abs(getattr(one, what) - getattr(other, what)).max() < SAME_PLACE_MM for what in ("origin", "axes"))
    return near and one.spacing == other.spacing


def _planes(slices: list[Slice]) -> Iterator[np.ndarray]:
    """HU of each slice; a file is opened once for all its frames that follow one another."""
    for path, frames in groupby(slices, key=lambda item: item.path):
        with quiet_pydicom(), _opened(path) as stream:
            for item in frames:
                stream.seek(item.pixels_at)
                stored = read_frame(path.name, stream, item.layout, item.frame)
                yield to_hu(stored, item.rescale or Rescale(), item.padding)


def _opened(path):
    try:
        return path.open("rb")
    except OSError as error:
        raise ImageFileError(f"{path.name} cannot be opened ({error.strerror}); copy the series again.") from None


def _fits_int16(hu: np.ndarray) -> bool:
    kind = np.iinfo(np.int16)
    return kind.min <= hu.min() and hu.max() <= kind.max
