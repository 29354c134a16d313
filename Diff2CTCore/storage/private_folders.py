"""Folders for files on their way: readable by their owner alone, gone in the end, after a crash with the next start."""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

PREFIX = ".diff2ct-"
ABANDONED_AFTER_SECONDS = 24 * 3600


@contextlib.contextmanager
def private_folder(parent: str | os.PathLike | None = None) -> Iterator[Path]:
    """Make a folder of mode 0700 in `parent`, by default the system's temporary folder; remove it when the block ends.

    What a run that was killed left behind in `parent` is removed first. Raises OSError when `parent` cannot be written.
    """
    parent = Path(parent or tempfile.gettempdir())
    remove_abandoned(parent)
    with tempfile.TemporaryDirectory(prefix=f"{_own_prefix()}{os.getpid()}-", dir=parent) as folder:
        yield Path(folder)


def remove_abandoned(parent: Path) -> None:
    """Remove folders in `parent` whose process, on this computer, no longer runs."""
    with contextlib.suppress(OSError):
        for folder in parent.glob(f"{_own_prefix()}*"):
            if not folder.is_symlink() and _abandoned(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _own_prefix() -> str:
    # A shared disk may hold folders of other computers, whose processes cannot be seen from here.
    name = platform.node().encode(errors="replace")
    return f"{PREFIX}{zlib.crc32(name):08x}-"


def _abandoned(folder: Path) -> bool:
    try:
        process = int(folder.name.removeprefix(_own_prefix()).split("-")[0])
        if os.name == "nt":
            # Windows has no harmless question whether a process lives, so age decides.
            return time.time() - folder.stat().st_mtime > ABANDONED_AFTER_SECONDS
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError, OverflowError):
        return False
    return False
