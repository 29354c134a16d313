"""Reading a radiograph from an image file without radiographic tags: NRRD, MHA, NIfTI, PNG, TIFF."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from ...errors import RadiographError
from ...storage import check_meta_header, hidden_library_messages
from ..image import UNSTATED_INTENSITY, Source
from ..limits import check_size, grey_channel, spacing_pair
from ..sniff import META_IMAGE, NIFTI, NRRD, PNG, TIFF
from .nifti_length import is_whole
from .tiff_tags import read_tiff_tags

_READERS = {
    NRRD: "NrrdImageIO",
    META_IMAGE: "MetaImageIO",
    NIFTI: "NiftiImageIO",
    PNG: "PNGImageIO",
    TIFF: "TIFFImageIO",
}
_HAVE_SPACING = (NRRD, META_IMAGE, NIFTI)
_HEADER_BYTES = 65_536


def read_plain(path: Path, file_format: str, spacing_chosen: bool) -> Source:
    """What an image file of `file_format` says."""
    name = path.name
    if file_format in (NRRD, META_IMAGE):
        _check_text_header(path, file_format)
    # ITK's reader tells NIfTI by the name.
    if file_format == NIFTI and not name.lower().endswith((".nii", ".nii.gz")):
        raise RadiographError(f"{name} is a NIfTI file under another name; let its name end in .nii or .nii.gz.")
    dense_is_high = file_format != TIFF or not _white_is_zero(path)
    image, spacing = _decode(path, file_format)
    pixels = grey_channel(name, image)
    integers = np.issubdtype(pixels.dtype, np.integer)
    values = pixels.astype(np.float32)
    full_scale, levels = _full_scale(pixels) if integers else (_extent(values), 65_535)
    source = Source(values, full_scale, levels, dense_is_high, polarity_source="assumed")
    why = f"A {file_format} file does not say which end of the scale is dense; taken as shown white."
    source.assume("invert", False, why)
    source.assume("intensity", "log", UNSTATED_INTENSITY)
    if file_format in _HAVE_SPACING and not spacing_chosen and spacing != (1.0, 1.0):
        source.pixel_spacing_mm = spacing_pair(spacing, f"The spacing of {name}")
        source.spacing_source = f"{file_format} header"
        source.assume(
            "pixel_spacing_mm",
            source.pixel_spacing_mm,
            f"A {file_format} file does not say where its pixel spacing holds; taken at the detector.",
        )
    return source


def _check_text_header(path: Path, file_format: str):
    """Refuse headers that point to other files, and spacings that ITK would silently turn positive."""
    with path.open("rb") as stream:
        text = stream.read(_HEADER_BYTES)
    if file_format == NRRD:
        header = re.split(rb"\r?\n\r?\n", text, maxsplit=1)[0]
        detached = re.search(rb"^\s*data\s*file\s*:", header, re.IGNORECASE | re.MULTILINE)
        spacing = re.search(rb"^\s*spacings\s*:(.*)$", header, re.IGNORECASE | re.MULTILINE)
    else:
        data = re.search(rb"^\s*ElementDataFile\s*=\s*([^\r\n]*)", text, re.MULTILINE)
        header = text[: data.end()] if data else b""
        detached = data is None or data.group(1).strip().upper() != b"LOCAL"
        spacing = re.search(rb"^\s*Element(?:Spacing|Size)\s*=(.*)$", header, re.MULTILINE)
    if detached:
        raise RadiographError(f"{path.name} keeps its pixels in another file; save it as one file (.nrrd or .mha).")
    in_plane = re.findall(rb"[^\s]+", spacing.group(1))[:2] if spacing else []
    for text_value in in_plane:
        try:
            value = float(text_value)
        except ValueError:
            continue
        if value <= 0.0:
            raise RadiographError(f"The spacing of {path.name} is zero or negative; correct it in the file.")


def _white_is_zero(path: Path) -> bool:
    """Whether low values of a TIFF file are shown white."""
    try:
        tags = read_tiff_tags(path)
    except ValueError:
        raise RadiographError(f"{path.name} is a damaged TIFF file; copy or export it again.") from None
    # ITK reads such files by way of 8-bit colours and gives wrong values.
    if tags.tiled and tags.bits != 8:
        raise RadiographError(f"{path.name} is a tiled TIFF file of more than 8 bits; save it in strips or as PNG.")
    return tags.white_is_zero


def _decode(path: Path, file_format: str) -> tuple[np.ndarray, tuple[float, float]]:
    """Pixels (rows, columns[, channels]) and (row, column) spacing."""
    import SimpleITK as sitk

    reader = sitk.ImageFileReader()
    reader.SetImageIO(_READERS[file_format])
    reader.SetFileName(str(path))
    try:
        with hidden_library_messages():
            if file_format == META_IMAGE:
                check_meta_header(path)
            reader.ReadImageInformation()
            size, channels = reader.GetSize(), reader.GetNumberOfComponents()
            _check_shape(path.name, size, channels, reader.GetPixelID())
            if file_format == NIFTI and not is_whole(path, size[0] * size[1] * channels):
                raise ValueError
            image = reader.Execute()
    except (RuntimeError, MemoryError, ValueError, OverflowError):
        raise RadiographError(
            f"{path.name} is damaged, cut off, or not a valid {file_format} image; copy or export the file again."
        ) from None
    pixels = sitk.GetArrayFromImage(image).reshape(*size[1::-1], *([channels] if channels > 1 else []))
    return pixels, tuple(float(value) for value in image.GetSpacing()[1::-1])


def _check_shape(name: str, size: tuple[int, ...], channels: int, pixel_id: int):
    import SimpleITK as sitk

    if len(size) < 2 or any(count > 1 for count in size[2:]):
        raise RadiographError(f"{name} is a volume or a stack of {' x '.join(map(str, size))}; give one radiograph.")
    check_size(name, size[1], size[0])
    complex_pixels = (sitk.sitkComplexFloat32, sitk.sitkComplexFloat64)
    if channels not in (1, 3, 4) or pixel_id in complex_pixels:
        raise RadiographError(f"{name} does not hold grey pixels; save it as a grey image of 8 to 16 bits.")


def _full_scale(pixels: np.ndarray) -> tuple[tuple[float, float], int]:
    """The range of the pixel type, as far as the image reaches: 12 bits are often kept in 16."""
    lowest, highest = int(pixels.min()), int(pixels.max())
    bits = max(8, highest.bit_length(), (-1 - lowest).bit_length() if lowest < 0 else 0)
    floor = -(1 << bits) if lowest < 0 else 0
    return (float(floor), float((1 << bits) - 1)), (1 << bits) - 1 - floor


def _extent(values: np.ndarray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(min(finite.min(), 0.0)), float(finite.max())) if finite.size else (0.0, 1.0)
