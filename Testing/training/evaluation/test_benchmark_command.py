"""The benchmark command: sets of its own phantoms and of real cases, kept for as long as they hold."""

import pytest
import torch
from small_model import save_small_model

from Diff2CTCore.models import load_card, load_model, save_model
from training import benchmark


@pytest.fixture
def benchmark_run(tmp_path, kept, quick):
    """Runs the command; cases are taken from where the fixture made them, results from where other tests left them."""
    (tmp_path / "results").symlink_to(kept / "results")
    command = ["--weights", str(tmp_path / "weights"), "--candidate", "small", "--phantoms", "3", "--steps", "3"]
    command += ["-o", str(tmp_path / "out"), "--figures", str(tmp_path / "figures"), "--cache", str(tmp_path)]
    return lambda *extra: benchmark.main([*command, "--workers", "1", *extra])


def test_the_benchmark_keeps_the_real_set_only_as_long_as_the_weights_are_the_same(
    cases, tmp_path, capsys, benchmark_run, read
):
    small = save_small_model(tmp_path / "weights" / "small")
    assert benchmark_run("--real", str(cases)) == 0
    first = read("benchmark")
    assert {kind: list(methods) for kind, methods in first.items()} == {
        "phantom": ["small", "SART"],
        "real": ["small", "SART"],
    }
    capsys.readouterr()
    assert benchmark_run() == 0
    assert read("benchmark") == first
    assert "its numbers are those of" in capsys.readouterr().out
    save_model(small, {**load_model(small).state_dict, "x2noisenet.estimate.bias": torch.ones(64)}, load_card(small))
    assert benchmark_run() == 0
    assert set(read("benchmark")) == {"phantom"}
    assert "was skipped: no cases were given" in capsys.readouterr().out
    assert not (tmp_path / "out" / "benchmark-real.csv").exists()
    assert not (tmp_path / "figures" / "benchmark-planes-real.png").exists()


def test_the_benchmark_without_weights_says_what_to_do(cases, capsys, benchmark_run):
    assert benchmark_run() == 2
    assert "holds no model in a folder 'small'" in capsys.readouterr().err
