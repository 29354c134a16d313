"""Volumes of the scene as files for the worker."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import slicer
import vtk
from slicer.i18n import tr as _

SLAB_BYTES = 16 * 1024 * 1024

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


def unmodified_file(node) -> Path | None:
    """The file a node was loaded from, when it still says the same as the node."""
    storage = node.GetStorageNode()
    if storage is None or not storage.GetFileName() or storage.GetNumberOfFileNames() > 1:
        return None
    path = Path(storage.GetFileName())
    return path if path.is_file() and not node.GetModifiedSinceRead() else None


def write_volume(node, path: Path) -> Iterator[None]:
    """Write a scalar or vector volume as MetaImage, one slab between two yields, so that the window stays alive.

    Raises ValueError with a sentence for the user when the volume cannot be written as it is.
    """
    array = slicer.util.arrayFromVolume(node)
    element_type = ELEMENT_TYPES.get(array.dtype.name)
    if element_type is None:
        text = _("“{name}” holds values of type {type}, which cannot be handed on.")
        raise ValueError(text.format(name=node.GetName(), type=array.dtype.name))
    if node.GetParentTransformNode() is not None:
        text = _("“{name}” is under a transform; harden the transform or remove it first.")
        raise ValueError(text.format(name=node.GetName()))
    slabs = max(1, array.nbytes // SLAB_BYTES)
    with open(path, "wb", opener=_private) as file:
        file.write(_metaimage_header(node, array, element_type).encode("ascii"))
        for slab in np.array_split(array, min(slabs, array.shape[0])):
            file.write(np.ascontiguousarray(slab, dtype=slab.dtype.newbyteorder("<")).tobytes())
            yield


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _metaimage_header(node, array: np.ndarray, element_type: str) -> str:
    ijk_to_ras = vtk.vtkMatrix4x4()
    node.GetIJKToRASMatrix(ijk_to_ras)
    ras_to_lps = np.diag([-1.0, -1.0, 1.0, 1.0])
    ijk_to_lps = ras_to_lps @ slicer.util.arrayFromVTKMatrix(ijk_to_ras)
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
