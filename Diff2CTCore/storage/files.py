"""Write results whole or not at all.

Everything is written beside its destination first and moved into place when it is complete, so a run
that fails or is stopped leaves neither a partial file nor a damaged older one.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from ..errors import OutputError
from ..geometry import VolumeGrid
from .private_folders import private_folder

VOLUME_EXTENSIONS = (".nrrd", ".nii.gz", ".nii", ".mha")

_REASONS = {
    errno.ENOSPC: "there is no space left on the disk; free some or choose another folder",
    errno.EDQUOT: "your disk quota is used up; free some space or choose another folder",
    errno.EACCES: "you have no permission to write there; choose another folder",
    errno.EPERM: "you have no permission to write there; choose another folder",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
}


def check_output_path(path, extensions: tuple[str, ...] = VOLUME_EXTENSIONS) -> Path:
    """Refuse a destination that cannot be written, before any work is done for it.

    Args:
        path: the file to be written; an existing file is allowed and will be replaced.
        extensions: the allowed endings, lower case with the dot.

    Raises:
        OutputError: unknown extension, missing folder, no permission, or the path is a folder.
    """
    path = Path(path)
    if not path.name.lower().endswith(extensions):
        raise OutputError(f"Cannot write {path.name}: its extension is not known; use {', '.join(extensions)}.")
    if path.is_dir():
        raise OutputError(f"Cannot write {path}: it is a folder; give the name of a file.")
    if not path.parent.is_dir():
        raise OutputError(f"Cannot write {path}: the folder {path.parent} does not exist; create it first.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise OutputError(f"Cannot write {path}: {_REASONS[errno.EACCES]}.")
    return path


def check_output_folder(folder) -> Path:
    """Refuse a destination folder that cannot be made or written, before any work is done for it.

    Raises:
        OutputError: it is a file, or no permission.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"Cannot write into {folder}: it is a file; give a folder.")
    existing = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise OutputError(f"Cannot write into {folder}: {_REASONS[errno.EACCES]}.")
    return folder


@contextmanager
def output_errors(path) -> Iterator[None]:
    """Turn what the operating system says about `path` into an `OutputError`."""
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno, f"{error.strerror or error}; choose another place")
        raise OutputError(f"Cannot write {path}: {reason}.") from error


@contextmanager
def replaced_when_complete(path) -> Iterator[Path]:
    """Give a temporary path of the same name; move it to `path` when the block ends without an error.

    Raises:
        OutputError: the folder is missing, full or may not be written.
    """
    path = Path(path)
    with output_errors(path), private_folder(path.parent) as staging:
        staged = staging / path.name
        yield staged
        os.replace(staged, path)


@contextmanager
def folder_when_complete(folder) -> Iterator[Path]:
    """Give a temporary folder; move its files into `folder` (made if missing) when the block ends without an error.

    Files of the same names are replaced; others in `folder` stay.

    Raises:
        OutputError: `folder` is a file, or it cannot be made, is full or may not be written.
    """
    folder = check_output_folder(folder)
    with output_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        # Inside an existing folder the files are on its own disk, so moving them cannot run out of space.
        place = folder if folder.is_dir() else folder.parent
        with private_folder(place) as staging:
            staged = staging / "files"
            staged.mkdir()
            yield staged
            if folder.is_dir():
                for item in staged.iterdir():
                    os.replace(item, folder / item.name)
            else:
                os.replace(staged, folder)


def hu_to_int16(hu: np.ndarray) -> np.ndarray:
    """HU rounded to the nearest whole number, as CT files store them."""
    return np.rint(hu).astype(np.int16)


def volume_image(array: np.ndarray, grid: VolumeGrid, centre_ras_mm=(0.0, 0.0, 0.0)):
    """SimpleITK image (LPS, identity direction) of an array (S, P, L) on `grid` about `centre_ras_mm`."""
    import SimpleITK as sitk

    if array.shape != grid.shape:
        raise ValueError(f"array {array.shape} does not match the grid {grid.shape}")
    image = sitk.GetImageFromArray(np.ascontiguousarray(array))
    image.SetSpacing((grid.spacing_mm,) * 3)
    image.SetOrigin(grid.lps_origin_mm(centre_ras_mm))
    return image


def write_volume(
    path,
    array: np.ndarray,
    grid: VolumeGrid,
    centre_ras_mm=(0.0, 0.0, 0.0),
    metadata: dict[str, str] | None = None,
) -> Path:
    """Write a volume as compressed NRRD, NIfTI or MHA, whole or not at all.

    Args:
        path: ends in .nrrd, .nii.gz, .nii or .mha.
        array: (S, P, L) on `grid`. Integers are stored as int16 (HU, see `hu_to_int16`), floating
            point numbers as float32 (a standard deviation in HU, say).
        grid: voxel counts and spacing.
        centre_ras_mm: where the middle of the grid lies in RAS mm.
        metadata: text entries for the header; NRRD and MHA keep all of them, NIfTI none but "descrip".

    Raises:
        OutputError: unknown extension, missing folder, no permission, no space.
    """
    import SimpleITK as sitk

    path = check_output_path(path)
    stored = array.astype(np.int16 if np.issubdtype(array.dtype, np.integer) else np.float32)
    image = volume_image(stored, grid, centre_ras_mm)
    for key, value in (metadata or {}).items():
        image.SetMetaData(key, str(value))
    # Some writers do not notice a full disk and leave a short file, so the room is checked beforehand.
    if shutil.disk_usage(path.parent).free < stored.nbytes:
        raise OutputError(f"Cannot write {path}: {_REASONS[errno.ENOSPC]}.")
    with replaced_when_complete(path) as staged:
        try:
            sitk.WriteImage(image, str(staged), useCompression=True)
        except RuntimeError as error:
            raise OutputError(f"Cannot write {path}: the disk refuses the data; check its space and state.") from error
    return path


def write_json(path, data) -> Path:
    """Write plain values as indented UTF-8 JSON, whole or not at all.

    Raises:
        OutputError: the extension is not .json, the folder is missing, no permission, no space.
    """
    path = check_output_path(path, (".json",))
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with replaced_when_complete(path) as staged:
        staged.write_text(text, encoding="utf-8")
    return path
