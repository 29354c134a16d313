"""Prepare many scans in parallel processes."""

from __future__ import annotations

import signal
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from .case import Outcome, prepare_case
from .scan import Scan


def prepare_all(jobs: list[tuple[Scan, str]], cache: Path, settings: dict, workers: int) -> list[Outcome]:
    """Prepare each (scan, name) in the cache, with a progress bar; outcomes are in the order of the jobs.

    A process that dies (out of memory, damaged codec) costs only the scan it worked on: what it left undone is
    tried again, one scan in one process at a time.

    Raises:
        OutputError: the cache cannot be written.
    """
    from tqdm import tqdm

    outcomes: dict[str, Outcome] = {}
    with tqdm(total=len(jobs), desc="Preparing", unit="scan", disable=None) as bar:
        try:
            _run(jobs, cache, settings, min(workers, len(jobs)), outcomes, bar)
        except BrokenProcessPool:
            for job in [job for job in jobs if job[1] not in outcomes]:
                try:
                    _run([job], cache, settings, 1, outcomes, bar)
                except BrokenProcessPool:
                    message = (
                        "The process that prepared it died; the scan is damaged or needs more memory than there is."
                    )
                    outcomes[job[1]] = Outcome(job[1], message=message)
                    bar.update()
    return [outcomes[name] for _, name in jobs]


def _run(jobs, cache: Path, settings: dict, workers: int, outcomes: dict[str, Outcome], bar) -> None:
    # Fresh processes, since forking one with running threads (SimpleITK, progress bar) can hang.
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=_start_worker)
    try:
        futures: dict[Future, str] = {
            pool.submit(prepare_case, scan, name, cache, settings): name for scan, name in jobs
        }
        for future in as_completed(futures):
            outcomes[futures[future]] = future.result()
            bar.update()
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker() -> None:
    import SimpleITK as sitk

    # One thread each: the pool fills the cores already. Ctrl-C is the parent's to handle.
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
