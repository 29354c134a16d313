"""Phantoms from processes beside the training: what they are, back-pressure, trouble, and that no process stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from quick_phantoms import WORKER, column_phantom, quick_phantoms

from Diff2CTCore.errors import Diff2CTError
from training.phantom import LABELS, DrawnPhantom, PhantomStream, make_phantom
from training.phantom import stream as phantom_stream
from training.phantom.stream import WHOLE_SHAPE, draw_phantom

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Quick workers; returns a function that gives what they noted: (seed, process, priority, threads)."""
    log = tmp_path / "drawn.txt"
    log.touch()
    monkeypatch.setenv("DRAWN", str(log))
    quick_phantoms(monkeypatch)
    return lambda: [tuple(map(int, line.split())) for line in log.read_text().splitlines()]


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


def wait_until(condition, seconds: float = 20.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(condition())


@pytest.fixture(scope="module")
def seventh() -> DrawnPhantom:
    return draw_phantom(7)


def test_a_phantom_comes_with_the_line_through_its_vertebral_bodies(seventh):
    assert seventh.name == "phantom-7"
    assert seventh.hu.dtype == np.int16
    assert seventh.hu.shape == WHOLE_SHAPE
    line = seventh.centreline_mm
    assert np.all(np.diff(line[:, 0]) > 0.0)
    half = np.array(WHOLE_SHAPE) - 1.0
    assert np.all(np.abs(line) <= half)
    assert np.ptp(line[:, 0]) > 200.0
    region = str(np.random.default_rng([7, 0]).choice(phantom_stream.REGIONS))
    labels = make_phantom(7, shape=(64, 96, 96), region=region).labels
    near = line[np.abs(line[:, 0]) < 60.0]
    index = np.rint((near + np.array([63.0, 95.0, 95.0])) / 2.0).astype(int)
    spine = [value for name, value in LABELS.items() if name[0] in "TL" and name[1:].isdigit()] + [LABELS["disc"]]
    assert np.isin(labels[tuple(index.T)], spine).all()


def test_the_shape_is_the_model_grid_with_its_margins():
    from training.data import CACHE_GRID
    from training.data.bodies import MARGIN_VOXELS

    assert tuple(np.add(CACHE_GRID.shape, 2 * np.array(MARGIN_VOXELS))) == WHOLE_SHAPE
    assert CACHE_GRID.spacing_mm == phantom_stream.SPACING_MM


def test_workers_import_no_torch():
    code = "import sys, training.phantom.stream; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_a_worker_sends_the_phantom_of_its_seed_unchanged(monkeypatch):
    shape = (60, 80, 88)
    smaller = f"from training.phantom import stream; stream.WHOLE_SHAPE = {shape}; {phantom_stream._WORKER}"
    monkeypatch.setattr(phantom_stream, "_WORKER", smaller)
    monkeypatch.setattr(phantom_stream, "WHOLE_SHAPE", shape)
    with PhantomStream(7, 1) as stream:
        assert stream.new() == []
        (sent,) = stream.first(1, 120.0)
    assert (sent.seed, sent.name) == (7, "phantom-7")
    drawn = draw_phantom(7)
    assert sent.hu.shape == shape
    assert np.array_equal(sent.hu, drawn.hu)
    assert np.array_equal(sent.centreline_mm, drawn.centreline_mm)


def test_each_seed_comes_once_and_in_turn_per_worker(drawn):
    with PhantomStream(20, 2, ready=2) as stream:
        found = stream.first(8, 60.0)
        found += stream.first(4, 60.0)
    seeds = [phantom.seed for phantom in found]
    assert len(seeds) >= 12
    assert len(set(seeds)) == len(seeds)
    for parity in (0, 1):
        of_one = [seed for seed in seeds if seed % 2 == parity]
        assert of_one == list(range(20 + parity, 20 + parity + 2 * len(of_one), 2))
    for phantom in found:
        expected = column_phantom(phantom.seed)
        assert phantom.name == expected.name
        assert np.array_equal(phantom.hu, expected.hu)
        assert np.array_equal(phantom.centreline_mm, expected.centreline_mm)
    assert {(priority, threads) for _, _, priority, threads in drawn()} == {(19, 1)}


def test_drawing_pauses_while_enough_wait(drawn):
    with PhantomStream(0, 1, ready=2) as stream:
        assert wait_until(lambda: len(drawn()) >= 4)
        time.sleep(0.5)
        # 2 wait, 1 is read, 1 is in the pipe
        assert len(drawn()) == 4
        assert len(stream.new()) == 2
        assert wait_until(lambda: len(drawn()) == 6)


def test_first_gives_what_there_is_when_its_time_is_over(drawn):
    with PhantomStream(0, 1, ready=1) as stream:
        assert wait_until(lambda: len(drawn()) >= 3)
        start = time.monotonic()
        found = stream.first(10**6, 0.5)
        assert 0.4 < time.monotonic() - start < 5.0
        assert found


def test_an_interrupt_does_not_end_the_workers(drawn):
    with PhantomStream(0, 1, ready=1) as stream:
        stream.first(1, 60.0)
        os.kill(drawn()[0][1], signal.SIGINT)
        assert stream.first(8, 60.0)[-1].seed >= 8


def test_the_loss_of_all_workers_is_told_in_a_sentence(drawn, monkeypatch):
    broken = WORKER.replace("return", "assert seed < 2, 'broken'\n    return")
    monkeypatch.setattr(phantom_stream, "_WORKER", broken)
    with PhantomStream(0, 2) as stream:
        assert {phantom.seed for phantom in stream.first(2, 60.0)} == {0, 1}
        start = time.monotonic()
        with pytest.raises(Diff2CTError, match=r"All 2 processes that draw phantoms ended \(exit code 1\)"):
            stream.first(1, 60.0)
        assert time.monotonic() - start < 30.0
        with pytest.raises(Diff2CTError, match="go on without phantoms"):
            stream.new()


def test_no_worker_is_refused():
    with pytest.raises(Diff2CTError, match="at least 1 worker"):
        PhantomStream(0, 0)


def test_closing_ends_the_workers_at_once_even_while_they_wait(drawn):
    with PhantomStream(0, 2, ready=1) as stream:
        assert wait_until(lambda: len({process for _, process, *_ in drawn()}) == 2)
        assert stream.first(1, 60.0)
        start = time.monotonic()
    assert time.monotonic() - start < 5.0
    assert not any(alive(process) for _, process, *_ in drawn())


def test_workers_die_with_a_parent_that_is_killed(drawn, tmp_path):
    code = (
        "import sys, time; from training.phantom import stream as s; s._WORKER = sys.argv[1]; "
        "stream = s.PhantomStream(0, 2); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code, WORKER], cwd=ROOT)
    try:
        assert wait_until(lambda: len({process for _, process, *_ in drawn()}) == 2, 60.0)
    finally:
        parent.kill()
        parent.wait()
    assert wait_until(lambda: not any(alive(process) for _, process, *_ in drawn()))
