"""The manifest of a batch: a CSV table with one case a line."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ..errors import Diff2CTError
from ..storage import system_name

REQUIRED = ("frontal", "lateral")
CASE = "case"

Converted = TypeVar("Converted")


class ManifestError(Diff2CTError):
    """The manifest cannot be read, or a line of it is wrong."""

    kind = "manifest"


@dataclass(frozen=True)
class Line:
    """One case.

    Attributes:
        number: of the line in the file, from 1.
        case: its name; "case-0001" and so on where the table has no names.
        frontal, lateral: the radiographs; relative paths begin at the manifest's folder.
        options: text by name of the option, without those left empty.
        decimal_comma: the table separates its cells by semicolons, as spreadsheets do where numbers have a comma.
    """

    number: int
    case: str
    frontal: Path
    lateral: Path
    options: dict[str, str]
    decimal_comma: bool = False


def read_manifest(path: Path, options: set[str], convert: Callable[[Line], Converted]) -> list[tuple[Line, Converted]]:
    """All lines of a manifest in UTF-8, separated by commas, or by semicolons as some spreadsheets do it.

    Args:
        path: the file. Its first line names the columns: `frontal` and `lateral`, if wanted `case`, and any of
            `options`.
        options: names of the other columns that may be there.

    Raises:
        ManifestError: it cannot be read, has no case, or a column is unknown, missing or there twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ManifestError(f"The manifest {path} cannot be read ({error.strerror}); check the path.") from error
    except UnicodeDecodeError as error:
        raise ManifestError(f"The manifest {path} is not text in UTF-8; save it as CSV in UTF-8.") from error
    heading = next((line for line in text.splitlines() if line.strip()), "")
    separator = ";" if ";" in heading and "," not in heading else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    try:
        rows = [(reader.line_num, row) for row in reader]
    except csv.Error as error:
        raise ManifestError(f"The manifest {path} is not a CSV table ({error}); save it as CSV.") from error
    rows = _without_empty_columns([(number, row) for number, row in rows if any(map(str.strip, row))])
    if len(rows) < 2:
        raise ManifestError(f"The manifest {path} has no case; give a line of column names and a line for each case.")
    columns = [name.strip() for name in rows[0][1]]
    _check_columns(path, columns, options)
    good, wrong = [], []
    for number, row in rows[1:]:
        try:
            line = _line(path, columns, number, row, len(rows) - 1, separator == ";")
            good.append((line, convert(line)))
        except Diff2CTError as error:
            wrong.append((number, error))
    if wrong:
        number, error = wrong[0]
        more = f" {len(wrong) - 1} more lines are wrong." if len(wrong) > 1 else ""
        raise ManifestError(f"Line {number} of {path} is wrong: {error}{more}") from error
    return good


def _without_empty_columns(rows: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Rows without the columns at their end that hold nothing: spreadsheets write them."""
    while rows and all(row and not row[-1].strip() for _, row in rows):
        rows = [(number, row[:-1]) for number, row in rows]
    return rows


def _check_columns(path: Path, columns: list[str], options: set[str]) -> None:
    known = {*REQUIRED, CASE, *options}
    for column in columns:
        if column not in known:
            raise ManifestError(
                f"The manifest {path} has the unknown column {column!r}; a column is frontal, lateral, case or an "
                "option of the command without its dashes, such as lateral-sid."
            )
        if columns.count(column) > 1:
            raise ManifestError(f"The manifest {path} has the column {column!r} twice; remove one.")
    for column in REQUIRED:
        if column not in columns:
            raise ManifestError(f"The manifest {path} has no column {column!r}; add it.")


def _line(path: Path, columns: list[str], number: int, row: list[str], count: int, decimal_comma: bool) -> Line:
    if len(row) != len(columns):
        raise ManifestError(f"it has {len(row)} cells for {len(columns)} columns; quote cells that hold the separator.")
    written = dict(zip(columns, row, strict=True))
    cells = {column: cell.strip() for column, cell in written.items() if cell.strip()}
    for column in REQUIRED:
        if column not in cells:
            raise ManifestError(f"it names no {column} radiograph.")
    name = cells.pop(CASE, None) or f"case-{number - 1:0{max(4, len(str(count)))}d}"
    frontal, lateral = (_file(path.parent, column, written[column]) for column in REQUIRED)
    options = {column: cell for column, cell in cells.items() if column not in REQUIRED}
    return Line(number, name, frontal, lateral, options, decimal_comma)


def _file(folder: Path, column: str, cell: str) -> Path:
    """The file of that very name where there is one; else blanks around it belong to the table."""
    try:
        exact, trimmed = (folder / system_name(name) for name in (cell, cell.strip()))
        return exact if os.path.lexists(exact) else trimmed
    except ValueError:
        raise ManifestError(
            f"its {column} radiograph {cell.strip()!r} is no name that a file of this system can have."
        ) from None
