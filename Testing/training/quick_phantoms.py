"""Phantoms that take no time: a trunk of water with a column of bone, from processes that do all that real ones do."""

from pathlib import Path

import numpy as np

from training.phantom import stream

# Notes the seed, its process, its priority and its threads in the file DRAWN, if one is named.
WORKER = f"""
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
sys.path.append({str(Path(__file__).resolve().parent)!r})
from training.phantom import stream
from quick_phantoms import column_phantom
def draw(seed):
    if "DRAWN" in os.environ:
        with open(os.environ["DRAWN"], "a") as log:
            log.write(f"{{seed}} {{os.getpid()}} {{os.nice(0)}} {{os.environ['OMP_NUM_THREADS']}}\\n")
    return column_phantom(seed)
stream.draw_phantom = draw
stream._serve()
"""


def column_phantom(seed: int) -> stream.DrawnPhantom:
    """What they draw; seeds differ in the trunk's HU."""
    hu = np.full(stream.WHOLE_SHAPE, -1000, np.int16)
    hu[:, 40:-40, 40:-40] = seed % 100
    hu[:, 98:110, 106:118] = 1500
    heights = np.linspace(-170.0, 170.0, 35)
    return stream.DrawnPhantom(seed, f"phantom-{seed}", hu, np.outer(heights, (1.0, 0.0, 0.0)))


def quick_phantoms(monkeypatch) -> None:
    """Every stream that is opened from here on has such processes."""
    monkeypatch.setattr(stream, "_WORKER", WORKER)
