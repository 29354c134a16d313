"""The published methods as the trainer runs them: their losses, their phases, their checkpoints and models."""

import json
from pathlib import Path

import pytest
import torch
from cylinders import write_run

from Diff2CTCore.models import load_model
from training import export, train
from training.methods import load_network
from training.run import ConfigError, Trainer, load_config

GRID = """
shape = [32, 32, 32]
spacing_mm = 8.0
plane_size = 64
plane_spacing_mm = 5.0
"""

MODELS = {
    "PSR": "encoder = [8, 16, 32]\ndecoder = [16, 8, 8]",
    "3DCNN": "stem = 8\nmiddle = 16\nwidth = 16",
    "X2CT-GAN": "stem = 4\ngrowth = 4\ndense_layers = [1, 1, 1]\ndecoder = [2, 4, 4, 4]\nview_blocks = [1, 1, 1]\n"
    "fused_blocks = [1, 1, 1]\n[loss]\ndiscriminator_width = 2",
}
ARCHITECTURES = pytest.mark.parametrize("architecture", MODELS)


def run_of(folder: Path, architecture: str, data: str = "whole_share = 1.0\nvolumes = 2") -> Path:
    model = f'[model]\narchitecture = "{architecture}"{GRID}{MODELS[architecture]}\n'
    return write_run(folder, model=model, data=data)


@ARCHITECTURES
def test_a_resumed_run_repeats_the_uninterrupted_one_bit_for_bit(architecture, tmp_path):
    config = load_config(run_of(tmp_path, architecture))
    whole, part = Trainer(config), Trainer(config)
    expected = [whole.train_step() for _ in range(4)]
    found = [part.train_step() for _ in range(2)]
    part.save()
    resumed = Trainer(config)
    resumed.resume()
    assert found + [resumed.train_step() for _ in range(2)] == expected


@ARCHITECTURES
def test_a_run_becomes_a_model_that_loads(architecture, tmp_path):
    path, sources, folder = run_of(tmp_path, architecture), tmp_path / "sources.json", tmp_path / "model"
    assert train.main([str(path), "--steps", "1"]) == 0
    sources.write_text(json.dumps([{"name": "cylinders", "licence": "none", "citation": "this test"}]))
    assert export.main([str(path), str(folder), "--name", "m", "--version", "1", "--sources", str(sources)]) == 0
    network = load_network(load_model(folder))
    with torch.no_grad():
        volume = network(torch.randn(1, 2, 2, 64, 64), torch.zeros(1, 2, 3), ())
    assert volume.shape == (1, 1, 32, 32, 32)
    assert volume.isfinite().all()


@ARCHITECTURES
def test_unknown_voxels_have_no_loss(architecture, tmp_path):
    trainer = Trainer(load_config(run_of(tmp_path, architecture)))
    batch = next(b for b in map(trainer.source.__getitem__, range(20)) if 0.0 < b.known.mean() < 1.0)
    made = []
    trainer.method.network.register_forward_hook(lambda module, inputs, volume: made.append(volume))
    losses = trainer.method.losses(batch, torch.Generator(), trainer.method.phases[0].name)
    (gradient,) = torch.autograd.grad(sum(losses.values()), made)
    assert gradient[batch.known == 0].abs().max() == 0.0
    assert gradient[batch.known == 1].abs().max() > 0.0


def test_generator_and_discriminator_are_trained_in_turn(tmp_path):
    trainer = Trainer(load_config(run_of(tmp_path, "X2CT-GAN")))
    parts = {"generator": trainer.method.network, "discriminator": trainer.method.discriminator}
    assert [run.phase.name for run in trainer.phases] == ["generator", "discriminator"]
    batch = trainer.source[0]
    for run in trainer.phases:
        before = {name: weights(part) for name, part in parts.items()}
        run.step([(0, batch)], trainer.config.loss, 1.0)
        for name, part in parts.items():
            assert torch.equal(before[name], weights(part)) == (name != run.phase.name)


def test_the_discriminator_learns_to_tell_scans_from_generated_volumes(tmp_path):
    trainer = Trainer(load_config(run_of(tmp_path, "X2CT-GAN")))
    batch, run = trainer.source[0], trainer.phases[1]
    losses = [run.step([(0, batch)], trainer.config.loss, 5.0)["discriminator"].item() for _ in range(60)]
    assert losses[-1] < 0.5 * losses[0]
    assert losses[-1] < 0.5  # what an undecided discriminator reaches


def weights(module: torch.nn.Module) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in module.parameters()])


@ARCHITECTURES
def test_training_on_crops_is_refused(architecture, tmp_path):
    with pytest.raises(ConfigError, match="cannot be trained on crops"):
        load_config(run_of(tmp_path, architecture, "whole_share = 0.5"))
