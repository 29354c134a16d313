"""Reading a radiograph from an image file without radiographic tags: NRRD, MHA, NIfTI, PNG, TIFF."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ...errors import RadiographError
from ...image_files import open_image
from ..image import UNSTATED_INTENSITY, Source
from ..limits import check_size, grey_channel, single_precision, spacing_pair
from ..sniff import PNG, TIFF
from .full_scale import full_scale
from .picture import Picture
from .png import read_png
from .tiff import read_tiff

_PICTURES = {PNG: read_png, TIFF: read_tiff}


def read_plain(path: Path, file_format: str, spacing_chosen: bool) -> Source:
    """What an image file of `file_format` says."""
    name = path.name
    if file_format in _PICTURES:
        picture, spacing = _PICTURES[file_format](path), None
        if not picture.square and not spacing_chosen:
            raise RadiographError(f"{name} has pixels that are not square but no pixel spacing; give it yourself.")
    else:
        stored, spacing = _read_medical(path, spacing_chosen)
        picture = Picture(stored)
    pixels = grey_channel(name, picture.pixels)
    source = Source(
        single_precision(name, pixels), *full_scale(pixels), picture.dense_is_high, polarity_source="assumed"
    )
    source.orienter = picture.orienter
    why = f"A {file_format} file does not say which end of the scale is dense; taken as shown white."
    source.assume("invert", False, why)
    source.assume("intensity", "log", UNSTATED_INTENSITY)
    if spacing == (1.0, 1.0):
        why = "The file's spacing is 1 x 1 mm, as programs write that know none; the long side is taken as 430 mm."
        source.assume("pixel_spacing_mm", None, why)
    elif spacing is not None:
        source.pixel_spacing_mm = spacing_pair(spacing, f"The spacing of {name}")
        source.spacing_source = f"{file_format} header"
        source.assume(
            "pixel_spacing_mm",
            source.pixel_spacing_mm,
            f"A {file_format} file does not say where its pixel spacing holds; taken at the detector.",
        )
    return source


def _read_medical(path: Path, spacing_chosen: bool) -> tuple[np.ndarray, tuple[float, float] | None]:
    """Pixels (rows, columns[, channels]) and (row, column) spacing; None where it is not stated or not asked for."""
    header = open_image(path, may_be_detached=False)
    sizes, channels = header.layout.sizes, header.layout.channels
    if len(sizes) != 2:
        raise RadiographError(
            f"{path.name} is a volume or a stack of {' x '.join(map(str, sizes))}; give one radiograph."
        )
    check_size(path.name, sizes[1], sizes[0])
    if channels not in (1, 3, 4):
        raise RadiographError(f"{path.name} does not hold grey pixels; save it as a grey image of 8 to 16 bits.")
    # What the user chose takes the place of whatever the file says, also of what cannot be read.
    spacing = None if spacing_chosen else header.spacing_mm()
    return header.values(), None if spacing is None else (spacing[1], spacing[0])
