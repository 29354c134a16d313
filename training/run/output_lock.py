"""One run at a time in an output folder: two would overwrite each other's checkpoints and mix their logs."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from tqdm import tqdm

from Diff2CTCore.errors import Diff2CTError
from Diff2CTCore.storage import output_errors

LOCK_FILE = "run.lock"

_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)


@contextmanager
def only_run_in(folder: Path) -> Iterator[None]:
    """Holds the folder for this process, whose end releases it, whatever ends it.

    Some network disks know no locks; there a line on the terminal says so and the folder is not held.

    Raises:
        Diff2CTError: another process holds it.
        OutputError: the folder may not be written.
    """
    lock = FileLock(folder / LOCK_FILE)
    with output_errors(folder):
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise Diff2CTError(
                f"Another run is writing into {folder}; wait until it has ended, or choose another output folder."
            ) from error
        except NotImplementedError:  # what some versions of filelock make of ENOSYS
            _tell_that_nothing_holds(folder)
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            _tell_that_nothing_holds(folder)
    try:
        yield
    finally:
        # A run that wrote nothing leaves nothing; Windows keeps a file that is open, and the folder may be gone.
        with suppress(OSError):
            if [path.name for path in folder.iterdir()] == [LOCK_FILE]:
                (folder / LOCK_FILE).unlink()
        lock.release()


def _tell_that_nothing_holds(folder: Path) -> None:
    tqdm.write(f"The disk of {folder} knows no locks; see to it that no other run writes there.")
