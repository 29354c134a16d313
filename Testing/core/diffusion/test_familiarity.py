"""A pair of radiographs that is unlike those of training is warned about, and others are not."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_model import save_small_model

from Diff2CTCore.__main__ import main
from Diff2CTCore.diffusion.familiarity import strangeness, warnings
from Diff2CTCore.models import load_model, save_model

SAMPLE = Path(__file__).parents[3] / "Resources" / "SampleData"


def test_strangeness_is_0_for_what_agrees_1_for_noise_and_2_for_a_negative():
    rng = np.random.default_rng(0)
    image, seen = rng.normal(size=(100, 100)), np.ones((100, 100))
    assert strangeness(image, 3.0 * image + 7.0, seen) == pytest.approx(0.0, abs=1e-12)
    assert strangeness(image, -image, seen) == pytest.approx(2.0)
    assert strangeness(image, rng.normal(size=(100, 100)), seen) == pytest.approx(1.0, abs=0.03)
    assert strangeness(image, np.ones_like(image), seen) == 1.0


def test_only_seen_pixels_count():
    image, other, seen = np.arange(16.0).reshape(4, 4), np.arange(16.0).reshape(4, 4), np.ones((4, 4))
    other[0], seen[0] = -1000.0, 0.0
    assert strangeness(image, other, seen) == pytest.approx(0.0)
    assert math.isnan(strangeness(image, other, np.zeros((4, 4))))


def test_a_card_without_a_bound_warns_of_nothing_and_nan_is_not_strange():
    assert warnings({"AP": 1.9}, None) == []
    assert warnings({"AP": math.nan, "LL": 0.1}, {"threshold": 0.5}) == []


@pytest.mark.parametrize(("threshold", "warned"), [(-1.0, True), (2.0, False)])
def test_the_command_tells_and_reports_what_is_strange(tmp_path, capsys, threshold, warned):
    folder = save_small_model(tmp_path / "small")
    model = load_model(folder)
    save_model(folder, model.state_dict, replace(model.card, familiarity={"threshold": threshold}))
    inputs = [str(SAMPLE / name) for name in ("ap.dcm", "lateral.dcm")]
    command = ["reconstruct", *inputs, "-o", str(tmp_path / "ct.nrrd"), "--model", str(folder), "--steps", "1"]
    assert main(command) == 0
    report = json.loads((tmp_path / "ct.json").read_text())
    assert set(report["strangeness"]) == {"AP", "LL"}
    assert all(0.0 <= value <= 2.0 for value in report["strangeness"].values())
    told = capsys.readouterr().out
    if warned:
        for side, sentence in zip(("frontal", "lateral"), report["warnings"], strict=True):
            assert sentence.startswith(f"The {side} radiograph does not look like those that the model was trained on")
            assert f"Warning: {sentence}" in told
    else:
        assert report["warnings"] == []
        assert "Warning" not in told
