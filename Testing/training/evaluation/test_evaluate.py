"""The evaluation command: what it writes, what it takes over, and what it refuses."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
from cylinders import GRID, PLANE
from matplotlib.image import imread
from small_model import save_small_model

from Diff2CTCore.ct import evaluate as all_metrics
from Diff2CTCore.models import ModelCard, load_card, load_model, save_model
from training.baselines import sart
from training.data import TrainingCase
from training.evaluation import held_out
from training.evaluation.case_metrics import case_metrics
from training.evaluation.observation import observe
from training.run.card import card_metrics

NAMES = {
    "ssim_body", "ssim_volume", "psnr_body_db", "psnr_volume_db", "mae_hu", "bone_dice", "surface_distance_mm",
    "reprojection_error", "frechet", "network_evaluations", "seconds", "peak_memory_mib",
}  # fmt: skip


def test_every_method_is_measured_on_each_set_with_intervals_tables_and_pictures(
    cases, model, tmp_path, capsys, run, read
):
    assert run(cases, f"ours={model}", "SART") == 0
    found = read()
    assert set(found) == {"phantom", "real"}
    for kind, methods in found.items():
        assert list(methods) == ["ours", "SART"]
        for metrics in methods.values():
            assert set(metrics) >= NAMES
            # Cylinders show no spine, and 32 voxels hold too few blocks for a spectrum.
            assert [metrics.pop(name)["cases"] for name in ("level_profile", "spine_dice", "block_pattern")] == [0] * 3
            for entry in metrics.values():
                assert set(entry) >= {"mean", "low", "high"}
                if kind == "phantom":
                    assert entry["low"] <= entry["mean"] <= entry["high"]
                else:
                    assert entry["low"] is None  # one case has no interval
    ours = found["phantom"]["ours"]
    assert ours["network_evaluations"]["mean"] == 3.0
    assert found["phantom"]["SART"]["network_evaluations"]["mean"] == 0.0
    assert ours["ssim_body"]["against"] == "SART"
    gain = ours["ssim_body"]["mean"] - found["phantom"]["SART"]["ssim_body"]["mean"]
    assert ours["ssim_body"]["difference"]["mean"] == pytest.approx(gain)
    assert ours["ssim_body"]["p"] == 0.25  # three cases that all go one way
    for kind in found:
        pictures = [imread(tmp_path / "out" / f"evaluation-{what}-{kind}.png") for what in ("planes", "worst")]
        assert all(picture[..., :3].std() > 0.1 for picture in pictures)
    assert imread(tmp_path / "out" / "evaluation-bubbles.png")[..., :3].std() > 0.02
    text = capsys.readouterr().out
    assert "Research use only, not for clinical decisions" in text
    assert "EfficientNet-Lite0" in text
    assert "PSNR range 2500 HU" in text
    assert "Cases whose truth shows no spine: 3" in text


def test_the_numbers_of_a_case_are_those_of_the_metrics_by_themselves(cases, tmp_path, run):
    assert run(cases, "SART", extra=("--seed", "0")) == 2  # nothing fixes SART's grid but the cache's
    case = TrainingCase.load(cases / "real-0000000.npz")
    truth, observation = observe(case, GRID, PLANE)
    hu = sart(observation.images, observation.masks, observation.sources_mm, PLANE, GRID).numpy() * 1000.0
    expected = case_metrics(hu, truth, GRID, observation)
    assert expected["mae_hu"] == all_metrics(hu[4:], truth[4:].astype(np.float32), GRID.spacing_mm)["mae_hu"]
    assert run(cases, save_small_model(tmp_path / "small"), "SART") == 0
    with open(tmp_path / "out" / "evaluation-real.csv", newline="", encoding="utf-8") as file:
        rows = {row["method"]: row for row in csv.DictReader(file)}
    for name, value in expected.items():
        assert float(rows["SART"][name]) == pytest.approx(value, rel=1e-4, nan_ok=True), name
    assert float(rows["truth"]["reprojection_error"]) < float(rows["SART"]["reprojection_error"])
    assert rows["truth"]["ssim_body"] == ""


def test_the_truth_itself_has_no_frechet_distance_and_noise_a_large_one(cases, model, run, read):
    assert run(cases, model, "SART") == 0
    found = read()["phantom"]
    assert found["small"]["frechet"]["mean"] > found["SART"]["frechet"]["mean"] > 1.0


def test_finished_cases_are_taken_over_and_other_weights_are_not(cases, model, run, read):
    assert run(cases, model) == 0
    first = read()
    assert run(cases, model) == 0
    assert read() == first  # seconds too: nothing ran again
    card = load_card(model)
    weights = {name: 0.9 * value if value.is_floating_point() else value for name, value in state(model).items()}
    save_model(model, weights, card)
    assert run(cases, model) == 0
    again = read()["phantom"]["small"]
    assert again["mae_hu"] != first["phantom"]["small"]["mae_hu"]
    assert again["seconds"] != first["phantom"]["small"]["seconds"]


def state(model):
    return {name: value.float() for name, value in load_model(model).state_dict.items()}


def test_a_model_card_takes_its_metrics_from_an_evaluation(cases, model, tmp_path, run, read):
    assert run(cases, f"ours={model}", "SART") == 0
    entries = card_metrics(tmp_path / "out" / "evaluation.json", "ours")
    card = replace(load_card(model), metrics=entries)
    assert [entry["cases"] for entry in ModelCard.from_json(card.to_json()).metrics] == [3, 1]
    assert entries[0]["values"]["ssim_body"] == read()["phantom"]["ours"]["ssim_body"]["mean"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "holds no held-out cases"),
        ("{not json", "cannot be used"),
        ('["a", "b"]', "must be a JSON object"),
        ('{"phantom": ["gone.npz"]}', "is missing"),
        (
            '{"training": [{"image": "a.nii.gz", "patient": "p1"}], "test": [{"image": "b.nii.gz", "patient": "p1"}]}',
            "The patient p1 is both in training and held out",
        ),
    ],
)
def test_unusable_cases_are_refused_with_a_sentence(content, words, model, tmp_path, capsys, run):
    source = tmp_path / "cases"
    if content is None:
        source.mkdir()
    else:
        source = tmp_path / "datalist.json"
        source.write_text(content)
    assert run(source, model) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_models_that_cannot_be_compared_are_refused_with_a_sentence(cases, model, tmp_path, capsys, run):
    assert run(cases, model, f"small={model}") == 2
    assert "Two methods are called small" in capsys.readouterr().err
    assert run(cases, model, tmp_path / "nowhere") == 2
    assert "There is no model" in capsys.readouterr().err
    assert run(cases, model, "diff2ct-128") == 2
    assert "different grids" in capsys.readouterr().err
    assert run(cases, model, extra=("--inception-weights", str(tmp_path / "none.pth"))) == 2
    assert "cannot be read" in capsys.readouterr().err


def test_a_datalist_names_the_cases_of_each_set(cases, model, tmp_path, run, read):
    chosen = {"phantom": [f"cases/phantom-{held_out.TEST_SEED}.npz"], "real": []}
    (tmp_path / "list.json").write_text(json.dumps(chosen))
    assert run(tmp_path / "list.json", model) == 0
    found = read()
    assert set(found) == {"phantom"}
    assert found["phantom"]["small"]["mae_hu"]["cases"] == 1
