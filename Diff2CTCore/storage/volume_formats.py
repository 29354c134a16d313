"""Volumes in NRRD, NIfTI and MetaImage, with NumPy and the standard library alone.

No other program's settings reach these files: numbers have a point whatever the process's language is, the format
follows from the ending alone, and paths are Python's own.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

_LEVEL = 2
"""Of the compression: a volume's noise leaves little to win with more."""

_NRRD_TYPES = {"int16": "short", "float32": "float"}
_META_TYPES = {"int16": "MET_SHORT", "float32": "MET_FLOAT"}
_NIFTI_TYPES = {"int16": 4, "float32": 16}
_NIFTI_HEADER = "<i10s18sihcB8h3f4h8f3fhBB4f2i80s24s2h6f12f16s4s"
_NIFTI_MILLIMETRE = 2
_NIFTI_SCANNER = 1


def volume_parts(
    name: str, array: np.ndarray, spacing_mm: Sequence[float], origin_mm: Sequence[float], metadata: Mapping[str, str]
) -> Iterator[bytes]:
    """The bytes of a volume file in parts.

    Args:
        name: of the file; its ending, .nrrd, .nii.gz, .nii or .mha, says the format.
        array: int16 or float32 (S, P, L), along the axes of the patient.
        spacing_mm: voxel size along (left, posterior, superior).
        origin_mm: of voxel (0, 0, 0), LPS.
        metadata: text entries for the header; each on one line.
    """
    make = next(make for ending, make in _FORMATS.items() if name.endswith(ending))
    return make(array.astype(array.dtype.newbyteorder("<"), order="C", copy=False), spacing_mm, origin_mm, metadata)


def _nrrd(array, spacing_mm, origin_mm, metadata) -> Iterator[bytes]:
    directions = " ".join(_vector(row) for row in np.diag(spacing_mm))
    lines = [
        "NRRD0004",
        f"type: {_NRRD_TYPES[array.dtype.name]}",
        "dimension: 3",
        "space: left-posterior-superior",
        f"sizes: {_sizes(array)}",
        f"space directions: {directions}",
        "kinds: domain domain domain",
        "endian: little",
        "encoding: gzip",
        f"space origin: {_vector(origin_mm)}",
        *(f"{key}:={_one_line(value)}" for key, value in metadata.items()),
    ]
    yield ("\n".join(lines) + "\n\n").encode()
    yield gzip.compress(array, _LEVEL, mtime=0)


def _meta_image(array, spacing_mm, origin_mm, metadata) -> Iterator[bytes]:
    content = zlib.compress(array, _LEVEL)
    entries = {
        "ObjectType": "Image",
        "NDims": 3,
        "BinaryData": True,
        "BinaryDataByteOrderMSB": False,
        "CompressedData": True,
        "CompressedDataSize": len(content),
        "TransformMatrix": "1 0 0 0 1 0 0 0 1",
        "Offset": _numbers(origin_mm, " "),
        "CenterOfRotation": "0 0 0",
        "AnatomicalOrientation": "RAI",
        "ElementSpacing": _numbers(spacing_mm, " "),
        "DimSize": _sizes(array),
        "ElementType": _META_TYPES[array.dtype.name],
        **{key: _one_line(value) for key, value in metadata.items()},
        "ElementDataFile": "LOCAL",
    }
    yield "".join(f"{key} = {value}\n" for key, value in entries.items()).encode()
    yield content


def _nifti(array, spacing_mm, origin_mm, metadata) -> Iterator[bytes]:
    # NIfTI's axes are right, anterior, superior: half a turn about the third.
    affine = np.diag([-spacing_mm[0], -spacing_mm[1], spacing_mm[2], 1.0])
    affine[:3, 3] = -origin_mm[0], -origin_mm[1], origin_mm[2]
    described = "; ".join(f"{key}: {_one_line(value)}" for key, value in metadata.items())
    yield struct.pack(
        _NIFTI_HEADER,
        *(348, b"", b"", 0, 0, b"r", 0),
        *(3, *array.shape[::-1], 1, 1, 1, 1),
        *(0.0, 0.0, 0.0, 0, _NIFTI_TYPES[array.dtype.name], 8 * array.dtype.itemsize, 0),
        *(1.0, *spacing_mm, 1.0, 1.0, 1.0, 1.0),
        *(352.0, 1.0, 0.0, 0, 0, _NIFTI_MILLIMETRE),
        *(0.0, 0.0, 0.0, 0.0, 0, 0),
        *(described.encode("ascii", "replace")[:79], b"", _NIFTI_SCANNER, _NIFTI_SCANNER),
        *(0.0, 0.0, 1.0, *affine[:3, 3]),
        *affine[:3].ravel(),
        *(b"", b"n+1"),
    )
    yield bytes(4)
    yield array.tobytes()


def _zipped_nifti(array, spacing_mm, origin_mm, metadata) -> Iterator[bytes]:
    yield gzip.compress(b"".join(_nifti(array, spacing_mm, origin_mm, metadata)), _LEVEL, mtime=0)


_FORMATS: dict[str, Callable[..., Iterator[bytes]]] = {
    ".nrrd": _nrrd,
    ".nii.gz": _zipped_nifti,
    ".nii": _nifti,
    ".mha": _meta_image,
}


def _sizes(array: np.ndarray) -> str:
    return " ".join(str(count) for count in array.shape[::-1])


def _vector(values) -> str:
    return f"({_numbers(values, ',')})"


def _numbers(values, separator: str) -> str:
    return separator.join(repr(float(value)) for value in values)


def _one_line(value) -> str:
    return " ".join(str(value).splitlines())
