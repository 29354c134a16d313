"""An independent reading of MetaImage, NRRD and NIfTI files: strict, small, and without the libraries under test."""

import gzip
import re
import warnings
import zlib
from dataclasses import dataclass

import numpy as np
from spoilt import UnclearError

_META_TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
_NRRD_TYPES = {
    **dict.fromkeys(("signed char", "int8", "int8_t"), "i1"),
    **dict.fromkeys(("uchar", "unsigned char", "uint8", "uint8_t"), "u1"),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), "i2"),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), "u2"),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t"), "i4"),
    **dict.fromkeys(("uint", "unsigned int", "uint32", "uint32_t"), "u4"),
    "float": "f4",
    "double": "f8",
}
_LPS = {
    "left-posterior-superior": (1, 1, 1),
    "right-anterior-superior": (-1, -1, 1),
    "left-anterior-superior": (1, -1, 1),
}
_LPS |= {"lps": (1, 1, 1), "ras": (-1, -1, 1), "las": (1, -1, 1)}
_META_PLACE = ("TransformMatrix", "Rotation", "Orientation", "Offset", "Position", "Origin")
_UNITS_MM = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}


@dataclass(frozen=True)
class Voxels:
    """What a file says.

    Attributes:
        values: float64, the first axis is the one that changes slowest, as in NumPy.
        axes: (n, n) mm, column i is the step along the i-th axis in the file's order (fastest first), in LPS.
        origin: (n,) mm, of the first voxel.
    """

    values: np.ndarray
    axes: np.ndarray
    origin: np.ndarray


def voxels_of(path, placed: bool = True) -> Voxels:
    """Read by the file's ending; where the image lies is looked at if `placed`. UnclearError says what is wrong."""
    name = path.name.lower()
    try:
        if name.endswith((".mha", ".mhd")):
            return _meta_image(path, placed)
        return _nrrd(path, placed) if name.endswith((".nrrd", ".nhdr")) else _nifti(path)
    except (ValueError, KeyError, IndexError, OverflowError, OSError, EOFError, zlib.error) as error:
        raise UnclearError(f"accepted although an independent reader fails ({error!r})") from None


def _values(data: bytes, kind: str, sizes: list[int]) -> np.ndarray:
    count = int(np.prod(sizes, dtype=object))
    if min(sizes) < 1 or len(data) < count * np.dtype(kind).itemsize:
        raise UnclearError(f"accepted although {sizes} voxels need more than the {len(data)} bytes that are there")
    return np.frombuffer(data, kind, count).reshape(sizes[::-1]).astype(float)


def _numbers(text: str, count: int) -> list[float]:
    found = [float(word) for word in text.split()]
    if len(found) != count or not np.isfinite(found).all():
        raise UnclearError(f"accepted although {text!r} is not {count} numbers")
    return found


def _steps(spacing, axes) -> np.ndarray:
    if min(spacing) <= 0.0:
        raise UnclearError(f"accepted although the spacing is {spacing}")
    return np.array(axes, dtype=float) * spacing


def _meta_image(path, placed: bool) -> Voxels:
    content, place, fields = path.read_bytes(), 0, {}
    while "ElementDataFile" not in fields:
        end = content.find(b"\n", place)
        key, sign, value = content[place:end].decode("latin-1").partition("=")
        if end < 0 or not sign or key.strip() in fields:
            raise UnclearError(f"accepted although the header holds the line {key[:40]!r}")
        fields[key.strip()], place = value.strip(), end + 1
    if not placed:
        fields = {key: value for key, value in fields.items() if key not in _META_PLACE}
    count = int(fields["NDims"])
    sizes = [int(word) for word in fields["DimSize"].split()]
    if len(sizes) != count or fields.get("BinaryData", "True") != "True":
        raise UnclearError(f"accepted although DimSize is {sizes} and NDims {count}")
    spacing = next((fields[key] for key in ("ElementSpacing", "ElementSize") if key in fields), None)
    if spacing is None:
        raise UnclearError("accepted although it has no ElementSpacing")
    matrix = next((fields[key] for key in ("TransformMatrix", "Rotation", "Orientation") if key in fields), None)
    origin = next((fields[key] for key in ("Offset", "Position", "Origin") if key in fields), "0 " * count)
    axes = np.eye(count) if matrix is None else np.reshape(_numbers(matrix, count**2), (count, count)).T
    big = [fields.get(key) for key in ("BinaryDataByteOrderMSB", "ElementByteOrderMSB") if key in fields]
    kind = (">" if big[:1] == ["True"] else "<") + _META_TYPES[fields["ElementType"]]
    data = (
        content[place:] if fields["ElementDataFile"] == "LOCAL" else _separate(path, fields["ElementDataFile"], sizes)
    )
    if fields.get("CompressedData", "False") == "True":
        data = zlib.decompress(data)
    return Voxels(_values(data, kind, sizes), _steps(_numbers(spacing, count), axes), np.array(_numbers(origin, count)))


def _separate(path, named: str, sizes: list[int]) -> bytes:
    """The data of a MetaImage header that lie in other files."""
    if named != "LIST":
        return (path.parent / named).read_bytes()
    _, _, listed = path.read_text(encoding="latin-1").partition("ElementDataFile")
    names = listed.splitlines()[1:]
    if len(names) != sizes[-1]:
        raise UnclearError(f"accepted although {len(names)} files are listed for {sizes[-1]} slices")
    parts = [(path.parent / name.strip()).read_bytes() for name in names]
    if len({len(part) for part in parts}) > 1:
        raise UnclearError("accepted although the listed files differ in length")
    return b"".join(parts)


def _nrrd(path, placed: bool) -> Voxels:
    content = path.read_bytes()
    end = re.search(rb"\r?\n\r?\n", content)
    header = content[: end.start()] if end else content
    lines = header.decode("latin-1").splitlines()
    if not lines or not re.fullmatch(r"NRRD000[1-5]", lines[0]):
        raise UnclearError("accepted although it does not begin as NRRD files do")
    fields = {}
    for line in lines[1:]:
        key, sign, value = line.partition(": ")
        if line.startswith("#") or (":=" in line and not sign) or (not placed and line.startswith("space origin")):
            continue
        if not sign or key.lower() in fields:
            raise UnclearError(f"accepted although the header holds the line {line[:40]!r}")
        fields[key.lower()] = value.strip()
    count = int(fields["dimension"])
    sizes = [int(word) for word in fields["sizes"].split()]
    if len(sizes) != count:
        raise UnclearError(f"accepted although dimension is {count} and sizes are {sizes}")
    axes, origin = _nrrd_place(fields, count)
    kind = {"little": "<", "big": ">"}[fields["endian"]] + _NRRD_TYPES[fields["type"].lower()]
    named = fields.get("data file", fields.get("datafile"))
    data = content[end.end() :] if named is None else (path.parent / named).read_bytes()
    if fields["encoding"].lower() in ("gzip", "gz"):
        data = zlib.decompressobj(wbits=31).decompress(data)
    elif fields["encoding"].lower() != "raw":
        raise UnclearError(f"accepted although the encoding is {fields['encoding']!r}")
    return Voxels(_values(data, kind, sizes), axes, origin)


def _nrrd_place(fields: dict, count: int) -> tuple[np.ndarray, np.ndarray]:
    signs = np.array(_LPS[fields["space"].lower()][:count] if "space" in fields else (1,) * count)
    if "space directions" not in fields:
        if "spacings" not in fields:
            raise UnclearError("accepted although it has neither spacings nor space directions")
        return _steps(_numbers(fields["spacings"], count), np.eye(count)), np.zeros(count)
    if "spacings" in fields:
        raise UnclearError("accepted although it has both spacings and space directions")
    vectors = re.findall(r"\(([^()]*)\)", fields["space directions"])
    origin = fields.get("space origin", "(" + ",".join("0" * count) + ")").strip("()")
    steps = np.array([_numbers(vector.replace(",", " "), count) for vector in vectors]).reshape(count, count).T
    return steps * signs[:, None], np.array(_numbers(origin.replace(",", " "), count)) * signs


def _nifti(path) -> Voxels:
    import nibabel

    content = path.read_bytes()
    content = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    nibabel.imageglobals.logger.disabled = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            kind = nibabel.Nifti2Image if content[4:7] == b"n+2" else nibabel.Nifti1Image
            image = kind.from_bytes(content)
            values = np.asarray(image.dataobj, dtype=float)
        except Exception as error:
            raise UnclearError(f"accepted although nibabel fails ({error!r})") from None
    header = image.header
    while values.ndim > 2 and values.shape[-1] == 1:
        values = values[..., 0]
    pixdim = header["pixdim"][1 : values.ndim + 1]
    if not (np.isfinite(pixdim).all() and (pixdim > 0.0).all()):
        raise UnclearError(f"accepted although pixdim is {pixdim}")
    unit = int(header["xyzt_units"]) % 8
    if unit not in _UNITS_MM:
        raise UnclearError(f"accepted although the unit of length is {unit}")
    affine = np.diag((-1.0, -1.0, 1.0, 1.0)) @ image.affine
    axes = affine[: values.ndim, : values.ndim] * _UNITS_MM[unit]
    return Voxels(values.T, axes, affine[: values.ndim, 3] * _UNITS_MM[unit])
