"""The ablations: each variant is what it says, and the command trains, resumes and compares all of them."""

import json
import math
from dataclasses import replace

import pytest
import torch
from cylinders import cylinder_case, write_run
from quick_frechet import quick_frechet

from Diff2CTCore.diffusion import diffuse
from Diff2CTCore.geometry import grid_axes_mm
from Diff2CTCore.networks.blocks import space_to_depth
from training.ablations import __main__ as ablations
from training.ablations import networks, table
from training.ablations.variants import BASE, VARIANTS
from training.methods import method_class
from training.run import Trainer, load_config

T = torch.tensor([0.1, 0.4, 0.9])


def angle(t):
    """Of the variance-preserving path on which the straight one lies but for its length."""
    return torch.atan2(t, 1.0 - t)


@pytest.mark.parametrize(
    ("denoiser", "target"),
    [
        (networks.NoiseDenoiser, lambda x0, noise, t: noise),
        (networks.FlowDenoiser, lambda x0, noise, t: noise - x0),
        (networks.VelocityDenoiser, lambda x0, noise, t: angle(t).cos() * noise - angle(t).sin() * x0),
        (networks.CleanDenoiser, lambda x0, noise, t: -x0),
    ],
)
def test_a_right_prediction_gives_the_clean_coefficients(denoiser, target):
    x0, noise = torch.randn(3, 64, 2, 2, 2), torch.randn(3, 64, 2, 2, 2)
    gain, spread = denoiser(8, (8,), (1,), 16).coefficients(T)
    predicted = target(x0, noise, T.view(-1, 1, 1, 1, 1))
    torch.testing.assert_close(gain * diffuse(x0, noise, T) - spread * predicted, x0, atol=1e-5, rtol=1e-5)


def test_voxels_stay_what_they_are():
    volume, transform = torch.randn(1, 1, 8, 8, 8), networks.VoxelTransform()
    torch.testing.assert_close(transform(volume), space_to_depth(volume))
    torch.testing.assert_close(transform.inverse(transform(volume)), volume)


def test_replicated_features_know_nothing_of_the_geometry(tmp_path):
    config = load_config(write_run(tmp_path)).model
    axes = grid_axes_mm(config.grid)
    views = torch.randn(1, 2, 2, config.plane_size, config.plane_size)
    sources = torch.tensor([[[0.0, -900.0, 0.0], [0.0, 0.0, -900.0]]])
    for name, knows in (("Diff2CT", True), ("Diff2CT-replicated", False)):
        network = method_class(name).network_class(config).eval()
        found = [network.condition(views, where, axes).features for where in (sources, sources * 0.7)]
        assert torch.equal(*found) is not knows


@pytest.mark.parametrize("variant", [variant for variant in VARIANTS if variant.change], ids=lambda each: each.name)
def test_a_variant_learns(variant, tmp_path):
    config = variant.config(load_config(write_run(tmp_path)), str(tmp_path / "run"))
    trainer = Trainer(config)
    assert all(math.isfinite(trainer.train_step()["denoising"]) for _ in range(2))


def test_variants_are_trained_alike_and_compared(tmp_path, capsys, monkeypatch):
    quick_frechet(monkeypatch)
    few = tuple(variant for variant in VARIANTS if variant.name in (BASE, "noise", "inconsistent"))
    for module in (ablations, table):
        monkeypatch.setattr(module, "VARIANTS", few)
    config = write_run(tmp_path, head="budget_tflop = 9.0")
    cases = tmp_path / "cache"
    for index, radius in enumerate((70.0, 90.0)):
        cylinder_case(radius).save(cases / "validation" / f"phantom-{index}.npz")
    cylinder_case(80.0, unknown_rows=4).save(cases / "validation" / "real-0.npz")
    run = [str(cases), "--config", str(config), "--tflop", "0.0003", "--precision", "float32", "--workers", "1"]
    run += ["-o", str(tmp_path), "--cache", str(tmp_path / "runs")]
    assert ablations.main([*run, "--only", "noise"]) == 0
    assert not (tmp_path / "ablations.json").exists()
    noise = (tmp_path / "runs" / "noise" / "log.jsonl").read_bytes()
    assert ablations.main(run) == 0
    assert (tmp_path / "runs" / "noise" / "log.jsonl").read_bytes().startswith(noise)  # not trained again
    found = json.loads((tmp_path / "ablations.json").read_text())
    assert found["real"]["noise"]["ssim_body"]["difference"]["low"] is None  # one case has no interval
    found = found["phantom"]
    assert list(found) == [variant.name for variant in few]
    for name, metrics in found.items():
        entry = metrics["ssim_body"]
        if name == BASE:
            assert "difference" not in entry
        else:
            gain = entry["mean"] - found[BASE]["ssim_body"]["mean"]
            assert entry["difference"]["mean"] == pytest.approx(gain)
    assert found["noise"]["ssim_body"]["mean"] != found[BASE]["ssim_body"]["mean"]
    assert "| denoiser predicts | the noise (eps) |" in (tmp_path / "ablations.md").read_text()
    assert ablations.main([*run, "--only", "nonsense"]) == 2
    assert "choose from Diff2CT, noise" in capsys.readouterr().err


def test_a_variant_changes_one_thing():
    base = load_config(ablations.CONFIG)
    for variant in VARIANTS:
        changed = variant.config(base, base.output)
        assert (changed == base) is not bool(variant.change)
        for key in variant.change:
            changed = replace(changed, **{key: getattr(base, key)})
        assert changed == base
