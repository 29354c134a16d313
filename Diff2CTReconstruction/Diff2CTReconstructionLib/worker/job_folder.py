"""A private folder for one job: readable by its owner alone, gone when the job ends."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from pathlib import Path

PREFIX = "Diff2CT-job-"
WORKER_PREFIX = "Diff2CT-worker-"
OWNER_FILE = "owner.pid"
ABANDONED_AFTER_SECONDS = 24 * 3600


def create_job_folder(parent: str | os.PathLike, prefix: str = PREFIX) -> Path:
    """Make a folder of mode 0700 below `parent`; folders that a crash left behind are removed first.

    Raises OSError when `parent` cannot be written.
    """
    remove_abandoned_folders(parent)
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    (folder / OWNER_FILE).write_text(str(os.getpid()), encoding="ascii")
    return folder


def remove_job_folder(folder: Path) -> None:
    """Remove the folder and what is in it; a file which is still held open is left for the next start."""
    shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned_folders(parent: str | os.PathLike) -> None:
    """Remove job folders below `parent` whose owner no longer runs."""
    with contextlib.suppress(OSError):
        for prefix in (PREFIX, WORKER_PREFIX):
            for folder in Path(parent).glob(prefix + "*"):
                if _abandoned(folder):
                    shutil.rmtree(folder, ignore_errors=True)


def _abandoned(folder: Path) -> bool:
    if folder.is_symlink():
        return False
    try:
        if os.name == "nt":
            # Windows has no harmless question whether a process lives, so age decides.
            return time.time() - folder.stat().st_mtime > ABANDONED_AFTER_SECONDS
        os.kill(int((folder / OWNER_FILE).read_text(encoding="ascii")), 0)
    except ProcessLookupError:
        return True
    except (OSError, ValueError):
        return False
    return False
