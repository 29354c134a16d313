"""Keep what libraries written in C print about a damaged file from the user, who gets one sentence instead."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator

_STDERR = 2
_lock = threading.RLock()


@contextlib.contextmanager
def hidden_library_messages(into: str | os.PathLike = os.devnull) -> Iterator[None]:
    """Lead the process's error stream into a file inside the block, at the level where libraries in C write to it.

    Their messages hold paths, which may name a patient. The stream belongs to the whole process, so the block should
    be short; threads wait for each other.
    """
    with _lock, contextlib.ExitStack() as stack:
        if sys.stderr is not None:
            sys.stderr.flush()
        try:
            kept = os.dup(_STDERR)
        except OSError:
            # A program without a console has no error stream.
            yield
            return
        stack.callback(os.close, kept)
        elsewhere = os.open(into, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            os.dup2(elsewhere, _STDERR)
        finally:
            os.close(elsewhere)
        stack.callback(os.dup2, kept, _STDERR)
        yield
