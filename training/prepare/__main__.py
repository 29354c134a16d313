"""`python -m training.prepare SOURCE... -o CACHE`: turn CT collections into a cached isotropic set with a datalist."""

from __future__ import annotations

import argparse
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

from Diff2CTCore.errors import CancelledError, Diff2CTError
from Diff2CTCore.storage import output_errors, write_json

from .case import Outcome, read_card, settings_of
from .datalist import datalist_of_cards, scans_of_datalist
from .errors import DatasetError
from .layouts import find_scans
from .report import write_report
from .run import prepare_all
from .scan import Scan
from .splitting import split_patients

DATALIST = "datalist.json"
"""Lists the cases of a prepared folder, and often those of a published collection."""

SPACING_RANGE_MM = (0.5, 5.0)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; the exit code is 0, or that of the failure whose sentence was printed."""
    options = _parser().parse_args(arguments)
    try:
        print(prepare(options))
    except KeyboardInterrupt:
        print("Stopped; cases that were finished are kept, and the same command goes on from there.", file=sys.stderr)
        return CancelledError.exit_code
    except Diff2CTError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.prepare", description=__doc__.split(": ", 1)[1])
    parser.add_argument(
        "source",
        nargs="*",
        type=Path,
        help="folder of CTSpine1K, VerSe, TotalSegmentator, LIDC-IDRI, or any folder of DICOM, NIfTI, NRRD or MHA",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="CACHE", help="folder of the prepared set")
    parser.add_argument("--datalist", type=Path, action="append", default=[], help="JSON that names images and splits")
    parser.add_argument("--spacing", type=float, default=2.0, metavar="MM", help="voxel size (default: 2)")
    parser.add_argument(
        "--fractions",
        type=float,
        nargs=3,
        default=(0.8, 0.1, 0.1),
        metavar=("TRAIN", "VALIDATION", "TEST"),
        help="parts of the patients for which no split is given (default: 0.8 0.1 0.1)",
    )
    parser.add_argument("--seed", type=int, default=0, help="another seed splits differently (default: 0)")
    parser.add_argument("--resplit", action="store_true", help="ignore published and given splits")
    parser.add_argument(
        "--patient-pattern",
        metavar="REGEX",
        help="finds the patient in a volume file's path below SOURCE; its first group is the patient",
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes (default: one per core)")
    return parser


def prepare(options: argparse.Namespace) -> str:
    """Do what the command line asks; returns the closing sentence.

    Raises:
        DatasetError: no source, nothing usable in it, or a split that shares a patient.
        OutputError: the cache cannot be written.
    """
    scans = _find(options)
    # A split that leaks is refused before hours of work, not after.
    _split(scans, options)
    names = _unique_names(scans)
    with output_errors(options.output):
        options.output.mkdir(parents=True, exist_ok=True)
    outcomes = prepare_all(
        list(zip(scans, names, strict=True)), options.output, settings_of(options.spacing), options.workers
    )
    return _finish(scans, outcomes, options)


def _find(options: argparse.Namespace) -> list[Scan]:
    from tqdm import tqdm

    if not options.source and not options.datalist:
        raise DatasetError("Nothing to prepare: give a folder of CT scans or a --datalist.")
    low, high = SPACING_RANGE_MM
    if not low <= options.spacing <= high:
        raise DatasetError(
            f"A voxel size of {options.spacing:g} mm is not supported; choose from {low:g} to {high:g} mm."
        )
    if options.workers < 1:
        raise DatasetError(f"{options.workers} workers cannot do anything; give at least 1.")
    if options.patient_pattern:
        try:
            re.compile(options.patient_pattern)
        except re.error as error:
            raise DatasetError(f"The patient pattern is no regular expression: {error}.") from error
    scans = [scan for path in options.datalist for scan in scans_of_datalist(path)]
    for source in options.source:
        # Its patients and splits would be lost without a word.
        if (source / DATALIST).is_file() and not options.resplit:
            raise DatasetError(
                f"{source} holds a {DATALIST}; give it with --datalist {source / DATALIST} instead, or --resplit to "
                "make patients and splits of the files' names."
            )
        with tqdm(desc="Reading headers", unit="file", leave=False, disable=None) as bar:

            def progress(done: int, total: int, bar=bar) -> None:
                bar.total = total
                bar.update(done - bar.n)

            scans += find_scans(source, options.patient_pattern, progress)
    return [replace(scan, split=None) for scan in scans] if options.resplit else scans


def _split(scans: list[Scan], options: argparse.Namespace) -> dict[str, str]:
    return split_patients([(scan.patient, scan.split) for scan in scans], tuple(options.fractions), options.seed)


def _unique_names(scans: list[Scan]) -> list[str]:
    names, taken = [], set()
    for scan in scans:
        base = scan.case_name()
        name, count = base, 1
        while name.lower() in taken:
            count += 1
            name = f"{base}-{count}"
        taken.add(name.lower())
        names.append(name)
    return names


def _finish(scans: list[Scan], outcomes: list[Outcome], options: argparse.Namespace) -> str:
    refused = [(scan.where, item.message) for scan, item in zip(scans, outcomes, strict=True) if item.card is None]
    kept, first_with = [], {}
    for scan, outcome in zip(scans, outcomes, strict=True):
        if outcome.card is None:
            continue
        # The same scan under two names would be in two splits, or count twice.
        twin = first_with.setdefault(outcome.card["sha256_of_voxels"], outcome.name)
        if twin == outcome.name:
            kept.append((scan, outcome.card))
        else:
            refused.append((scan.where, f"It holds the same voxels as {twin}."))
    usable = [(scan, card) for scan, card in kept if card["centreline_ras_mm"] is not None]
    split_of = _split([scan for scan, _ in usable], options)
    cards = [card | {"split": split_of.get(card["patient"]) if card["centreline_ras_mm"] else None} for _, card in kept]
    _write_cards(cards, options.output)
    write_json(options.output / DATALIST, datalist_of_cards([card for card in cards if card["split"]]))
    report = write_report(options.output / "report.html", cards, refused)
    if not usable:
        raise DatasetError(f"None of the {len(scans)} scans can be used; {report} says why for each.")
    counts = [sum(card["split"] == split for card in cards) for split in ("train", "validation", "test")]
    reused = {outcome.name for outcome in outcomes if outcome.reused} & {card["name"] for _, card in usable}
    return (
        f"{len(usable)} of {len(scans)} scans prepared ({counts[0]} training, {counts[1]} validation, {counts[2]} test"
        f"{f'; {len(reused)} were there already' if reused else ''}); see {report}."
    )


def _write_cards(cards: list[dict], cache: Path) -> None:
    """Write the splits into the cards; cases of earlier runs that these sources do not name lose theirs."""
    named = {card["name"]: card for card in cards}
    for path in sorted(cache.glob("*.json")):
        old = read_card(path)
        if old is not None:
            new = named.get(old["name"], old | {"split": None})
            if new != old:
                write_json(path, new)


if __name__ == "__main__":
    sys.exit(main())
