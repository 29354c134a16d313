"""`diff2ct worker`: runs one command after the other in a process that stays ready."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Iterator

from ..progress import JsonLines
from . import align, batch, demo, evaluate, export, info, reconstruct, simulate, view
from .result import UsageError
from .running import run_command_line

JOBS = (reconstruct, align, batch, simulate, evaluate, view, export, info, demo)
"""The commands that a worker runs."""

IDLE_S = 600.0
READ_SIZE = 64 * 1024

_ENDING_CODES = (1, 3, 130)
"""An unexpected failure, trouble with the device, a stop: after these a fresh process is safer."""


def add_parser(commands):
    """Add `worker` to the command line and return its parser."""
    parser = commands.add_parser(
        "worker",
        help="run commands that come as JSON lines on standard input",
        description='Stay ready and run one command for each line of standard input: {"arguments": ["reconstruct", '
        '"ap.dcm", "lateral.dcm", "-o", "ct.nrrd"]}. Standard output holds the events of --progress json; each job '
        "ends with one result or one error. Libraries and network stay loaded, so that later jobs start at once. The "
        "worker ends when its input ends, after a time without a job, when it is stopped, and after a failure that is "
        "not the input's (exit codes 1 and 3).",
    )
    parser.add_argument(
        "--idle",
        type=float,
        default=IDLE_S,
        metavar="SECONDS",
        help="end after so long without a job (default: %(default)g)",
    )
    return parser


def run(arguments, _progress) -> None:
    """Serve until the input ends; what is written are the events of the jobs."""
    if not arguments.idle > 0.0:
        raise UsageError(f"--idle is {arguments.idle:g}; give a positive number of seconds.")
    for line in _lines(sys.stdin.fileno(), min(arguments.idle, threading.TIMEOUT_MAX)):
        try:
            command = _command(line)
        except UsageError as error:
            JsonLines().event("error", kind=error.kind, message=str(error), exit_code=error.exit_code)
            continue
        # After "--" an option would be a file.
        end = command.index("--") if "--" in command else len(command)
        code = run_command_line([*command[:end], "--progress", "json", *command[end:]], JOBS)
        if code in _ENDING_CODES:
            sys.exit(code)


def _command(line: bytes) -> list[str]:
    try:
        job = json.loads(line)
    except (ValueError, RecursionError):
        job = None
    command = job.get("arguments") if isinstance(job, dict) and set(job) == {"arguments"} else None
    if not isinstance(command, list) or not command or not all(isinstance(item, str) for item in command):
        raise UsageError('A line of the worker\'s input is not a job; send {"arguments": ["reconstruct", ...]}.')
    if command[0] == "worker" or {"-h", "--help", "--version"} & set(command):
        raise UsageError(f"A worker does not run {' '.join(command[:2])}; send another command.")
    return command


def _lines(descriptor: int, idle_s: float) -> Iterator[bytes]:
    """Lines of a file until it ends, none comes for `idle_s` seconds, or the process is stopped while it waits.

    A thread reads: no other way of waiting with a time limit works for pipes on every system. It reads past Python's
    buffer, whose lock it would otherwise hold when the interpreter ends.
    """
    waiting: queue.Queue[bytes | None] = queue.Queue()

    def read() -> None:
        partial = b""
        while added := os.read(descriptor, READ_SIZE):
            *lines, partial = (partial + added).split(b"\n")
            for line in lines:
                waiting.put(line)
        waiting.put(partial)
        waiting.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            line = waiting.get(timeout=idle_s)
        except (queue.Empty, KeyboardInterrupt):
            return
        if line is None:
            return
        if line.strip():
            yield line
