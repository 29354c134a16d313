"""A model on disk comes back as it was saved, and nothing else comes in."""

import dataclasses
import hashlib
import json
import os
import pickle

import pytest
import torch

from Diff2CTCore.errors import ModelError, OutputError
from Diff2CTCore.models import INTENDED_USE, ModelCard
from Diff2CTCore.models import loading as models

CARD = ModelCard(
    name="trial",
    version="1.0",
    architecture={"name": "diff2ct", "configuration": {"widths": [8, 16]}},
    sha256="0" * 64,
    grid={"shape": [64, 64, 64], "spacing_mm": 4.0},
    hu_range=[-1000, 3000],
    geometry_range={"sid_mm": [900, 1300]},
    training_data=[{"name": "Phantoms", "licence": "Apache-2.0", "citation": "This project"}],
    metrics=[{"data": "held-out phantoms", "cases": 4, "values": {"ssim_body": 0.8}}],
    date="2026-01-31",
)


@pytest.fixture
def folder(tmp_path):
    weights = {"a.weight": torch.linspace(-2, 2, 12).reshape(3, 4).half(), "b.bias": torch.ones(5, dtype=torch.float16)}
    models.save_model(tmp_path / "trial", weights, CARD)
    return tmp_path / "trial"


@pytest.fixture
def no_installed_models(tmp_path, monkeypatch):
    monkeypatch.setenv(models.USER_MODELS_VARIABLE, str(tmp_path / "user"))
    monkeypatch.setattr(models, "bundled_models_folder", lambda: tmp_path / "bundled")
    return tmp_path


def change_card(folder, **changes):
    values = json.loads((folder / "card.json").read_text())
    values.update(changes)
    (folder / "card.json").write_text(json.dumps(values))


def test_a_saved_model_comes_back_with_its_card(folder):
    loaded = models.load_model(folder)
    assert torch.equal(loaded.state_dict["a.weight"], torch.linspace(-2, 2, 12).reshape(3, 4).half())
    assert set(loaded.state_dict) == {"a.weight", "b.bias"}
    checksum = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    assert loaded.card == dataclasses.replace(CARD, sha256=checksum)
    assert sorted(path.name for path in folder.iterdir()) == ["card.json", "model.safetensors"]


def test_saving_stores_floats_in_half_precision_and_leaves_counts_alone(tmp_path):
    models.save_model(tmp_path / "m", {"w": torch.ones(3), "n": torch.tensor([70000])}, CARD)
    loaded = models.load_model(tmp_path / "m").state_dict
    assert loaded["w"].dtype == torch.float16
    assert loaded["n"].tolist() == [70000]


def test_a_weight_too_large_for_half_precision_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(ModelError, match="not finite in half precision"):
        models.save_model(tmp_path / "m", {"w": torch.tensor([1e6])}, CARD)
    assert not (tmp_path / "m").exists()


def test_saving_where_a_file_is_in_the_way_is_an_output_error(tmp_path):
    (tmp_path / "m").write_text("")
    with pytest.raises(OutputError):
        models.save_model(tmp_path / "m", {"w": torch.ones(1)}, CARD)


def test_one_altered_bit_is_refused(folder):
    weights = folder / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    with pytest.raises(ModelError, match="altered"):
        models.load_model(folder)


def test_truncated_weights_are_refused(folder):
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-3])
    with pytest.raises(ModelError, match="altered"):
        models.load_model(folder)


@pytest.mark.parametrize("name", ["model.safetensors", "card.json"])
def test_a_missing_file_is_named(folder, name):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name):
        models.load_model(folder)


class Bomb:
    def __reduce__(self):
        return (os.mkdir, (os.environ["DIFF2CT_TEST_BOMB"],))


def test_a_pickle_with_the_right_checksum_is_refused_without_being_executed(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("DIFF2CT_TEST_BOMB", str(tmp_path / "exploded"))
    content = pickle.dumps(Bomb())
    (folder / "model.safetensors").write_bytes(content)
    change_card(folder, sha256=hashlib.sha256(content).hexdigest())
    with pytest.raises(ModelError, match="safetensors"):
        models.load_model(folder)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("name", "../elsewhere"),
        ("name", ""),
        ("version", 1),
        ("architecture", {"name": "diff2ct"}),
        ("sha256", "abc"),
        ("sha256", "G" * 64),
        ("grid", {"shape": [64, 64], "spacing_mm": 2}),
        ("grid", {"shape": [64, 64, 0], "spacing_mm": 2}),
        ("grid", {"shape": [64, 64, 64], "spacing_mm": -2}),
        ("grid", {"shape": [64, 64, True], "spacing_mm": 2}),
        ("hu_range", [3000, -1000]),
        ("hu_range", [-1000]),
        ("hu_range", [-1000, 10**400]),
        ("geometry_range", {"sid_mm": 1150}),
        ("training_data", []),
        ("training_data", [{"name": "x", "licence": "", "citation": "y"}]),
        ("metrics", [{"data": "x", "cases": 1, "values": {"ssim": "good"}}]),
        ("metrics", {"ssim": 1}),
        ("date", "31.01.2026"),
        ("date", "2026-02-30"),
        ("intended_use", "diagnosis"),
        ("uncertainty_calibration", 3),
        ("familiarity", {"threshold": "low"}),
        ("goals", [{"measure": "SSIM", "goal": ">= 1.1", "value": 1.2}]),
    ],
)
def test_a_wrong_card_entry_is_named(folder, entry, value):
    change_card(folder, **{entry: value})
    with pytest.raises(ModelError, match=f"'{entry}' is wrong") as raised:
        models.load_card(folder)
    assert str(raised.value).count(". ") == 0


def test_unknown_and_missing_card_entries_are_named(folder):
    change_card(folder, colour="blue")
    with pytest.raises(ModelError, match="does not know: colour"):
        models.load_card(folder)
    values = json.loads((folder / "card.json").read_text())
    del values["colour"], values["grid"], values["uncertainty_calibration"]
    (folder / "card.json").write_text(json.dumps(values))
    with pytest.raises(ModelError, match="lacks grid"):
        models.load_card(folder)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe{}",
        b'{"hu_range": [NaN, 1]}',
        b'{"name": "a", "name": "b"}',
        b"[" * 200_000,
        b" " * 1_000_001,
    ],
)
def test_a_card_that_is_no_card_is_refused(folder, content):
    (folder / "card.json").write_bytes(content)
    with pytest.raises(ModelError):
        models.load_card(folder)


def test_a_name_is_looked_up_in_the_users_folder(no_installed_models, folder):
    (no_installed_models / "user").mkdir()
    folder.rename(no_installed_models / "user" / "mine")
    assert models.load_model("mine").card.name == "trial"
    with pytest.raises(ModelError, match="installed models: mine"):
        models.load_model("other")


def test_the_latest_bundled_model_is_the_default(no_installed_models):
    bundled = no_installed_models / "bundled"
    for name, date in (("older", "2025-05-01"), ("newer", "2026-01-01"), ("middle", "2025-12-31")):
        models.save_model(bundled / name, {"w": torch.ones(1)}, dataclasses.replace(CARD, name=name, date=date))
    assert models.load_model().card.name == "newer"


def test_two_models_of_one_name_must_be_told_apart_by_their_folders(no_installed_models):
    for place in ("bundled", "user"):
        models.save_model(no_installed_models / place / "trial", {"w": torch.ones(1)}, CARD)
    with pytest.raises(ModelError, match="Several models are called trial"):
        models.load_model("trial")
    assert models.load_model(no_installed_models / "user" / "trial").card.name == "trial"


def test_without_any_model_the_user_is_told_how_to_give_one(no_installed_models):
    with pytest.raises(ModelError, match="--model"):
        models.load_model()


def test_the_card_says_research_use_only():
    assert INTENDED_USE == "research use only, not for clinical decisions"
    assert CARD.intended_use == INTENDED_USE


def test_every_bundled_model_loads():
    for path in models.model_folders():
        if path.parent == models.bundled_models_folder():
            assert models.load_model(path).card.name == path.name
