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
def hidden_library_messages() -> Iterator[None]:
    """Discard the process's error stream inside the block, at the level where libraries in C write to it.

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
        nothing = os.open(os.devnull, os.O_WRONLY)
        try:
            os.dup2(nothing, _STDERR)
        finally:
            os.close(nothing)
        stack.callback(os.dup2, kept, _STDERR)
        yield
