"""Phantoms drawn by processes beside the training, which come in as they are ready."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.interpolate import PchipInterpolator

from Diff2CTCore.errors import Diff2CTError

from .phantom import make_phantom

WHOLE_SHAPE = (176, 208, 224)
"""The model's grid of 128 voxels a side and, on each side, `training.data.bodies.MARGIN_VOXELS`, which needs torch."""

SPACING_MM = 2.0
REGIONS = ("lumbar", "thoracolumbar", "thoracic")
LINE_STEP_MM = 10.0

READY = 8
"""How many phantoms wait for the training (16 MB each)."""

PIPE_BYTES = 256 * 1024
"""Larger than the usual pipe: a phantom takes the training's interpreter 60 short reads instead of 250."""

CLOSE_S = 10.0
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

# Not multiprocessing: its spawned processes import the training's main module, and torch with it.
_WORKER = (
    "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); from training.phantom.stream import _serve; _serve()"
)
_HEAD = struct.Struct("<qq")


class PhantomStreamError(Diff2CTError):
    """No process draws phantoms any more, or none can be started."""

    kind = "training"


@dataclass(frozen=True, eq=False)
class DrawnPhantom:
    """Attributes:
    seed: of the phantom.
    name: "phantom-SEED".
    hu: (S, P, L) of `WHOLE_SHAPE`, int16, HU, voxels of 2 mm.
    centreline_mm: (n, 3) superior, posterior, left mm from the array's centre, through the middle of the vertebral
        bodies, about `LINE_STEP_MM` apart, from the lowest to the highest, within the array.
    """

    seed: int
    name: str
    hu: np.ndarray
    centreline_mm: np.ndarray


def draw_phantom(seed: int) -> DrawnPhantom:
    """The phantom of a seed; the seed decides its region too."""
    region = str(np.random.default_rng([seed, 0]).choice(REGIONS))
    phantom = make_phantom(seed, shape=WHOLE_SHAPE, spacing_mm=SPACING_MM, region=region)
    centres = np.array(list(phantom.description["vertebra_centres_mm"].values()))[::-1]
    half = (np.array(WHOLE_SHAPE) - 1) / 2.0 * SPACING_MM
    low, high = max(centres[0, 0], -half[0]), min(centres[-1, 0], half[0])
    heights = np.linspace(low, high, round((high - low) / LINE_STEP_MM) + 1)
    line = np.column_stack([heights, PchipInterpolator(centres[:, 0], centres[:, 1:], axis=0)(heights)])
    inside = np.all(np.abs(line) <= half, axis=1)
    return DrawnPhantom(seed, f"phantom-{seed}", phantom.hu, line[inside])


class PhantomStream:
    """A context manager with processes that draw phantoms, of the seeds from `first_seed` on, each once.

    They run at the lowest priority with one thread each, and end with this process whatever ends it. When `ready`
    phantoms wait, drawing pauses, so the memory in use stays the same.
    """

    def __init__(self, first_seed: int, workers: int, ready: int = READY):
        """Raises PhantomStreamError when `workers` or `ready` is below 1 or no process can be started."""
        if workers < 1 or ready < 1:
            raise PhantomStreamError("The phantoms need at least 1 worker and room for 1 that is ready.")
        self._ready = ready
        self._arrived: deque[DrawnPhantom] = deque()
        self._change = threading.Condition()
        self._closed = False
        self._reading = 0
        self._processes: list[subprocess.Popen] = []
        self._readers: list[threading.Thread] = []
        try:
            for number in range(workers):
                self._start(first_seed + number, workers)
        except OSError as error:
            self.close()
            raise PhantomStreamError(
                f"No process to draw phantoms can be started ({error.strerror}); use fewer workers."
            ) from error

    def __enter__(self) -> PhantomStream:
        return self

    def __exit__(self, *_) -> None:
        self.close()

    def new(self) -> list[DrawnPhantom]:
        """All phantoms that have arrived since the last call; never waits.

        Raises:
            PhantomStreamError: there are none, and no process is left to draw any.
        """
        with self._change:
            return self._taken()

    def first(self, count: int, timeout_s: float) -> list[DrawnPhantom]:
        """At least `count` phantoms, or those that arrived within `timeout_s`.

        Raises:
            PhantomStreamError: as `new`.
        """
        end = time.monotonic() + timeout_s
        found: list[DrawnPhantom] = []
        with self._change:
            while True:
                found += self._taken()
                left = end - time.monotonic()
                if len(found) >= count or left <= 0.0:
                    return found
                self._change.wait(left)

    def close(self) -> None:
        """End the processes; what waits is dropped. May be called again."""
        with self._change:
            self._closed = True
            self._arrived.clear()
            self._change.notify_all()
        for process in self._processes:
            process.stdin.close()  # the sign to end
        for process in self._processes:
            try:
                process.wait(CLOSE_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for reader in self._readers:
            reader.join()

    def _taken(self) -> list[DrawnPhantom]:
        found = list(self._arrived)
        self._arrived.clear()
        self._change.notify_all()
        if not (found or self._closed or self._reading):
            codes = sorted({process.wait() for process in self._processes})
            raise PhantomStreamError(
                f"All {len(self._processes)} processes that draw phantoms ended (exit code "
                f"{', '.join(map(str, codes))}); see their messages above, or go on without phantoms."
            )
        return found

    def _start(self, first: int, step: int) -> None:
        root = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
        process = subprocess.Popen(
            [sys.executable, "-c", _WORKER, str(first), str(step)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **dict.fromkeys(THREADS, "1"), "PYTHONPATH": path},
            pipesize=PIPE_BYTES,
        )
        self._processes.append(process)
        reader = threading.Thread(target=self._read, args=(process.stdout,), daemon=True)
        self._readers.append(reader)
        with self._change:
            self._reading += 1
        reader.start()

    def _read(self, pipe) -> None:
        """Hand on what one process draws until it ends; the pipe holds it back while enough phantoms wait."""
        try:
            with pipe:
                while (phantom := _received(pipe)) is not None:
                    with self._change:
                        self._change.wait_for(lambda: self._closed or len(self._arrived) < self._ready)
                        if self._closed:
                            return
                        self._arrived.append(phantom)
                        self._change.notify_all()
        finally:
            with self._change:
                self._reading -= 1
                self._change.notify_all()


def _received(pipe) -> DrawnPhantom | None:
    """The next phantom of a pipe, or None where it ends."""
    head = pipe.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    seed, points = _HEAD.unpack(head)
    line = np.empty((points, 3))
    hu = np.empty(WHOLE_SHAPE, np.int16)
    for array in (line, hu):
        if pipe.readinto(array.data.cast("B")) < array.nbytes:
            return None
    return DrawnPhantom(seed, f"phantom-{seed}", hu, line)


def _end_with_parent() -> None:
    """Ends this process at once when the other end of its input is closed, as it is when the parent is gone."""
    while os.read(0, 1):
        pass
    os._exit(0)


def _serve() -> None:
    """Draw phantoms into the standard output until the input is closed: the work of one process."""
    first, step = map(int, sys.argv[1:])
    if hasattr(os, "nice"):
        os.nice(19)
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # nothing else that is printed gets between the phantoms
    threading.Thread(target=_end_with_parent, daemon=True).start()
    seed = first
    while True:
        phantom = draw_phantom(seed)
        line = np.ascontiguousarray(phantom.centreline_mm, dtype=float)
        for part in (_HEAD.pack(seed, len(line)), line, np.ascontiguousarray(phantom.hu)):
            output.write(part)
        output.flush()
        seed += step
