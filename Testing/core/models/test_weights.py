"""Weights whose checksum is right and whose content is not; and weights in eight bits."""

import hashlib
import json

import pytest
import torch
from safetensors.torch import load_file, save_file
from sample_pair import AP, LATERAL, QUICK
from small_model import CONFIG, save_small_model

from Diff2CTCore.__main__ import main
from Diff2CTCore.errors import ModelError
from Diff2CTCore.models import load_model, save_model
from Diff2CTCore.networks import Diff2CTConfig


@pytest.fixture
def folder(tmp_path):
    return save_small_model(tmp_path / "small")


def vouch_for(folder, weights):
    """Store weights with a card that holds their checksum."""
    path = folder / "model.safetensors"
    save_file(weights, path)
    card = json.loads((folder / "card.json").read_text())
    card["sha256"] = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "card.json").write_text(json.dumps(card))


def refusal(folder, capsys):
    """What a reconstruction with this model says when it refuses it."""
    output = folder.parent / "out"
    output.mkdir()
    code = main(["reconstruct", AP, LATERAL, "-o", str(output / "ct.nrrd"), "--model", str(folder), *QUICK])
    assert code == 2
    assert list(output.iterdir()) == []
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_weight_that_is_no_finite_number_is_refused_though_the_volume_would_be_clamped(folder, capsys, value):
    weights = load_file(folder / "model.safetensors")
    name = next(name for name in weights if weights[name].dim() > 1)
    weights[name].view(-1)[0] = value
    vouch_for(folder, weights)
    assert f"not finite numbers ({name})" in refusal(folder, capsys)


def test_eight_bit_weights_without_their_scales_are_not_taken_for_weights(folder, capsys):
    model = load_model(folder)
    save_model(folder, model.state_dict, model.card, eight_bit=True)
    weights = load_file(folder / "model.safetensors")
    vouch_for(folder, {name: tensor for name, tensor in weights.items() if not name.endswith(".scale")})
    assert "do not fit its card" in refusal(folder, capsys)


def test_eight_bit_weights_take_half_the_space_and_come_back_within_their_step(tmp_path, folder):
    model = load_model(folder)
    weights = {"conv": torch.randn(16, 8, 3, 3) * torch.logspace(-3, 1, 16).view(-1, 1, 1, 1), "bias": torch.randn(16)}
    weights["conv"][3] = 0.0
    save_model(tmp_path / "half", weights, model.card)
    save_model(tmp_path / "packed", weights, model.card, eight_bit=True)
    sizes = [(tmp_path / name / "model.safetensors").stat().st_size for name in ("half", "packed")]
    assert sizes[1] < 0.75 * sizes[0]
    found = load_model(tmp_path / "packed").state_dict
    assert set(found) == {"conv", "bias"}
    step = weights["conv"].abs().amax((1, 2, 3), keepdim=True) / 127.0
    # Half a step, and the rounding to half precision before.
    assert ((found["conv"] - weights["conv"]).abs() <= 0.51 * step + 1e-3 * weights["conv"].abs() + 1e-7).all()
    assert torch.equal(found["bias"], weights["bias"].half())


def test_eight_bit_weights_with_scales_that_do_not_fit_are_refused(tmp_path, folder):
    for scale in (torch.ones(3, 1), torch.ones(4, 1).int(), -torch.ones(4, 1), torch.full((4, 1), float("nan"))):
        vouch_for(folder, {"conv": torch.zeros(4, 2, dtype=torch.int8), "conv.scale": scale})
        with pytest.raises(ModelError, match="not in the safetensors format"):
            load_model(folder)


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("plane_spacing_mm", True),
        ("plane_spacing_mm", "5.0"),
        ("plane_spacing_mm", -5.0),
        ("plane_spacing_mm", 0),
        ("plane_size", 0),
        ("plane_size", 64.0),
        ("half_blocks", 0),
        ("half_blocks", None),
        ("widths", 8),
        ("widths", []),
        ("shape", [32, True, 32]),
        ("embedding", "16"),
    ],
)
def test_an_architecture_with_an_entry_of_another_kind_is_refused(entry, value):
    with pytest.raises(ModelError, match=f"has {entry} = "):
        Diff2CTConfig.from_dict({**CONFIG.to_dict(), entry: value})
