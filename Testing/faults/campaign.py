"""The fault campaign: malformed inputs through the program's entries, each judged by what it leaves behind.

`python Testing/faults/campaign.py --cases 100 --report docs/faults.md` runs it and writes what was found.
"""

import argparse
import multiprocessing
import sys
import tempfile
import time
import warnings
import zlib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "core"), str(HERE.parents[1])]

from calling import HANG_SECONDS, call, peak_memory_bytes  # noqa: E402
from inputs import KINDS, TESTED_CASES, Kind  # noqa: E402
from report import write_report  # noqa: E402
from spoilt import Spoilt  # noqa: E402
from whole_files import write_whole_files  # noqa: E402

MEMORY_LIMIT_BYTES = 4_000_000_000


@dataclass
class Tally:
    """What one kind of input led to.

    Attributes:
        kind: its name.
        outcomes: how many were "refused" with a sentence, and how many succeeded: "unchanged" ones, "right" ones,
            whose values are those of an independent reading, and others that were "accepted".
        findings: what must not happen, with the number that reproduces it.
        slowest: seconds of the slowest input, and its number.
        sentences: the different sentences, without what varies in them.
        memory: the most bytes that the process held.
    """

    kind: str
    outcomes: Counter = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    slowest: tuple[float, int] = (0.0, 0)
    sentences: set[str] = field(default_factory=set)
    memory: int = 0


def run_safely(kind: Kind, seeds) -> Tally:
    """`run_kind` in a process of its own, because a library in C may take the process down with it."""
    tally = _in_process(kind.name, list(seeds))
    if tally is not None:
        return tally
    together = Tally(kind.name)
    for seed in seeds:
        tally = _in_process(kind.name, [seed])
        if tally is None:
            together.outcomes["crashed"] += 1
            together.findings.append(f"{kind.name} {seed}: the process crashed")
            continue
        together.outcomes += tally.outcomes
        together.findings += tally.findings
        together.sentences |= tally.sentences
        together.slowest = max(together.slowest, tally.slowest)
        together.memory = max(together.memory, tally.memory)
    return together


def _in_process(name: str, seeds: list[int]) -> Tally | None:
    context = multiprocessing.get_context("forkserver")
    # Imported once; each process starts from there.
    context.set_forkserver_preload(["inputs", "torch", "Diff2CTCore.reconstruction.pipeline", "training.train"])
    with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
        try:
            return pool.submit(run_named, name, seeds).result()
        except BrokenProcessPool:
            return None


def run_named(name: str, seeds: list[int]) -> Tally:
    """`run_kind` by the kind's name, and what memory it took."""
    tally = run_kind(next(kind for kind in KINDS if kind.name == name), seeds)
    tally.memory = peak_memory_bytes()
    return tally


def run_kind(kind: Kind, seeds) -> Tally:
    """Run one kind of input once for each seed."""
    tally = Tally(kind.name)
    for seed in seeds:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            spoilt = prepared(kind, folder, seed)
            (folder / "out").mkdir(exist_ok=True)
            begun = time.monotonic()
            code, text = call(spoilt.program, spoilt.command)
            seconds = time.monotonic() - begun
            files = sorted(path.name for path in (folder / "out").rglob("*") if path.is_file())
            problem = judge(kind, code, text, files, seconds) or judge_values(spoilt, code, text)
        tally.slowest = max(tally.slowest, (seconds, seed))
        tally.outcomes[outcome(spoilt, code)] += 1
        if code:
            tally.sentences.add("".join(letter for letter in text if letter.isalpha() or letter == " ")[-60:])
        if problem:
            tally.findings.append(f"{kind.name} {seed}: {problem}")
    return tally


def prepared(kind: Kind, folder: Path, seed: int) -> Spoilt:
    """The input with this number; it does not change when kinds are added."""
    with warnings.catch_warnings():
        # What the libraries say that write wrong values for the campaign.
        warnings.simplefilter("ignore")
        return kind.prepare(folder, np.random.default_rng([zlib.crc32(kind.name.encode()), seed]))


def outcome(spoilt: Spoilt, code) -> str:
    """As what an input is counted."""
    if code:
        return "refused"
    if not spoilt.changed:
        return "unchanged"
    return "right" if spoilt.wrong else "accepted"


def judge_values(spoilt: Spoilt, code, text: str) -> str | None:
    """What is wrong with what a success made of its input, or with a refusal of what is right; None if nothing is."""
    return spoilt.fault_of_refusal(text.strip()) if code else spoilt.fault_of_success()


def judge(kind: Kind, code, text: str, files: list[str], seconds: float) -> str | None:
    """What is wrong with an outcome, or None."""
    text = text.strip()
    problems = (
        (not isinstance(code, int), f"{code} escaped"),
        (code not in (0, 2, kind.partly), f"exit code {code}: {text[-300:]}"),
        ("Traceback" in text, f"a traceback: {text[-300:]}"),
        (code == 0 and text and not kind.bar, f"a library speaks to the user: {text[:300]!r}"),
        (code in (2, kind.partly) and len(text.splitlines()) != 1, f"not one sentence: {text[:300]!r}"),
        (not kind.fits(code, files), f"exit code {code} left {files}"),
        (seconds > HANG_SECONDS, f"took {seconds:.0f} s"),
    )
    return next((words for wrong, words in problems if wrong), None)


def main(argv: list[str] | None = None) -> int:
    """Run the campaign and write its report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=100, help="of each kind (default: %(default)s)")
    parser.add_argument("--first", type=int, default=0, help="number of the first case (default: %(default)s)")
    parser.add_argument("--kind", help="only kinds whose name contains this")
    parser.add_argument("--sentences", action="store_true", help="show the sentences, too")
    parser.add_argument("--report", type=Path, help="Markdown file to write")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        write_whole_files(Path(folder))
        return _campaign(arguments)


def _campaign(arguments) -> int:
    tallies, begun = [], time.monotonic()
    for kind in KINDS:
        if arguments.kind and arguments.kind.lower() not in kind.name.lower():
            continue
        tally = run_safely(kind, kind.seeds(arguments.cases, arguments.first))
        tallies.append(tally)
        print(f"{tally.kind:35s} {dict(tally.outcomes)} {len(tally.findings)} findings, at most ", end="")
        print(f"{tally.slowest[0]:.1f} s and {tally.memory / 1e9:.2f} GB")
        if arguments.sentences:
            for sentence in sorted(tally.sentences):
                print(f"        {sentence}")
            print(f"        slowest: {tally.slowest[1]}")
        for finding in tally.findings:
            print(f"    {finding}", flush=True)
    seconds, memory = time.monotonic() - begun, max(tally.memory for tally in tallies)
    print(f"{seconds:.0f} s, peak memory {memory / 1e9:.2f} GB")
    if arguments.report:
        few = sum(len(kind.seeds(TESTED_CASES)) for kind in KINDS)
        write_report(
            arguments.report, tallies, seconds, memory, few, {kind.name: kind.why for kind in KINDS if kind.why}
        )
    return int(any(tally.findings for tally in tallies) or memory > MEMORY_LIMIT_BYTES)


if __name__ == "__main__":
    sys.exit(main())
