"""Write results whole or not at all.

Everything is written beside its destination first and moved into place when it is complete, so a run
that fails or is stopped leaves neither a partial file nor a damaged older one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import OutputError
from .destinations import check_output_folder, check_output_path, output_errors, staged_name
from .private_folders import private_folder


@contextmanager
def replaced_when_complete(path) -> Iterator[Path]:
    """Give a temporary path with the same ending; move it to `path` when the block ends without an error.

    Raises:
        OutputError: the folder is missing, full or may not be written.
    """
    path = Path(path)
    with output_errors(path), private_folder(path.parent) as staging:
        staged = staging / staged_name(path)
        with _told_of(path, staged):
            yield staged
        os.replace(staged, path)


@contextmanager
def replaced_together(paths: Iterable[Path]) -> Iterator[list[Path]]:
    """Give a temporary path for each file; move all of them to their places when the block ends without an error.

    Folders that are missing are made. When a file cannot take its place, those that did are taken back, and older
    files are there again.

    Raises:
        OutputError: a folder cannot be made, is full or may not be written.
    """
    paths = [Path(path) for path in paths]
    moves = []
    with contextlib.ExitStack() as stack:
        for path in paths:
            stack.enter_context(output_errors(path))
            stack.enter_context(_existing(path.parent))
            staging = stack.enter_context(private_folder(path.parent))
            staged = staging / staged_name(path)
            stack.enter_context(_told_of(path, staged))
            moves.append((staged, path))
        yield [staged for staged, _ in moves]
        _put_in_place(moves)


@contextmanager
def folder_when_complete(folder) -> Iterator[Path]:
    """Give a temporary folder; move its files into `folder` (made if missing) when the block ends without an error.

    Files of the same names are replaced, all or none; others in `folder` stay.

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
            with _told_of(folder, staged):
                yield staged
            if folder.is_dir():
                _put_in_place([(item, folder / item.name) for item in sorted(staged.iterdir())])
            else:
                os.replace(staged, folder)


def _put_in_place(moves: list[tuple[Path, Path]]) -> None:
    """Move each staged file to its place; when one of them fails, everything is as it was before."""
    older: dict[Path, Path | None] = {}
    try:
        for staged, path in moves:
            kept = staged.with_name(f"{staged.name}.older")
            older[path] = _copied(path, kept) if len(moves) > 1 and os.path.lexists(path) else None
            with output_errors(path):
                os.replace(staged, path)
    except BaseException:
        if len(moves) > 1:
            _take_back(older)
        raise


def _take_back(older: dict[Path, Path | None]) -> None:
    for path, kept in older.items():
        with contextlib.suppress(OSError):
            if kept is None:
                path.unlink(missing_ok=True)
            else:
                os.replace(kept, path)


def _copied(path: Path, copy: Path) -> Path:
    try:
        # Costs nothing, where the disk knows it.
        os.link(path, copy)
    except OSError:
        shutil.copy2(path, copy)
    return copy


@contextmanager
def _existing(folder: Path) -> Iterator[None]:
    """Make a folder that is missing; what was made goes again when the block fails."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for place in missing:
            with contextlib.suppress(OSError):
                place.rmdir()
        raise


@contextmanager
def _told_of(path: Path, staged: Path) -> Iterator[None]:
    """Let an `OutputError` name the file that the user asked for, not the one on its way."""
    try:
        yield
    except OutputError as error:
        raise OutputError(str(error).replace(str(staged), str(path))) from error


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file's content. OSError when it cannot be read."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
    return digest.hexdigest()


def write_json(path, data) -> Path:
    """Write plain values as indented UTF-8 JSON, whole or not at all.

    Raises:
        OutputError: the extension is not .json, the folder is missing, no permission, no space.
    """
    path = check_output_path(path, (".json",))
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    with replaced_when_complete(path) as staged:
        # What UTF-8 has no bytes for becomes JSON's own escape.
        staged.write_text(text, encoding="utf-8", errors="backslashreplace")
    return path
