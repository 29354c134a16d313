"""The command line: `diff2ct`, or `python -m Diff2CTCore`.

Exit codes: 0 done; 1 an unexpected failure; 2 input, options or output that must be changed; 3 the
device is missing or too small; 4 cases of a batch failed; 130 stopped by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import gc
import sys

from .commands import COMMANDS, run_command_line


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code; only --help and --version leave by SystemExit."""
    return run_command_line(sys.argv[1:] if argv is None else list(argv), COMMANDS)


def _run():
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # File names need not be valid in the terminal's encoding.
            stream.reconfigure(errors="backslashreplace")
    try:
        sys.exit(main())
    finally:
        # At its end Python looks for garbage among all that PyTorch has made: longer than reading radiographs takes.
        gc.freeze()


if __name__ == "__main__":
    _run()
