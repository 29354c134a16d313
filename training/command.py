"""What all commands of the training have in common: failures are told in one sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps

from Diff2CTCore.errors import Diff2CTError


def command(work: Callable[..., None]) -> Callable[..., int]:
    """A command's `main`: does the work and returns the exit code; a `Diff2CTError` is told on standard error."""

    @wraps(work)
    def main(argv: list[str] | None = None, **settings) -> int:
        try:
            work(argv, **settings)
        except Diff2CTError as error:
            print(f"error: {error}", file=sys.stderr)
            return error.exit_code
        return 0

    return main
