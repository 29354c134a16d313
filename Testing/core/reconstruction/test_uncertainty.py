"""The calibrated interval of a reconstruction."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_model import save_small_model

from Diff2CTCore.__main__ import main
from Diff2CTCore.errors import ModelError
from Diff2CTCore.models import load_model, save_model
from Diff2CTCore.reconstruction.uncertainty import FLOOR_HU, uncertainty_summary

SAMPLE = Path(__file__).parents[3] / "Resources" / "SampleData"
CALIBRATION = {"interval": 0.9, "factor": 3.0, "samples": 8, "calibrated_on": "20 phantoms"}


def test_the_number_is_the_factor_times_the_deviation_in_the_body_only():
    mean, std = np.full((32, 32, 32), -1000.0, np.float32), np.full((32, 32, 32), 900.0, np.float32)
    mean[:, 8:24, 8:24], std[:, 8:24, 8:24] = 40.0, 12.0
    found = uncertainty_summary(mean, std, 4.0, 4, CALIBRATION)
    assert found["half_width_hu"] == pytest.approx(3.0 * np.hypot(12.0, FLOOR_HU), rel=1e-5)
    assert (found["samples"], found["calibrated_samples"]) == (4, 8)


def test_there_is_none_without_samples_or_calibration():
    volume = np.zeros((32, 32, 32), np.float32)
    assert uncertainty_summary(volume, None, 4.0, 1, CALIBRATION) is None
    assert uncertainty_summary(volume, volume, 4.0, 4, None) is None


@pytest.mark.parametrize("change", [{"factor": 0.0}, {"interval": 90}, {"samples": 0}, {"calibrated_on": ""}])
def test_a_card_with_a_wrong_calibration_is_refused(tmp_path, change):
    card = load_model(save_small_model(tmp_path / "small")).card
    with pytest.raises(ModelError, match="uncertainty_calibration"):
        replace(card, uncertainty_calibration={**CALIBRATION, **change})


def test_the_command_tells_and_reports_it(tmp_path, capsys):
    folder = save_small_model(tmp_path / "small")
    model = load_model(folder)
    save_model(folder, model.state_dict, replace(model.card, uncertainty_calibration=CALIBRATION))
    inputs = [str(SAMPLE / name) for name in ("ap.dcm", "lateral.dcm")]
    command = ["reconstruct", *inputs, "-o", str(tmp_path / "ct.nrrd"), "--model", str(folder), "--steps", "1"]
    calibrated = str(CALIBRATION["samples"])
    for samples, given in (("2", True), (calibrated, True), ("1", False)):
        assert main([*command, "--samples", samples]) == 0
        report = json.loads((tmp_path / "ct.json").read_text())
        told = capsys.readouterr().out
        assert (report["uncertainty"] is not None) == given
        assert (f"90% interval: +-{(report['uncertainty'] or {}).get('half_width_hu', 0):.0f} HU" in told) == given
        assert (f"it was calibrated with {calibrated}" in told) == (given and samples != calibrated)
