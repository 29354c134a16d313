"""Processes of the module: each in a group of its own, with its output in private files."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass
class StartedProcess:
    """A process and the files that it writes to.

    Attributes:
        output_path, log_path: what it writes to its output and error streams.
        position: bytes of the output that were taken in.
    """

    process: subprocess.Popen
    output_path: Path
    log_path: Path
    position: int = 0


def start_process(
    command: list[str], folder: Path, environment: dict[str, str], takes_jobs: bool = False
) -> StartedProcess:
    """Start a program in `folder`, where its output goes, too; OSError when that is impossible.

    Args:
        environment: variables to add to the application's own.
        takes_jobs: whether its standard input is a pipe; else it is empty.
    """
    paths = folder / "events.jsonl", folder / "log.txt"
    with open(paths[0], "wb", opener=_private) as output, open(paths[1], "wb", opener=_private) as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if takes_jobs else subprocess.DEVNULL,
            stdout=output,
            stderr=log,
            cwd=folder,
            env={**os.environ, **environment},
            **_own_group(),
        )
    return StartedProcess(process, *paths)


def signal_tree(process: subprocess.Popen, forced: bool) -> None:
    """Ask a process and its children to end, or end them."""
    if os.name == "nt":
        if process.poll() is not None:
            return
        # Windows knows no polite request to a process without window, and no process groups to end.
        subprocess.Popen(
            ["taskkill", "/PID", str(process.pid), "/T", "/F"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            creationflags=subprocess.CREATE_NO_WINDOW,
        )
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL if forced else signal.SIGTERM)


def end_at_once(process: subprocess.Popen) -> None:
    """End a process and its children, and wait until it is gone, at most a second."""
    signal_tree(process, forced=True)
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=1.0)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _own_group() -> dict:
    if os.name == "nt":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True, "umask": 0o077}
