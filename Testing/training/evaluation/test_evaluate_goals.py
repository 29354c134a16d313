"""The goals: calibration, wrong geometry, few evaluations, and the command that writes them."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from cylinders import GRID, PLANE, cylinder_case
from small_model import save_small_model

from Diff2CTCore.geometry import VolumeGrid, grid_axes_mm, project_to_iso_plane, source_spl_mm
from Diff2CTCore.models import load_card
from training import calibrate, goals
from training.data import GeometryRange
from training.evaluation import coverage, familiarity, few_steps, held_out, robustness, strangers
from training.evaluation.goals import Goal
from training.evaluation.observation import Observation, observe
from training.evaluation.results import CaseResult
from training.evaluation.runner import CaseTask


class Guess:
    """Samples the truth with normal noise: an uncertainty that is right but for its size."""

    evaluations = 1

    def __init__(self, truth, spread):
        self.truth, self.spread = truth.astype(np.float32), spread

    def __call__(self, observation, seed, start=None):
        noise = np.random.default_rng(seed).normal(0.0, self.spread, self.truth.shape)
        return (self.truth + noise).astype(np.float32)


def test_the_calibrated_interval_covers_what_it_says_and_a_too_narrow_one_does_not(tmp_path):
    case = cylinder_case(90.0)
    case.save(tmp_path / "phantom-1.npz")
    truth, _ = observe(case, GRID, PLANE)
    wrong = truth + np.random.default_rng(99).normal(0.0, 60.0, truth.shape)  # the samples' common error
    task = CaseTask(tmp_path / "phantom-1.npz", GRID, PLANE)
    ratios = [coverage.scaled_errors(8, seed, Guess(wrong, 30.0), task) for seed in (0, 100, 200)]
    factor = coverage.calibration_factor(ratios[:1])
    assert coverage.coverages(ratios[1:], factor) == pytest.approx([0.9, 0.9], abs=0.01)
    # Without calibration, a normal distribution's 90 % are 1.645 deviations; here the error is twice as large.
    assert max(coverage.coverages(ratios[1:], 1.645)) < 0.7


def test_a_right_description_changes_nothing_and_a_wrong_one_moves_the_image():
    _, observation = observe(cylinder_case(90.0), GRID, PLANE)
    same = robustness.with_wrong_geometry(observation)
    inside = (same.masks > 0).numpy()
    assert inside.mean() > 0.9
    difference = (same.images - observation.images).numpy()[inside]
    assert np.abs(difference).mean() < 0.02 * observation.images.mean()
    torch.testing.assert_close(same.sources_mm, observation.sources_mm, atol=1e-2, rtol=0.0)


@pytest.mark.parametrize(("view", "name"), [(0, "AP"), (0, "PA"), (1, "LL"), (1, "RL")])
def test_the_view_of_a_source_stands_where_the_source_does(view, name):
    source = GeometryRange().sample_source(name, np.random.default_rng(0))
    found = robustness.view_of_source(source, PLANE)
    assert found.view == name
    np.testing.assert_allclose(source_spl_mm(found), source, atol=1e-6)


def test_a_wrong_sid_scales_the_image_and_a_wrong_sod_the_distance_too():
    _, observation = observe(cylinder_case(90.0), GRID, PLANE)
    sid = robustness.with_wrong_geometry(observation, sid=1.15)
    torch.testing.assert_close(sid.sources_mm, observation.sources_mm, atol=1e-2, rtol=0.0)
    sod = robustness.with_wrong_geometry(observation, sod=1.15)
    torch.testing.assert_close(sod.sources_mm, 1.15 * observation.sources_mm, atol=1e-2, rtol=0.0)

    def width_mm(images):
        row = images[0, PLANE.rows // 2]
        return float((row > 0.5 * row.max()).sum()) * PLANE.column_spacing_mm

    true = width_mm(observation.images)
    assert width_mm(sid.images) == pytest.approx(true / 1.15, abs=6.0)
    assert width_mm(sod.images) == pytest.approx(true * 1.15, abs=6.0)


def test_a_wrong_angle_shows_the_body_as_if_it_were_turned():
    """The radiographs of a wrongly described source are those of a body turned by the error, seen from there."""
    grid = VolumeGrid((128, 128, 128), 2.0)
    up, back, left = np.meshgrid(*(grid.axis_mm(axis) for axis in range(3)), indexing="ij")
    rows, columns = (torch.as_tensor(a, dtype=torch.float32) for a in (PLANE.rows_mm(), PLANE.columns_mm()))

    def image(turn_deg, source):
        turn = np.deg2rad(turn_deg)
        distance = np.hypot(back * np.cos(turn) + up * np.sin(turn), left)
        density = torch.from_numpy((0.01 * np.clip((90.0 - distance) / 10.0, 0.0, 1.0)).astype(np.float32))
        return project_to_iso_plane(density[None, None], grid_axes_mm(grid), source, True, rows, columns)[0, 0]

    sources = torch.tensor([[0.0, -900.0, 0.0], [0.0, 0.0, -900.0]])
    images = torch.stack([image(0.0, sources[:1])] * 2)
    observation = Observation(images, torch.ones_like(images), sources, PLANE)
    wrong = robustness.with_wrong_geometry(observation, secondary_deg=10.0, views=(0,))
    assert torch.equal(wrong.images[1], images[1])
    assert torch.equal(wrong.sources_mm[1], sources[1])
    middle = slice(PLANE.rows // 2 - 6, PLANE.rows // 2 + 6)  # rays that do not leave through the volume's ends
    shown = wrong.images[0][middle]
    # The source of an AP view stands in front and goes down; what was in front goes down with it.
    away = {
        turn: float((shown - image(turn, wrong.sources_mm[:1])[middle]).abs().mean() / shown.mean())
        for turn in (-10, 0, 10)
    }
    assert away[10] < 0.008
    assert min(away[0], away[-10]) > 1.5 * away[10], away


def test_the_bound_lets_most_usual_pairs_pass_and_counts_what_it_finds():
    names = [familiarity.USUAL, *strangers.STRANGERS]
    calibrating = [dict.fromkeys(names, 0.01 * index) for index in range(101)]
    tested = [{familiarity.USUAL: value, **dict.fromkeys(strangers.STRANGERS, 1.0)} for value in (0.1, 0.2, 0.3, 0.99)]
    bound = familiarity.familiarity_bound(calibrating, {"phantom": tested})
    assert bound["threshold"] == pytest.approx(0.95)
    assert bound["tested_on"]["phantom"]["false_alarm_rate"] == 0.25
    assert set(bound["tested_on"]["phantom"]["detection_rate"].values()) == {1.0}


def test_each_stranger_differs_from_the_pair_it_was_made_of():
    _, observation = observe(cylinder_case(90.0), GRID, PLANE)
    ramp = torch.linspace(0.5, 1.5, 2 * PLANE.rows * PLANE.columns).view(2, PLANE.rows, PLANE.columns)
    observation = replace(observation, images=observation.images * ramp)
    for name, change in strangers.STRANGERS.items():
        changed = change(observation, np.random.default_rng(0))
        assert changed.images.shape == observation.images.shape, name
        assert torch.isfinite(changed.images).all(), name
        assert not torch.equal(changed.images, observation.images), name


def results(ssim):
    return [CaseResult(str(index), {name: value for name in few_steps.QUALITY}) for index, value in enumerate(ssim)]


def test_the_fewest_evaluations_are_those_from_which_on_quality_lasts():
    by_steps = [[0.80, 0.80], [0.90, 0.90], [0.85, 0.85], [0.895, 0.895], [0.90, 0.90]]
    fewest = few_steps.fewest_evaluations([results(values) for values in by_steps], steps=(1, 2, 4, 8, 250))
    assert fewest == (8.0, 8.0, 8.0)  # the good 2 does not last


@pytest.mark.parametrize(
    ("goal", "value", "reached"),
    [(">= 1.1", 1.1, True), (">= 1.1", 1.09, False), ("<= 0.75", 0.8, False), ("0.85 to 0.95", 0.9, True),
     ("0.85 to 0.95", 0.96, False), ("<= 12", float("nan"), False)],
)  # fmt: skip
def test_a_goal_is_reached_when_its_value_meets_its_words(goal, value, reached):
    row = Goal.check("x", goal, (value, value - 1.0, value + 1.0)).to_dict()
    assert row["reached"] is reached
    json.dumps(row, allow_nan=False)


def test_the_command_writes_all_rows_and_the_cards_calibration(tmp_path, monkeypatch, capsys, quick):
    monkeypatch.setattr("training.evaluation.goals.STEPS", (1, 2, 4))
    model = save_small_model(tmp_path / "weights" / "small")
    cases = tmp_path / "cases"
    cases.mkdir()
    for index, radius in enumerate((70.0, 80.0, 90.0, 100.0)):
        cylinder_case(radius).save(cases / f"phantom-{held_out.TEST_SEED + index}.npz")
    command = ["--weights", str(model.parent), "--candidate", "small", "--phantoms", "4", "--steps", "2"]
    command += ["--samples", "2", "--few", "2", "-o", str(tmp_path / "out"), "--cache", str(tmp_path), "--workers", "1"]
    assert goals.main(command) == 0
    rows = json.loads((tmp_path / "out" / "goals.json").read_text())
    assert all(set(row) == {"measure", "goal", "value", "low", "high", "reached"} for row in rows)
    measures = " | ".join(row["measure"] for row in rows)
    for words in (
        "SSIM (mean",
        "Frechet",
        "PSNR 3D",
        "Dice",
        "Re-projection",
        "evaluations",
        "coverage",
        "SID",
        "appear",
    ):
        assert words in measures
    assert len(rows) == 6 + 1 + 1 + 5
    calibration = load_card(model).uncertainty_calibration
    assert calibration["factor"] > 0.0
    assert calibration["calibrated_on"].startswith("2 held-out phantoms")
    bound = load_card(model).familiarity
    assert 0.0 <= bound["threshold"] <= 2.0
    assert set(bound["tested_on"]["phantom"]["detection_rate"]) == set(strangers.STRANGERS)
    covered = next(row for row in rows if "coverage" in row["measure"])
    assert covered["value"] == calibration["tested_on"]["phantom"]["coverage"]
    assert load_card(model).goals == rows
    assert "not for clinical decisions" in capsys.readouterr().out
    # Alone, the model reaches the same of what needs no other method.
    alone = save_small_model(tmp_path / "alone")
    command = [str(alone), "--cases", str(cases), "--steps", "2", "--samples", "2", "--few", "2"]
    assert calibrate.main([*command, "--cache", str(tmp_path), "--workers", "1"]) == 0
    card = load_card(alone)
    assert card.goals == rows[6:]
    assert (card.uncertainty_calibration, card.familiarity) == (calibration, bound)


@pytest.mark.parametrize(
    ("model", "words"),
    [("SART", "has no card"), ("small", "at least 4 held-out phantoms"), ("nowhere", "nowhere")],
)
def test_a_calibration_that_cannot_be_made_leaves_the_card(tmp_path, capsys, model, words):
    folder = save_small_model(tmp_path / "small")
    before = (folder / "card.json").read_bytes()
    cylinder_case(80.0).save(tmp_path / "phantom-1.npz")
    named = str(folder) if model == "small" else model
    assert calibrate.main([named, "--cases", str(tmp_path), "--cache", str(tmp_path)]) == 2
    assert words in capsys.readouterr().err
    assert (folder / "card.json").read_bytes() == before
