"""The benchmark runs from end to end on tiny problems; what it finds there says nothing about speed."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

HERE = Path(__file__).resolve().parent
KEYS = {"work", "against", "ours", "theirs", "ratio", "goal", "reached"}

PEERS = {name for name in ("diffdrr", "nanodrr") if importlib.util.find_spec(name)}


@pytest.fixture(scope="module")
def benchmark(tmp_path_factory):
    """Exit code, rows and text of a quick run."""
    pytest.importorskip("monai")
    folder = tmp_path_factory.mktemp("benchmark")
    command = [sys.executable, str(HERE / "run.py"), "--quick", "--output", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (folder / "results.json").is_file(), done.stderr
    rows = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return done.returncode, rows, (folder / "results.md").read_text(encoding="utf-8")


def test_every_row_has_its_numbers_and_its_verdict(benchmark):
    _, rows, _ = benchmark
    for row in rows:
        assert set(row) >= KEYS
        assert isinstance(row["reached"], bool)
        assert isinstance(row["ours"], float)
        assert row["theirs"] is None or isinstance(row["theirs"], float)
        sign, limit, *_ = row["goal"].split()
        assert row["reached"] == (row["ratio"] >= float(limit) if sign == ">=" else row["ratio"] <= float(limit))
        low, high = row["spread"]
        assert low <= row["ratio"] <= high


def test_ratios_are_those_of_the_numbers_beside_them(benchmark):
    for row in benchmark[1]:
        if row["theirs"] is None or row["rounds"] > 1:
            continue
        ours, theirs = row["ours"], row["theirs"]
        expected = {"faster": theirs / ours, "more": ours - theirs}.get(row["goal"].split()[-1], ours / theirs)
        assert row["ratio"] == pytest.approx(expected, rel=0.01, abs=0.01)


def test_every_kind_of_work_is_measured_or_said_to_be_missing(benchmark):
    code, rows, text = benchmark
    works = [row["work"] for row in rows]
    for start in (
        "DRR forward",
        "DRR, NRMSE",
        "lift of two views",
        "lift, NRMSE",
        "first progress event",
        "reconstruct of the bundled pair",
        "reconstruct of the bundled pair, peak memory",
        "SSIM inside the body",
        "PSNR inside the body",
        "second reconstruction in the same worker",
        "reconstruction of",
        "2 samples",
        "radiographs of",
        "training step of default",
        "start, imports, loading and building the network",
        "bone Dice",
        "level profile",
    ):
        assert any(work.startswith(start) for work in works), start
    assert all(f"| {work} |" in text for work in works)
    missing = [name for name in ("diffdrr", "nanodrr") if name not in PEERS]
    assert code == (1 if missing else 0)
    for name in missing:
        assert f"Not measured: {name}, " in text


def test_speed_does_not_move_the_demo(benchmark):
    same = [row for row in benchmark[1] if "whole matrices" in row["against"]]
    assert len(same) == 4
    for row in same:
        assert row["ours"] == pytest.approx(row["theirs"], abs=0.01)
    for row in same[:2]:
        assert row["ratio"] == pytest.approx(1.0, abs=0.01)


def test_the_lift_is_what_a_plain_lookup_gives(benchmark):
    (row,) = (row for row in benchmark[1] if row["work"].startswith("lift, NRMSE"))
    assert row["ours"] < 1e-5


def test_the_ratio_of_the_version_before_stands_beside_that_of_the_same_work(tmp_path):
    lift = ["--quick", "--only", "lift", "--output"]
    run = [sys.executable, str(HERE / "run.py"), *lift]
    subprocess.run([*run, str(tmp_path / "first")], capture_output=True, check=True)
    earlier = tmp_path / "first" / "results.json"
    done = [*run, str(tmp_path / "second"), "--before", str(earlier)]
    subprocess.run(done, capture_output=True, check=True)
    first, second = (
        json.loads((tmp_path / name / "results.json").read_text(encoding="utf-8")) for name in ("first", "second")
    )
    assert [row["before"] for row in first] == [None, None]
    assert [row["before"] for row in second] == [row["ratio"] for row in first]


def test_the_gpu_s_script_runs_where_there_is_none_and_says_so(tmp_path):
    script = [sys.executable, str(HERE / "gpu.py"), str(tmp_path)]
    done = subprocess.run([*script, "--quick", "--device", "cpu"], capture_output=True, text=True, check=True)
    rows = json.loads((tmp_path / "gpu.json").read_text(encoding="utf-8"))
    assert len(rows) == 6
    assert all(row["ours"] > 0.0 and row["theirs"] > 0.0 for row in rows)
    assert "the CPU itself" in done.stdout
    if not torch.cuda.is_available():
        done = subprocess.run(script, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        assert "finds no GPU" in done.stderr
