"""Muon on kernels: what a step does, in either memory layout, and which weights it takes."""

import pytest
import torch
from torch import nn

from training.run import optimisers
from training.run.config import OptimiserConfig
from training.run.optimisers import KernelMuon, build_optimisers, levelled

SETTINGS = OptimiserConfig(kind="muon", learning_rate=0.01, weight_decay=0.0)


def stepped(layout) -> tuple[torch.Tensor, torch.Tensor]:
    """A kernel's change in one step, and its gradient, both (out, in, ...)."""
    torch.manual_seed(0)
    conv = nn.Conv3d(6, 8, 3).to(memory_format=layout)
    before = conv.weight.detach().clone()
    built = build_optimisers(list(conv.parameters()), SETTINGS, (0.9, 0.98))
    unequal = torch.arange(1.0, 7.0).view(1, 6, 1, 1, 1)
    conv(unequal * torch.randn(1, 6, 5, 5, 5)).square().sum().backward()
    for optimiser in built.values():
        optimiser.step()
    return (conv.weight.detach() - before).contiguous(), conv.weight.grad.contiguous()


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last_3d])
def test_a_step_levels_the_singular_values_and_keeps_the_singular_vectors(layout):
    change, gradient = (tensor.double().flatten(1) for tensor in stepped(layout))
    values = torch.linalg.svdvals(change) / (0.01 * 0.2 * (6 * 27) ** 0.5)
    # Where five of its iterations lead.
    assert values.min() > 0.5
    assert values.max() < 1.3
    assert torch.linalg.svdvals(gradient).max() > 3.0 * torch.linalg.svdvals(gradient).min()
    left, _, right = torch.linalg.svd(gradient, full_matrices=False)
    inner = -left.T @ change @ right.T
    assert (inner - inner.diagonal().diag()).abs().max() < 0.1 * inner.diagonal().min()


@pytest.mark.parametrize("shape", [(8, 20), (20, 8)])
def test_steps_on_matrices_are_those_of_pytorchs_muon(shape):
    torch.manual_seed(0)
    own, library = (nn.Parameter(torch.ones(shape)) for _ in range(2))
    optimisers = (
        KernelMuon([own], lr=0.01, weight_decay=0.1),
        torch.optim.Muon([library], lr=0.01, weight_decay=0.1, adjust_lr_fn="match_rms_adamw"),
    )
    for _ in range(3):
        gradient = torch.randn(shape)
        for parameter, optimiser in zip((own, library), optimisers, strict=True):
            parameter.grad = gradient.clone()
            optimiser.step()
    # The library iterates in bfloat16.
    torch.testing.assert_close(own, library, atol=3e-4, rtol=0)


def test_kernels_of_one_shape_are_levelled_together_as_each_by_itself():
    matrices = torch.randn(3, 6, 30, generator=torch.Generator().manual_seed(0))
    alone = torch.cat([levelled(matrix[None]) for matrix in matrices])
    torch.testing.assert_close(levelled(matrices), alone, atol=1e-2, rtol=0)


def test_kernels_and_matrices_go_to_muon_and_the_rest_to_adamw():
    module = nn.Sequential(nn.Conv2d(4, 4, 3), nn.Linear(4, 4), nn.LayerNorm(4))
    found = build_optimisers(list(module.parameters()), SETTINGS, (0.9, 0.98))
    counts = {name: len(optimiser.param_groups[0]["params"]) for name, optimiser in found.items()}
    assert counts == {"adamw": 4, "muon": 2}
    assert list(build_optimisers(list(module.parameters()), OptimiserConfig(), (0.9, 0.98))) == ["adamw"]


def test_kernels_that_share_a_room_are_levelled_as_each_in_its_own(monkeypatch):
    shapes = [(6, 4, 3, 3, 3), (7, 4, 3, 3, 3), (30, 5), (5, 30), (2, 8, 1, 1)]

    def changed() -> list[torch.Tensor]:
        kernels = [nn.Parameter(torch.zeros(shape)) for shape in shapes]
        kernels[0] = nn.Parameter(kernels[0].detach().contiguous(memory_format=torch.channels_last_3d))
        draw = torch.Generator().manual_seed(0)
        for kernel in kernels:
            kernel.grad = torch.randn(kernel.shape, generator=draw)
        KernelMuon(kernels, lr=0.01, weight_decay=0.0).step()
        return [kernel.detach() for kernel in kernels]

    alone = changed()
    monkeypatch.setattr(optimisers, "_room", lambda matrix: (32, 128))
    for found, expected in zip(changed(), alone, strict=True):
        assert expected.abs().max() > 1e-4
        torch.testing.assert_close(found, expected, atol=1e-2 * float(expected.abs().max()), rtol=0)
