"""Volumes of the scene as files for the worker."""

from __future__ import annotations

import contextlib
import locale
import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _

from .file_identity import likeness

SAME_PLACE_MM = 1e-3
SLAB_BYTES = 4 * 1024 * 1024

ELEMENT_TYPES = {
    "int8": "MET_CHAR",
    "uint8": "MET_UCHAR",
    "int16": "MET_SHORT",
    "uint16": "MET_USHORT",
    "int32": "MET_INT",
    "uint32": "MET_UINT",
    "float32": "MET_FLOAT",
    "float64": "MET_DOUBLE",
}


def only_file(node) -> Path | None:
    """The file a node was loaded from or saved to, if it is one alone and there; it may have changed since."""
    storage = node.GetStorageNode()
    if storage is None or not storage.GetFileName() or storage.GetNumberOfFileNames() > 1:
        return None
    # The scene's own folder counts for a relative name, not the folder that Slicer was started in.
    path = Path(storage.GetFullNameFromFileName())
    return path if path.is_file() else None


def ijk_to_ras(node) -> np.ndarray:
    """Where a node's voxels lie, 4 x 4, without the transforms it is under."""
    matrix = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(matrix)
    return slicer.util.arrayFromVTKMatrix(matrix)


def refuse_transform(node) -> None:
    """ValueError with a sentence for a node under a transform: the files that are handed on know none."""
    if node.GetParentTransformNode() is not None:
        text = _("“{name}” is under a transform; harden the transform or remove it first.")
        raise ValueError(text.format(name=node.GetName()))


def file_of(node, path: Path) -> Iterator[None]:
    """A file with what a volume shows: its own while it gives the same values and place, else `path`, written.

    Raises ValueError with a sentence for the user when the volume cannot be written as it is.
    """
    refuse_transform(node)
    own = only_file(node)
    if own is not None:
        found = yield from likeness(slicer.util.arrayFromVolume(node), own)
        if found.same_values and np.allclose(found.ijk_to_ras, ijk_to_ras(node), rtol=0.0, atol=SAME_PLACE_MM):
            return own
    yield from write_volume(node, path)
    return path


@contextlib.contextmanager
def numbers_with_a_point() -> Iterator[None]:
    """Readers and writers of images take the decimal sign from the process: Slicer sets it, others may change it."""
    before = locale.setlocale(locale.LC_NUMERIC)
    locale.setlocale(locale.LC_NUMERIC, "C")
    try:
        yield
    finally:
        locale.setlocale(locale.LC_NUMERIC, before)


def write_volume(node, path: Path, voxels: np.ndarray | None = None) -> Iterator[None]:
    """Write a scalar or vector volume as MetaImage, one slab between two yields, so that the window stays alive.

    Args:
        voxels: (slices, rows, columns[, channels]) in the place of the node's own, such as one of its slices.

    Raises ValueError with a sentence for the user when the volume cannot be written as it is.
    """
    array = slicer.util.arrayFromVolume(node) if voxels is None else voxels
    element_type = ELEMENT_TYPES.get(array.dtype.name)
    if element_type is None:
        text = _("“{name}” holds values of type {type}, which cannot be handed on.")
        raise ValueError(text.format(name=node.GetName(), type=array.dtype.name))
    refuse_transform(node)
    slabs = max(1, array.nbytes // SLAB_BYTES)
    with open(path, "wb", opener=_private) as file:
        file.write(_metaimage_header(node, array, element_type).encode("ascii"))
        for slab in np.array_split(array, min(slabs, array.shape[0])):
            file.write(np.ascontiguousarray(slab, dtype=slab.dtype.newbyteorder("<")).tobytes())
            yield


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _metaimage_header(node, array: np.ndarray, element_type: str) -> str:
    ras_to_lps = np.diag([-1.0, -1.0, 1.0, 1.0])
    ijk_to_lps = ras_to_lps @ ijk_to_ras(node)
    spacing = np.linalg.norm(ijk_to_lps[:3, :3], axis=0)
    directions = ijk_to_lps[:3, :3] / spacing
    size = array.shape[2::-1]
    channels = array.shape[3] if array.ndim == 4 else 1
    lines = {
        "ObjectType": "Image",
        "NDims": "3",
        "BinaryData": "True",
        "BinaryDataByteOrderMSB": "False",
        "CompressedData": "False",
        # MetaImage lists the direction of one axis after the other.
        "TransformMatrix": _numbers(directions.T.ravel()),
        "Offset": _numbers(ijk_to_lps[:3, 3]),
        "ElementSpacing": _numbers(spacing),
        "DimSize": " ".join(str(count) for count in size),
        "ElementNumberOfChannels": str(channels),
        "ElementType": element_type,
        "ElementDataFile": "LOCAL",
    }
    return "".join(f"{key} = {value}\n" for key, value in lines.items())


def _numbers(values) -> str:
    return " ".join(repr(float(value)) for value in values)
