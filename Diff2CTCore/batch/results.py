"""The results of a batch: a CSV table with one line for each case, which is also what a resumed batch goes by."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ..errors import OutputError
from ..progress import well_formed
from ..storage import replaced_when_complete, sha256_of_file


@dataclass(frozen=True)
class CaseResult:
    """What became of one case.

    Attributes:
        case: its name.
        status: "done" or "failed".
        seconds: it took.
        error_frontal, error_lateral: re-projection errors, 0 to 1; empty where there is none.
        volume, report: files in the output folder.
        message: why it failed.
        fingerprint: of everything that the result depends on; as long as it stays the same, "done" means done.
        report_sha256: of the report, which holds those of the other files.
    """

    case: str
    status: str
    seconds: str
    error_frontal: str = ""
    error_lateral: str = ""
    volume: str = ""
    report: str = ""
    message: str = ""
    fingerprint: str = ""
    report_sha256: str = ""


COLUMNS = [item.name for item in fields(CaseResult)]
_NUMBERS = ("seconds", "error_frontal", "error_lateral")
_NUMBER = re.compile(r"([0-9]+\.[0-9]+)?")
_OF_EVERY_VERSION = {"case", "status", "seconds", "fingerprint"}


class ResultsTable:
    """The results in a folder. Each process of a batch writes a file of its own and knows what all files say.

    Args:
        folder: of the outputs.
        rank, world: number of this process, and how many there are.

    Attributes:
        notes: sentences for the user about what was found in the folder.

    Raises:
        OutputError: a file has the name of a table of results and is none, so that it must not be replaced.
    """

    def __init__(self, folder: Path, rank: int = 0, world: int = 1):
        self.path = folder / ("results.csv" if world == 1 else f"results-{rank}.csv")
        self.notes: list[str] = []
        self._known: dict[str, list[CaseResult]] = {}
        self._own: dict[str, CaseResult] = {}
        for path in sorted([*folder.glob("results.csv"), *folder.glob("results-*.csv")]):
            for result in self._read(path):
                self._known.setdefault(result.case, []).append(result)
                if path == self.path:
                    self._own[result.case] = result

    def done(self, case: str, fingerprint: str, files: list[Path]) -> CaseResult | None:
        """The result of a case that needs no work: nothing changed since, and every output is there as it was written.

        Args:
            case, fingerprint: see `CaseResult`.
            files: all that the case writes: the report, then the others in the order in which the report tells them.
        """
        for result in self._known.get(case, []):
            if (result.status, result.fingerprint) == ("done", fingerprint) and _are_there(result.report_sha256, files):
                return result
        return None

    def add(self, result: CaseResult) -> None:
        """Take in a result, and write the file anew, whole. OutputError when that is impossible."""
        self._own[result.case] = result
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(asdict(item) for item in self._own.values())
        with replaced_when_complete(self.path) as staged:
            staged.write_text(well_formed(text.getvalue()), encoding="utf-8", newline="")

    def _read(self, path: Path) -> list[CaseResult]:
        try:
            rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
        except OSError as error:
            raise OutputError(
                f"Cannot read {path} ({error.strerror}); move it away or choose another folder."
            ) from error
        except (UnicodeDecodeError, csv.Error) as error:
            raise _no_table(path) from error
        columns = rows[0] if rows else []
        if not set(columns) >= _OF_EVERY_VERSION:
            raise _no_table(path)
        if columns != COLUMNS:
            self.notes.append(f"{path} was written by another version of Diff2CT; its cases are done again.")
            return []
        good = [CaseResult(*row) for row in rows[1:] if len(row) == len(COLUMNS) and _are_numbers(row)]
        if len(good) < len(rows) - 1:
            self.notes.append(f"{len(rows) - 1 - len(good)} lines of {path} are damaged; their cases are done again.")
        return good


def _no_table(path: Path) -> OutputError:
    return OutputError(f"{path} is no table of results of a batch; move it away or choose another folder.")


def _are_numbers(row: list[str]) -> bool:
    cells = dict(zip(COLUMNS, row, strict=True))
    return bool(cells["seconds"]) and all(map(_NUMBER.fullmatch, (cells[name] for name in _NUMBERS)))


def _are_there(report_sha256: str, files: list[Path]) -> bool:
    """Whether the report is the one of that checksum, and the other files have those that it tells."""
    try:
        content = files[0].read_bytes()
        if hashlib.sha256(content).hexdigest() != report_sha256:
            return False
        found = [{"name": path.name, "sha256": sha256_of_file(path)} for path in files[1:]]
    except OSError:
        return False
    return json.loads(content)["outputs"]["files"] == found
