"""A look at a device before a long run: the numbers it prints, and what it refuses."""

import json

import pytest
from packs import write_pack_run

from training import try_device


def test_each_size_of_a_batch_is_timed_and_nothing_is_left_behind(tmp_path, capsys, monkeypatch):
    config = write_pack_run(tmp_path)
    empty = tmp_path / "here"
    empty.mkdir()
    monkeypatch.chdir(empty)
    arguments = [str(config), "--sizes", "1", "2", "--steps", "3", "-o", str(tmp_path / "found.json")]
    assert try_device.main(arguments) == 0
    found = json.loads((tmp_path / "found.json").read_text())
    assert [size["volumes"] for size in found["sizes"]] == [1, 2]
    for size in found["sizes"]:
        # A step holds the making of its batch; operations a second follow from the step's time.
        assert 0.0 < size["batch_seconds"] < 2.0 * size["step_seconds"]
        assert size["volumes_a_second"] == pytest.approx(size["volumes"] / size["step_seconds"])
    first, second = (size["tflop_a_second"] * size["step_seconds"] for size in found["sizes"])
    assert second == pytest.approx(2.0 * first, rel=0.01)
    assert found["checkpoint_seconds"] > 0.0
    assert "a checkpoint takes" in capsys.readouterr().out
    assert list(empty.iterdir()) == []
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(("option", "value"), [("--sizes", "-1"), ("--steps", "1")])
def test_numbers_that_cannot_be_timed_are_refused(tmp_path, capsys, option, value):
    assert try_device.main([str(write_pack_run(tmp_path)), option, value]) == 2
    assert "at least 2 steps" in capsys.readouterr().err
