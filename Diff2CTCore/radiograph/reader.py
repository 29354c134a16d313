"""The one entry: a file becomes a `Radiograph`."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from ..errors import ImageFileError, RadiographError
from .image import CHOSEN, Radiograph, Source
from .limits import check_values, spacing_pair
from .opened import OpenedRadiograph
from .sniff import DICOM, sniff

INTENSITIES = (None, "linear", "log")


def read_radiograph(
    path: str | os.PathLike,
    *,
    frame: int | None = None,
    invert: bool | None = None,
    view: str | None = None,
    pixel_spacing_mm: float | tuple[float, float] | None = None,
    rotate: int = 0,
    flip: str | None = None,
    intensity: str | None = None,
    collimator: str = "auto",
) -> Radiograph:
    """Read one radiograph from DICOM (CR, DX, XA, RF, SC), NRRD, MHA, NIfTI, PNG or TIFF.

    The format is told from the content. What the file states is used, what the user chooses wins, and
    what neither states is listed in the radiograph's `assumptions`.

    Args:
        frame: number of the frame of a multi-frame DICOM file, counted from 1.
        invert: True turns the polarity found in (or assumed for) the file round; False confirms it.
        view: "AP", "PA", "LL" or "RL", instead of the file's.
        pixel_spacing_mm: (row, column) pitch on the detector as the file stores its pixels, or one
            number for both, instead of the file's.
        rotate: clockwise rotation by 0, 90, 180 or 270 degrees, after the file's own orientation.
        flip: "horizontal" (columns reversed) or "vertical" (rows reversed), after `rotate`.
        intensity: "linear" when the values are proportional to the detected intensity, "log" when to
            its logarithm, instead of what the file says. Files that are silent count as "log".
        collimator: "auto" masks the shadow of a collimator that is found in the picture where the file states no
            shutter, no collimator and no padding; "off" looks for none.

    Raises:
        RadiographError: the file cannot be read, is no radiograph, or a choice does not exist.
    """
    opened = open_radiograph(path, frame=frame, pixel_spacing_mm=pixel_spacing_mm, intensity=intensity)
    return opened.settled(invert=invert, view=view, rotate=rotate, flip=flip, collimator=collimator)


def open_radiograph(
    path: str | os.PathLike,
    *,
    frame: int | None = None,
    pixel_spacing_mm: float | tuple[float, float] | None = None,
    intensity: str | None = None,
) -> OpenedRadiograph:
    """A radiograph whose view, orientation and polarity are still to be chosen; see `read_radiograph`."""
    path = Path(path)
    if intensity not in INTENSITIES:
        raise RadiographError(f"The intensity {intensity!r} is not known; use 'linear' or 'log'.")
    chosen = None if pixel_spacing_mm is None else spacing_pair(pixel_spacing_mm, "The chosen pixel spacing")
    source, file_format, digest = _read_source(path, frame, chosen is not None)
    check_values(path.name, source.values, source.mask)
    if chosen:
        source.pixel_spacing_mm, source.object_spacing_mm, source.spacing_source = chosen, None, CHOSEN
        source.drop_assumption("pixel_spacing_mm")
    if intensity is not None:
        source.linear_intensity = intensity == "linear"
        source.drop_assumption("intensity")
    return OpenedRadiograph(path, source, file_format, digest)


def _read_source(path: Path, frame: int | None, spacing_chosen: bool) -> tuple[Source, str, str]:
    file_format = sniff(path)
    try:
        if file_format == DICOM:
            from .dicom import read_dicom

            source = read_dicom(path, frame, spacing_chosen)
        else:
            from .pictures import read_plain

            if frame not in (None, 1):
                raise RadiographError(f"{path.name} has no frame {frame}; only DICOM files have several frames.")
            source = read_plain(path, file_format, spacing_chosen)
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256") if hasattr(hashlib, "file_digest") else _digest(stream)
    except ImageFileError as error:
        raise RadiographError(str(error)) from error
    except OSError as error:
        raise RadiographError(f"The file {path.name} cannot be read ({error.strerror}); check it.") from None
    return source, file_format, digest.hexdigest()


def _digest(stream):
    """What `hashlib.file_digest` does, for Python 3.10."""
    digest = hashlib.sha256()
    while block := stream.read(1 << 20):
        digest.update(block)
    return digest
