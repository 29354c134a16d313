"""The results of a batch: a CSV table with one line for each case, which is also what a resumed batch goes by."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ..storage import replaced_when_complete


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


class ResultsTable:
    """The results in a folder. Each process of a batch writes a file of its own and knows what all files say.

    Args:
        folder: of the outputs.
        rank, world: number of this process, and how many there are.
    """

    def __init__(self, folder: Path, rank: int = 0, world: int = 1):
        self.folder = folder
        self.path = folder / ("results.csv" if world == 1 else f"results-{rank}.csv")
        self._known: dict[str, CaseResult] = {}
        for path in sorted([*folder.glob("results.csv"), *folder.glob("results-*.csv")]):
            for result in _read(path):
                if result.status == "done" or result.case not in self._known:
                    self._known[result.case] = result
        self._own = {result.case: result for result in _read(self.path)}

    def done(self, case: str, fingerprint: str) -> CaseResult | None:
        """The result of a case that needs no work: it is done, nothing changed since, and its files are there."""
        result = self._known.get(case)
        if result is None or result.status != "done" or result.fingerprint != fingerprint:
            return None
        there = all(name and (self.folder / name).is_file() for name in (result.volume, result.report))
        return result if there else None

    def add(self, result: CaseResult) -> None:
        """Take in a result, and write the file anew, whole. OutputError when that is impossible."""
        self._own[result.case] = result
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, [item.name for item in fields(CaseResult)])
        writer.writeheader()
        writer.writerows(asdict(item) for item in self._own.values())
        with replaced_when_complete(self.path) as staged:
            staged.write_text(text.getvalue(), encoding="utf-8", newline="")


def _read(path: Path) -> list[CaseResult]:
    """The results in a file; none where it is missing or is no such table."""
    names = [item.name for item in fields(CaseResult)]
    try:
        rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
    return [CaseResult(**row) for row in rows if list(row) == names and None not in row.values()]
