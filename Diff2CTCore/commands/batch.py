"""`diff2ct batch`: reconstruct every case of a table."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from ..batch import CaseResult, Ranks, ResultsTable
from ..errors import CancelledError, Diff2CTError, in_one_sentence
from ..models import INTENDED_USE_SENTENCE
from ..reconstruction import agreement_text
from ..storage import VOLUME_EXTENSIONS, check_output_folder, output_errors, sha256_of_file
from . import reconstruct
from .batch_cases import add_case_options, cases_of, fingerprint, model_checksums
from .reconstruct import output_files
from .result import Result

EXAMPLE = """example of a manifest:
  case,frontal,lateral,sid,lateral-sid,ap-centre,ap-invert,seed
  first,first/ap.dcm,first/lat.dcm,,,,,
  second,second/ap.png,second/lat.png,1150,1200,512 640,yes,3
"""


class CasesFailedError(Diff2CTError):
    """Some cases of a batch failed; the others are done."""

    exit_code = 4
    kind = "cases"


def add_parser(commands):
    """Add `batch` to the command line and return its parser."""
    parser = commands.add_parser(
        "batch",
        help="reconstruct every case of a table",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="""\
Reconstruct every case of a manifest, a CSV table in UTF-8 with one case a line. The columns frontal and lateral
name the radiographs, relative to the manifest's folder; the column case names the case and its output files. Every
option below may be a column, too, without its dashes: a cell that is not empty wins over the command line. Cells of
several numbers separate them by spaces; a switch such as ap-invert or consistency is yes or no.

The whole manifest is checked before any work. Each case gives CASE.nrrd and CASE.json in the output folder and one
line in results.csv there. A case that fails is reported and does not stop the others; then the exit code is 4. The
same command again goes on: cases that are done are kept unless their radiographs, options, model or outputs have
changed, which is told by the content of the files. Numbers have a decimal point; in a table with semicolons they may
have a comma, but for spacings.

Started by torchrun (torchrun --nproc-per-node 4 -m Diff2CTCore batch ...), on one machine or on many that share the
folders, the processes share the cases, one GPU each where there are several. Each writes results-RANK.csv.
"""
        + INTENDED_USE_SENTENCE,
        epilog=EXAMPLE,
    )
    parser.add_argument("manifest", metavar="MANIFEST", type=Path, help="CSV table of the cases")
    parser.add_argument("-o", "--output", metavar="DIR", type=Path, required=True, help="folder for the results")
    parser.add_argument(
        "--format",
        type=str.lower,
        choices=VOLUME_EXTENSIONS,
        default=".nrrd",
        help="of the volumes (default: %(default)s)",
    )
    parser.add_argument(
        "--std", action="store_true", help="also write the voxel-wise standard deviation, CASE_std; needs --samples"
    )
    parser.add_argument(
        "--reprojections", action="store_true", help="also write radiographs and re-projections into CASE_views"
    )
    add_case_options(parser)
    return parser


def run(arguments, progress) -> Result:
    """Check the manifest, then reconstruct this process's share of what is not done yet."""
    progress("starting", 0, 1)
    ranks = Ranks.from_environment()
    cases = cases_of(arguments)
    checksums = model_checksums(cases)
    from ..reconstruction import choose_device

    for name in {options.device for options in cases.values()}:
        choose_device(name)
    progress("starting", 1, 1)
    share = ranks.share(list(cases.items()))
    folder = check_output_folder(arguments.output)
    with output_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    table = ResultsTable(folder, ranks.rank, ranks.world)
    for note in table.notes:
        progress.note(note)
    batch = _Batch(table, len(share), progress)
    with ranks.ending_together():
        for case, options in share:
            options.device = ranks.device(options.device)
            batch.run(case, options, checksums[options.model])
    return batch.result()


class _Batch:
    """Runs cases and counts what became of them."""

    def __init__(self, table: ResultsTable, total: int, progress):
        self.table, self.total, self.progress = table, total, progress
        self.counts = {"done": 0, "kept": 0, "failed": 0}

    def run(self, case: str, options: argparse.Namespace, model_checksum: str) -> None:
        """One case, unless it is done; its line goes into the table and to the user."""
        self.progress("cases", sum(self.counts.values()), self.total)
        begun, stamp = time.monotonic(), ""
        try:
            stamp = fingerprint(options, model_checksum)
            kept = self.table.done(case, stamp, output_files(options))
            found = {} if kept else self._reconstructed(case, options)
        except KeyboardInterrupt:
            finished = self.counts["done"] + self.counts["kept"]
            raise CancelledError(
                f"The batch was stopped; {finished} of {self.total} cases are done. The same command goes on with the "
                "others."
            ) from None
        except Exception as error:
            kept, found = None, {"status": "failed", "message": str(in_one_sentence(error))}
        if kept:
            self._tell(kept, "kept")
            return
        seconds = f"{time.monotonic() - begun:.1f}"
        self._tell(CaseResult(case=case, seconds=seconds, fingerprint=stamp, **found), found["status"])

    def _reconstructed(self, case: str, options: argparse.Namespace) -> dict[str, str]:
        values = reconstruct.run(options, _CaseProgress(case, self.progress)).values
        first, second = values["reprojection_error"].values()
        return {
            "status": "done",
            "error_frontal": _number(first),
            "error_lateral": _number(second),
            "report_sha256": sha256_of_file(Path(values["report"])),
            **{name: Path(values[name]).name for name in ("volume", "report")},
        }

    def _tell(self, result: CaseResult, status: str) -> None:
        self.table.add(result)
        self.counts[status] += 1
        errors = {"frontal": _value(result.error_frontal), "lateral": _value(result.error_lateral)}
        shown = result.message or f"{result.volume}, re-projection error {agreement_text(*errors.values())}"
        text = f"{sum(self.counts.values())}/{self.total} {result.case}: {status}. {shown}"
        self.progress.close()
        values = {name: getattr(result, name) or None for name in ("volume", "report", "message")}
        self.progress.line(
            "case",
            text,
            case=result.case,
            status=status,
            number=sum(self.counts.values()),
            of=self.total,
            seconds=float(result.seconds),
            reprojection_error=errors,
            **values,
        )

    def result(self) -> Result:
        """The end; CasesFailedError if a case failed."""
        if self.counts["failed"]:
            raise CasesFailedError(
                f"{self.counts['failed']} of {self.total} cases failed; {self.table.path} says why. The others are "
                "done; the same command tries the failed ones again."
            )
        text = f"{self.counts['done']} cases reconstructed, {self.counts['kept']} kept; {self.table.path} lists them. "
        return Result(text + INTENDED_USE_SENTENCE, {**self.counts, "results": str(self.table.path)})


class _CaseProgress:
    """The progress of one case, whose notes say which case they are about."""

    def __init__(self, case: str, progress):
        self._case, self._progress = case, progress

    def __call__(self, stage: str, step: int, of: int):
        self._progress(stage, step, of)

    def note(self, message: str):
        self._progress.note(f"{self._case}: {message}")


def _number(value) -> str:
    return "" if value is None else f"{value:.4f}"


def _value(text: str) -> float | None:
    return float(text) if text else None
