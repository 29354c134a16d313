"""The commands of `diff2ct`, one module each, with `add_parser(commands)` and `run(arguments, progress)`.

`run` gives a `Result`, or None where there is nothing to tell at the end.
"""

from .listing import COMMANDS
from .running import run_command_line

__all__ = ["COMMANDS", "run_command_line"]
