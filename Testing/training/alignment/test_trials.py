"""Trials: the truth is where the picture shows it, and the measured errors are those that were made."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from rods import rod_scan

from Diff2CTCore.geometry import BiplanarGeometry
from training.alignment import measurement
from training.alignment.measurement import Measured, as_values, measure, summary
from training.alignment.trial import LARGEST_MAGNIFICATION, draw_trial

BALL = 60


@pytest.fixture(scope="module")
def scan():
    return rod_scan((110, 50, 60), ball=BALL)


# In these both fields show the ball.
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_truth_is_where_the_pictures_show_it(scan, seed):
    trial = draw_trial(scan, np.random.default_rng(seed))
    found = []
    for picture, mask in zip(trial.pictures, trial.masks, strict=True):
        # A lead marker is as bright, but small; the ball is 24 mm wide.
        bright = (picture >= np.quantile(picture, 0.997)) & mask
        found.append(np.median(np.argwhere(bright), 0))
    _, (column, row) = trial.truth(found[0][0])
    assert row == pytest.approx(found[1][0], abs=10.0)
    assert column == pytest.approx(found[1][1], abs=10.0)


def test_sizes_are_drawn_as_they_are_promised(scan):
    found = [draw_trial(scan, np.random.default_rng(seed)) for seed in range(10, 16)]
    sizes = np.array([trial.size_ratio(np.zeros(3)) for trial in found])
    assert np.all(np.abs(np.log(sizes)) <= np.log1p(LARGEST_MAGNIFICATION))
    assert np.ptp(sizes) > 0.05
    for trial in found:
        believed = [view.pixel_spacing_mm[0] / view.magnification for view in trial.geometry.views]
        assert believed[0] / believed[1] == pytest.approx(trial.size_ratio(np.zeros(3)), rel=1e-3)


def test_an_error_that_is_made_is_measured(scan, monkeypatch):
    """A proposal that is the truth but 5 mm lower, 3 mm aside and 4 % larger in the lateral view."""
    trial = draw_trial(scan, np.random.default_rng([7, 0]))

    def proposed(given, model):
        frontal, lateral = trial.geometry.views
        middle = (frontal.rows - 1) / 2.0
        point, (column, row) = trial.truth(middle)
        pitch = lateral.pixel_spacing_mm[0] / lateral.magnification
        spacing = (lateral.pixel_spacing_mm[0] * 1.04,) * 2
        # RAS: the frontal rays run along the second axis, the lateral ones along the first.
        depths = [abs(view.source_mm()[axis] - point[axis]) for view, axis in ((frontal, 1), (lateral, 0))]
        views = (
            replace(frontal, centre_px=tuple(frontal.project(point)), sod_mm=depths[0]),
            replace(
                lateral,
                centre_px=(column + 3.0 / pitch, row + 5.0 / pitch),
                pixel_spacing_mm=spacing,
                sod_mm=depths[1],
            ),
        )
        return SimpleNamespace(
            geometry=BiplanarGeometry(*views),
            alignment=SimpleNamespace(sure=True, probability=0.9),
            swapped=False,
            doubts=[],
            sides=[SimpleNamespace(reading={}), SimpleNamespace(reading={"invert": True})],
        )

    monkeypatch.setattr(measurement, "look_at_pair", proposed)
    (found,) = measure([scan], "no model", seed=7, tell=lambda text: None)
    assert found.kind == "real"
    assert found.shift_error_mm == pytest.approx(5.0, abs=0.05)
    assert found.sideways_error_mm == pytest.approx((0.0, 3.0), abs=0.3)
    assert found.magnification_error == pytest.approx(0.04, abs=1e-3)
    assert found.turn_error_deg == pytest.approx((0.0, 0.0))
    assert found.recognised["exchanged"] is found.recognised["upside down"] is False


def measured(shift_mm: float, sure: bool, kind: str = "real") -> Measured:
    return Measured(
        name="a body", kind=kind, shift_error_mm=shift_mm, magnification_error=0.02, sideways_error_mm=(1.0, -1.0),
        turn_error_deg=(0.0, 2.0), asked=False, sure=sure, probability=0.9, ssim_body=None,
        recognised=dict.fromkeys(measurement.CHANGES, True),
    )  # fmt: skip


def test_what_is_wrong_and_sure_is_counted():
    figures = summary([measured(-9.0, True), measured(1.0, True), measured(20.0, False), measured(2.0, False)])
    assert figures["wrong_and_sure"] == 0.25
    assert figures["sure"] == 0.5
    assert figures["shift_within_8_mm"] == 0.5
    assert figures["shift_median_mm"] == pytest.approx(5.5)
    assert figures["sure_shift_median_mm"] == pytest.approx(5.0)


def test_patients_and_phantoms_are_told_apart():
    values = as_values([measured(1.0, True), measured(2.0, True, "phantom"), measured(4.0, True, "phantom")])
    assert values["summary"]["real"]["pairs"] == 1
    assert values["summary"]["phantom"]["shift_median_mm"] == 3.0
    assert [pair["kind"] for pair in values["pairs"]] == ["real", "phantom", "phantom"]
