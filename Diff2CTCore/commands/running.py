"""One run of a command: signals, warnings, and failures as a sentence, an event and an exit code."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import traceback
import warnings
from collections.abc import Iterable
from types import ModuleType

from ..errors import CancelledError, Diff2CTError, in_one_sentence
from ..progress import REPORTERS, Bar, JsonLines, well_formed
from .arguments import check_paths, system_arguments
from .parser import build_parser


def run_command_line(argv: list[str], commands: Iterable[ModuleType]) -> int:
    """Run one of the commands and return its exit code; only --help and --version leave by SystemExit."""
    # Errors in the command line itself must reach programs as events too, so this is not left to the parser.
    as_json = any(pair in (["--progress", "json"], ["--progress=json"]) for pair in _neighbours(argv))
    debug = "--debug" in argv
    progress = JsonLines() if as_json else Bar()
    try:
        with _stopped_by_signals(), _quiet(not debug):
            arguments = build_parser(commands).parse_args(system_arguments(argv))
            progress = REPORTERS[arguments.progress]()
            check_paths(arguments)
            result = arguments.run(arguments, progress)
            progress.close()
            if result is None:
                return 0
            if isinstance(progress, JsonLines):
                progress.event("result", **result.values)
            else:
                print(well_formed(result.text), flush=True)
        return 0
    except Diff2CTError as error:
        return _fail(error, progress, debug)
    except KeyboardInterrupt:
        return _fail(
            CancelledError("The run was stopped before it was complete; nothing was written."), progress, False
        )
    except BrokenPipeError:
        # Whoever read the output has left; Python would complain once more when it closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        return _fail(in_one_sentence(error), progress, debug)


def _neighbours(argv: list[str]) -> list[list[str]]:
    return [argv[i : i + 2] for i in range(len(argv))] + [[item] for item in argv]


def _fail(error: Diff2CTError, progress, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    progress.close()
    message = _one_line(str(error))
    if isinstance(progress, JsonLines):
        progress.event("error", kind=error.kind, message=message, exit_code=error.exit_code)
    else:
        print(f"diff2ct: {message}", file=sys.stderr, flush=True)
    return error.exit_code


def _one_line(text: str) -> str:
    """A sentence that names a file may hold a line break, or what steers a terminal."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in well_formed(text)).split())


@contextlib.contextmanager
def _stopped_by_signals():
    """Ctrl-C and SIGTERM both raise KeyboardInterrupt, once: cleaning up is not interrupted."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(_number, _frame):
        for name in handlers:
            signal.signal(name, signal.SIG_IGN)
        raise KeyboardInterrupt

    handlers = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    for name in handlers:
        signal.signal(name, stop)
    try:
        yield
    finally:
        for name, handler in handlers.items():
            signal.signal(name, handler)


@contextlib.contextmanager
def _quiet(quiet: bool):
    """Keep warnings of libraries, which a user cannot act on, from standard error."""
    with warnings.catch_warnings():
        if quiet and not sys.warnoptions:
            warnings.simplefilter("ignore")
        yield
