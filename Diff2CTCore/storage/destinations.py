"""Whether a file or a folder can be written, asked before any work is done for it."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import OutputError

VOLUME_EXTENSIONS = (".nrrd", ".nii.gz", ".nii", ".mha")

_REASONS = {
    errno.ENOSPC: "there is no space left on the disk; free some or choose another folder",
    errno.EDQUOT: "your disk quota is used up; free some space or choose another folder",
    errno.EACCES: "you have no permission to write there; choose another folder",
    errno.EPERM: "you have no permission to write there; choose another folder",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.ENAMETOOLONG: "the name is too long; choose a shorter one",
    errno.ELOOP: "its links point at each other; choose another folder",
}

_STAGED = Path("s" * 60, "f" * 20)
"""As long as the path of a file on its way, from the folder that it is meant for."""


def check_output_path(path, extensions: tuple[str, ...] = VOLUME_EXTENSIONS) -> Path:
    """Refuse a destination that cannot be written, before any work is done for it.

    Args:
        path: the file to be written; an existing file is allowed and will be replaced.
        extensions: the allowed endings, lower case with the dot; the path may spell them in capitals.

    Raises:
        OutputError: unknown extension, missing folder, no permission, a name that the system cannot hold, or the
            path is a folder.
    """
    path = Path(path)
    if not path.name.lower().endswith(extensions):
        raise OutputError(f"Cannot write {path.name}: its extension is not known; use {', '.join(extensions)}.")
    _check_name(path)
    if path.is_dir():
        raise OutputError(f"Cannot write {path}: it is a folder; give the name of a file.")
    if not path.parent.is_dir():
        raise OutputError(f"Cannot write {path}: the folder {path.parent} does not exist; create it first.")
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise OutputError(f"Cannot write {path}: {_REASONS[errno.EACCES]}.")
    _check_name(path.parent / _STAGED)
    return path


def check_output_folder(folder) -> Path:
    """Refuse a destination folder that cannot be made or written, before any work is done for it.

    Raises:
        OutputError: it is a file, a name that the system cannot hold, or no permission.
    """
    folder = Path(folder)
    _check_name(folder / _STAGED)
    if folder.exists() and not folder.is_dir():
        raise OutputError(f"Cannot write into {folder}: it is a file; give a folder.")
    existing = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise OutputError(f"Cannot write into {folder}: {_REASONS[errno.EACCES]}.")
    return folder


def same_file(path: Path, other: Path) -> bool:
    """Whether two paths are one file, or would be: names need not look alike (links, disks without capital letters)."""
    return path.resolve() == other.resolve() or (path.exists() and other.exists() and path.samefile(other))


def _check_name(path: Path) -> None:
    """OutputError where the system cannot even look for a path."""
    with output_errors(path):
        try:
            os.lstat(path)
        except (FileNotFoundError, NotADirectoryError):
            return
        except ValueError as error:
            raise OutputError(
                f"Cannot write {path}: the name holds characters that no file name of this system can have; choose "
                "another one."
            ) from error


@contextmanager
def output_errors(path) -> Iterator[None]:
    """Turn what the operating system says about `path` into an `OutputError`."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"Cannot write {path}: {reason(error)}.") from error


def reason(error: OSError) -> str:
    """Why something cannot be written, and what to do."""
    return _REASONS.get(error.errno, f"{error.strerror or error}; choose another place")


def no_space(path) -> OutputError:
    """The error of a disk on which `path` has no room."""
    return OutputError(f"Cannot write {path}: {_REASONS[errno.ENOSPC]}.")


def staged_name(path: Path) -> str:
    """A short plain name with the ending of `path` in lower case, by which libraries tell the format."""
    name = path.name.lower()
    return "staged" + next((ending for ending in VOLUME_EXTENSIONS if name.endswith(ending)), Path(name).suffix)
