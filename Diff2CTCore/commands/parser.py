"""The parser of the command line."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from types import ModuleType

from .. import __version__
from ..models import INTENDED_USE
from ..progress import REPORTERS
from .arguments import Parser
from .result import UsageError


class _Parser(Parser):
    def error(self, message: str):
        raise UsageError(f"{message[:1].upper()}{message[1:]}; see '{self.prog} --help'.")


def build_parser(commands: Iterable[ModuleType]) -> argparse.ArgumentParser:
    """The parser of these commands."""
    parser = _Parser(
        prog="diff2ct",
        description=f"Reconstruct a synthetic spine CT volume from two radiographs ({INTENDED_USE}).",
        epilog="Exit codes: 0 done, 1 unexpected failure, 2 bad input or output, 3 device, 4 cases of a batch failed, "
        "130 stopped.",
    )
    parser.add_argument("--version", action="version", version=f"Diff2CT {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in commands:
        subparser = command.add_parser(subparsers)
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
