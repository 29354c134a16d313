"""NRRD, MetaImage and NIfTI files byte by byte, sound ones and others, without any library that reads them."""

import gzip
import struct
import zlib

import numpy as np

SPACING = (2.0, 2.5, 3.0)
ORIGIN = (-20.0, 15.0, 30.0)
"""LPS mm, of the files that are written without other fields."""

_NRRD_TYPES = {"int16": "short", "uint16": "ushort", "uint8": "uchar", "float32": "float"}
_META_TYPES = {"int16": "MET_SHORT", "uint16": "MET_USHORT", "uint8": "MET_UCHAR", "float32": "MET_FLOAT"}
_NIFTI_TYPES = {"uint8": 2, "int16": 4, "float32": 16, "uint16": 512}


def body(shape=(20, 18, 16)):
    """int16 (S, P, L), a block of fat and muscle with a column of bone in air, no two planes alike."""
    hu = np.full(shape, -1000, np.int16)
    hu[:, 3:-3, 2:-2] = -90
    hu[:, 5:-5, 4:-4] = 40
    hu[:, 8:11, 6:9] = 500
    return hu + np.arange(shape[0], dtype=np.int16)[:, None, None] + np.arange(shape[2], dtype=np.int16)


def nrrd(array, data=None, attached=True, **fields):
    """The bytes of a NRRD file; `fields` take the place of those for `array` ("_" for a space), None leaves one out."""
    x, y, z = SPACING
    header = {
        "type": _NRRD_TYPES[array.dtype.name],
        "dimension": array.ndim,
        "space": "left-posterior-superior",
        "sizes": _words(array.shape[::-1]),
        "space directions": f"({x},0,0) (0,{y},0) (0,0,{z})",
        "kinds": " ".join(["domain"] * array.ndim),
        "endian": "little",
        "encoding": "raw",
        "space origin": f"({','.join(map(str, ORIGIN))})",
    }
    if array.ndim == 2:
        header |= {"space": None, "space directions": None, "space origin": None, "spacings": "0.3 0.2"}
    header |= {key.replace("_", " "): value for key, value in fields.items()}
    content = array.astype(array.dtype.newbyteorder("<")).tobytes() if data is None else data
    if data is None and header["encoding"] in ("gzip", "gz"):
        content = gzip.compress(content)
    lines = ["NRRD0004", *(f"{key}: {value}" for key, value in header.items() if value is not None)]
    return ("\n".join(lines) + "\n\n").encode() + (content if attached else b"")


def meta_image(array, data=None, attached=True, **entries):
    """The bytes of a MetaImage file; see `nrrd`."""
    axes = array.ndim
    header = {
        "ObjectType": "Image",
        "NDims": axes,
        "BinaryData": True,
        "BinaryDataByteOrderMSB": False,
        "CompressedData": False,
        "TransformMatrix": _words(np.eye(axes, dtype=int).ravel()),
        "Offset": _words(ORIGIN[:axes]),
        "ElementSpacing": _words(SPACING if axes == 3 else (0.3, 0.2)),
        "DimSize": _words(array.shape[::-1]),
        "ElementType": _META_TYPES[array.dtype.name],
    }
    header |= entries
    content = array.astype(array.dtype.newbyteorder("<")).tobytes() if data is None else data
    if data is None and header["CompressedData"]:
        content = zlib.compress(content)
    target = header.pop("ElementDataFile", "LOCAL")
    lines = [f"{key} = {value}" for key, value in header.items() if value is not None]
    return ("\n".join([*lines, f"ElementDataFile = {target}"]) + "\n").encode() + (content if attached else b"")


def nifti(array, data=None, **fields):
    """The bytes of a NIfTI-1 file with an sform; `fields` take the place of those for `array`."""
    x, y, z = SPACING if array.ndim == 3 else (0.3, 0.2, 1.0)
    values = {
        "dim": (array.ndim, *array.shape[::-1]),
        "datatype": (_NIFTI_TYPES[array.dtype.name],),
        "bitpix": (8 * array.itemsize,),
        "pixdim": (1.0, x, y, z),
        "vox_offset": (352.0,),
        "scl_slope": (1.0,),
        "scl_inter": (0.0,),
        "xyzt_units": (2,),
        "qform_code": (0,),
        "sform_code": (1,),
        "quatern": (0.0, 0.0, 1.0),
        "qoffset": (-ORIGIN[0], -ORIGIN[1], ORIGIN[2]),
        "srow": (-x, 0.0, 0.0, -ORIGIN[0], 0.0, -y, 0.0, -ORIGIN[1], 0.0, 0.0, z, ORIGIN[2]),
    }
    values |= fields
    places = {
        "dim": (40, "h"),
        "datatype": (70, "h"),
        "bitpix": (72, "h"),
        "pixdim": (76, "f"),
        "vox_offset": (108, "f"),
        "scl_slope": (112, "f"),
        "scl_inter": (116, "f"),
        "xyzt_units": (123, "b"),
        "qform_code": (252, "h"),
        "sform_code": (254, "h"),
        "quatern": (256, "f"),
        "qoffset": (268, "f"),
        "srow": (280, "f"),
    }
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    header[344:348] = b"n+1\0"
    for field, (at, form) in places.items():
        struct.pack_into(f"<{len(values[field])}{form}", header, at, *values[field])
    return bytes(header) + (array.astype(array.dtype.newbyteorder("<")).tobytes() if data is None else data)


def _words(values):
    return " ".join(map(str, values))
