"""The command line: `diff2ct`, or `python -m Diff2CTCore`.

Exit codes: 0 done; 1 an unexpected failure; 2 input, options or output that must be changed; 3 the
device is missing or too small; 4 cases of a batch failed; 130 stopped by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
import traceback
import warnings

from . import __version__
from .commands import UsageError, batch, demo, evaluate, export, info, reconstruct, simulate, worker
from .errors import CancelledError, Diff2CTError, in_one_sentence
from .model_card import INTENDED_USE
from .progress import REPORTERS, Bar, JsonLines

COMMANDS = (reconstruct, batch, simulate, evaluate, export, info, demo, worker)


class _Parser(argparse.ArgumentParser):
    def __init__(self, **settings):
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str):
        raise UsageError(f"{message[:1].upper()}{message[1:]}; see '{self.prog} --help'.")


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = _Parser(
        prog="diff2ct",
        description=f"Reconstruct a spine CT volume from two radiographs ({INTENDED_USE}).",
        epilog="Exit codes: 0 done, 1 unexpected failure, 2 bad input or output, 3 device, 4 cases of a batch failed, "
        "130 stopped.",
    )
    parser.add_argument("--version", action="version", version=f"Diff2CT {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        subparser = command.add_parser(commands)
        subparser.set_defaults(run=command.run)
        common = subparser.add_argument_group("output for people and programs")
        common.add_argument(
            "--progress",
            choices=sorted(REPORTERS),
            default="bar",
            help="a bar, JSON events one a line on standard output, or nothing (default: %(default)s)",
        )
        common.add_argument("--debug", action="store_true", help="show warnings, and the traceback of a failure")
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code; only --help and --version leave by SystemExit."""
    argv = sys.argv[1:] if argv is None else list(argv)
    # Errors in the command line itself must reach programs as events too, so this is not left to the parser.
    as_json = any(pair in (["--progress", "json"], ["--progress=json"]) for pair in _neighbours(argv))
    debug = "--debug" in argv
    progress = JsonLines() if as_json else Bar()
    try:
        with _stopped_by_signals(), _quiet(not debug):
            arguments = build_parser().parse_args(argv)
            progress = REPORTERS[arguments.progress]()
            result = arguments.run(arguments, progress)
            progress.close()
            if result is None:
                return 0
            if as_json:
                progress.event("result", **result.values)
            else:
                print(result.text, flush=True)
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
    if isinstance(progress, JsonLines):
        progress.event("error", kind=error.kind, message=str(error), exit_code=error.exit_code)
    else:
        print(f"diff2ct: {error}", file=sys.stderr, flush=True)
    return error.exit_code


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


def _run():
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # File names need not be valid in the terminal's encoding.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main())


if __name__ == "__main__":
    _run()
