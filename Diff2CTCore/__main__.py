"""The command line: `diff2ct`, or `python -m Diff2CTCore`.

Exit codes: 0 done; 1 an unexpected failure; 2 input, options or output that must be changed; 3 the
device is missing or too small; 4 cases of a batch failed; 130 stopped by Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import gc
import sys

from .commands import COMMANDS, run_command_line

YOUNG_OBJECTS = 200_000
"""New objects after which the garbage collector looks through them; Python's own number is 700 to 2000."""


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code; only --help and --version leave by SystemExit."""
    return run_command_line(sys.argv[1:] if argv is None else list(argv), COMMANDS)


def _run():
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # File names need not be valid in the terminal's encoding.
            stream.reconfigure(errors="backslashreplace")
    # Importing PyTorch makes hundreds of thousands of objects that stay. Looking through them for garbage again and
    # again, and once more at the end, takes longer than reading the radiographs.
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
    try:
        sys.exit(main())
    finally:
        gc.freeze()


if __name__ == "__main__":
    _run()
