"""What every argument of the command line goes through: text that the system can hold, numbers, paths."""

from __future__ import annotations

import argparse
import math
import os
import re
from collections.abc import Iterable
from pathlib import Path

from ..geometry import is_aspect
from ..storage import system_name
from .result import UsageError

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_WITH_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]*")
_DECIMAL_COMMA = re.compile(r"([+-]?[0-9]+),([0-9]+)")


class Parser(argparse.ArgumentParser):
    """A parser for which numbers are finite and have a decimal point, and no path is empty."""

    def __init__(self, **settings):
        super().__init__(allow_abbrev=False, **settings)
        for kind, convert in ((float, number), (int, integer), (Path, path)):
            self.register("type", kind, convert)
        # So that "-1,5" and "-1e3" are told about as numbers, not as options that do not exist.
        self._negative_number_matcher = re.compile(r"-\.?[0-9].*")


def system_arguments(argv: Iterable[str]) -> list[str]:
    """The command line as this system spells the names of files in it; UsageError where it cannot."""
    return [_system_argument(item) for item in argv]


def _system_argument(text: str) -> str:
    try:
        return system_name(text)
    except ValueError:
        raise UsageError(
            f"The argument {text!r} holds characters that no file name of this system can have; correct it."
        ) from None


def check_paths(arguments: argparse.Namespace) -> None:
    """UsageError for a path that this system cannot even look for; whether it is there is the commands' question."""
    for value in vars(arguments).values():
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Path):
                check_path(item)


def check_path(place: Path) -> None:
    """UsageError where the system cannot look for a path, because it is too long, say."""
    try:
        os.stat(place)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise UsageError(f"The path {place} cannot be used ({error.strerror}); give another one.") from error
    except ValueError as error:
        raise UsageError(f"The path {str(place)!r} holds characters that no file name can have; correct it.") from error


def path(text: str) -> Path:
    """An argparse type: a path; an empty one would stand for the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty")
    return Path(text)


def number(text: str) -> float:
    """An argparse type: a finite number with a decimal point."""
    value = float(text) if _NUMBER.fullmatch(text.strip()) else math.nan
    if not math.isfinite(value):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number{_hint(text)}")
    return value


def with_point(text: str) -> str:
    """A number with a decimal comma, written with a point; anything else as it is."""
    return _DECIMAL_COMMA.sub(r"\1.\2", text) if _DECIMAL_COMMA.fullmatch(text) else text


def whole_number(lowest: int, highest: int):
    """An argparse type: whole numbers in [lowest, highest]."""

    def convert(text: str) -> int:
        value = int(text) if _WHOLE.fullmatch(text.strip()) else lowest - 1
        if not lowest <= value <= highest:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {lowest} to {highest}")
        return value

    return convert


def integer(text: str) -> int:
    """An argparse type: a whole number."""
    if not _WHOLE.fullmatch(text.strip()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


def spacing(text: str) -> tuple[float, float]:
    """An argparse type: (row, column) spacing from "0.2" or "0.2,0.15".

    Two whole numbers, such as "1,25", are refused: they may as well be one number with a decimal comma.
    """
    parts = [part.strip() for part in text.split(",")]
    if len(parts) not in (1, 2) or not all(map(_NUMBER.fullmatch, parts)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a spacing; give one number, or row,column{_hint(text)}")
    if len(parts) == 2 and all(map(_WHOLE.fullmatch, parts)):
        raise argparse.ArgumentTypeError(_of_two_meanings(text, *parts))
    numbers = [float(part) for part in parts]
    if not all(0.0 < value < math.inf for value in numbers):
        raise argparse.ArgumentTypeError(f"{text!r} is not a spacing; it must be positive")
    if not is_aspect(numbers[0], numbers[-1]):
        raise argparse.ArgumentTypeError(
            f"{text!r} would be {numbers[0]:g} mm for rows and {numbers[-1]:g} mm for columns, which no detector has"
        )
    return numbers[0], numbers[-1]


def _of_two_meanings(text: str, row: str, column: str) -> str:
    if not is_aspect(abs(float(row)), abs(float(column))):
        return f"{text!r} would be {row} mm for rows and {column} mm for columns; write {row}.{column} if one is meant"
    return f"{text!r} may be one number or two; write {row}.{column}, or {row}.0,{column}.0 for row,column"


def _hint(text: str) -> str:
    return "; write a decimal point instead of the comma" if _WITH_COMMA.search(text) else ""
