"""The published methods: their sizes, which pixel becomes which voxel, and that they learn."""

import numpy as np
import pytest
import torch

from Diff2CTCore.errors import ModelError
from Diff2CTCore.geometry import MU_WATER_PER_MM, IsoPlane, VolumeGrid, grid_axes_mm, project_to_iso_plane
from Diff2CTCore.networks import standardise
from training.baselines import sart
from training.baselines.cnn3d import CNN3DConfig, CNN3DNet
from training.baselines.images import InputImages
from training.baselines.psr import PSRConfig, PSRNet
from training.baselines.x2ct import LastConvolution, X2CTConfig, X2CTGenerator, fuse
from training.baselines.x2ct_discriminator import X2CTDiscriminator

SMALL = {"shape": (16, 16, 16), "spacing_mm": 16.0, "plane_size": 40, "plane_spacing_mm": 8.0}
TINY = {
    PSRNet: PSRConfig(**SMALL, encoder=(32, 64), decoder=(32, 16)),
    CNN3DNet: CNN3DConfig(**SMALL, stem=16, middle=32, width=64),
    X2CTGenerator: X2CTConfig(
        **SMALL, stem=8, growth=8, dense_layers=(2, 2), decoder=(8, 8, 16), view_blocks=(1, 1), fused_blocks=(1, 1)
    ),
}
BENCHMARK = {PSRNet: PSRConfig(), CNN3DNet: CNN3DConfig(), X2CTGenerator: X2CTConfig()}
NETWORKS = pytest.mark.parametrize("network", [PSRNet, CNN3DNet, X2CTGenerator])

SOURCES = torch.tensor([[0.0, -900.0, 0.0], [0.0, 0.0, -900.0]])


def parameters(module: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def run(module, views: torch.Tensor) -> torch.Tensor:
    axes = grid_axes_mm(module.config.grid)
    return module(views, SOURCES.expand(len(views), 2, 3), axes)


def ball(grid: VolumeGrid, centre_mm, radius_mm: float) -> torch.Tensor:
    """(1, 1, S, P, L): 1 inside, 0 outside."""
    s, p, l = np.meshgrid(*(grid.axis_mm(axis) for axis in range(3)), indexing="ij")  # noqa: E741
    distance = np.sqrt((s - centre_mm[0]) ** 2 + (p - centre_mm[1]) ** 2 + (l - centre_mm[2]) ** 2)
    return torch.as_tensor(distance < radius_mm, dtype=torch.float32)[None, None]


def line_integrals(density: torch.Tensor, grid: VolumeGrid, plane: IsoPlane) -> torch.Tensor:
    """(2, rows, columns) of a density in units of water."""
    rows, columns = (torch.as_tensor(a, dtype=torch.float32) for a in (plane.rows_mm(), plane.columns_mm()))
    axes = grid_axes_mm(grid)
    images = [
        project_to_iso_plane(density * MU_WATER_PER_MM, axes, SOURCES[index, None], index == 0, rows, columns)
        for index in range(2)
    ]
    return torch.cat(images)[:, 0]


@NETWORKS
def test_benchmark_networks_hold_at_most_three_million_weights_and_make_a_cube(network):
    module = network(BENCHMARK[network]).eval()
    assert parameters(module) <= 3.0e6
    with torch.no_grad():
        volume = run(module, torch.randn(1, 2, 2, 320, 320))
    assert volume.shape == (1, 1, 64, 64, 64)


def test_the_published_size_of_x2ct_gan_is_reached():
    with torch.device("meta"):
        module = X2CTGenerator(
            X2CTConfig(
                shape=(128, 128, 128),
                spacing_mm=2.0,
                stem=64,
                growth=32,
                dense_layers=(6, 12, 24, 16, 6),
                decoder=(16, 16, 32, 64, 128, 256),
                view_blocks=(1, 2, 2, 2, 2),
                fused_blocks=(1, 1, 1, 1, 1),
            )
        )
    assert parameters(module) == pytest.approx(61.7e6, rel=0.01)


@NETWORKS
def test_a_configuration_is_read_back_as_it_was_written(network):
    config = TINY[network]
    assert type(config).from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("network", "config", "sentence"),
    [
        (PSRNet, PSRConfig(shape=(64, 64, 32)), "makes cubes only"),
        (CNN3DNet, CNN3DConfig(shape=(40, 40, 40)), "cannot be halved"),
        (X2CTGenerator, X2CTConfig(decoder=(8, 16)), "needs 5 decoder widths"),
    ],
)
def test_a_configuration_that_cannot_be_built_is_refused(network, config, sentence):
    with pytest.raises(ModelError, match=sentence):
        network(config)


def test_images_are_cut_to_the_volume_so_that_pixels_and_voxels_correspond():
    config = PSRConfig(**SMALL)
    rows = torch.as_tensor(config.plane.rows_mm(), dtype=torch.float32)
    views = torch.stack([rows[:, None].expand(40, 40), rows[None, :].expand(40, 40)]).expand(1, 2, 2, 40, 40)
    frontal, lateral = InputImages(config, 16)(views)
    voxels = torch.as_tensor(config.grid.axis_mm(0), dtype=torch.float32)
    for image in (frontal, lateral):
        torch.testing.assert_close(image[0, 0, :, 5], voxels, atol=1e-3, rtol=0)
        torch.testing.assert_close(image[0, 1, 5, :], voxels, atol=1e-3, rtol=0)


def test_both_views_meet_at_the_patients_axes():
    s, p, l = 3, 5, 1  # noqa: E741
    frontal, lateral = torch.zeros(1, 1, 8, 8, 8), torch.zeros(1, 1, 8, 8, 8)
    frontal[0, 0, p, s, l] = 1.0  # depth, row, column of a frontal view
    lateral[0, 0, l, s, p] = 1.0  # and of a lateral one
    assert fuse(frontal, lateral).nonzero().tolist() == [[0, 0, s, p, l]]


@NETWORKS
def test_voxels_listen_to_the_pixels_in_front_of_them(network):
    torch.manual_seed(0)
    module = network(TINY[network]).eval()
    low, high = ([gradient_place(module, index, view) for view in range(2)] for index in (3, 12))
    for view in range(2):
        # The second view's columns mean nothing to a network that takes both as channels of one image.
        axes = range(2) if view == 0 or network is X2CTGenerator else range(1)
        for axis in axes:
            assert high[view][axis] - low[view][axis] > 25.0  # of 144 mm between the voxels


def gradient_place(module, index: int, view: int) -> tuple[float, float]:
    """Row and column in mm of the pixels that the volume around voxel (index, index, index) depends on."""
    views = torch.randn(1, 2, 2, 40, 40, requires_grad=True)
    part = slice(index - 2, index + 3)
    run(module, views)[0, 0, part, part, part].sum().backward()
    strength = views.grad[0, view, 0].square()
    strength = strength / strength.sum()
    places = torch.as_tensor(module.config.plane.rows_mm(), dtype=torch.float32)
    return float((strength.sum(1) * places).sum()), float((strength.sum(0) * places).sum())


@NETWORKS
def test_a_few_steps_learn_where_bodies_are(network):
    torch.manual_seed(0)
    module = network(TINY[network])
    grid = module.config.grid
    centres = np.array([[45.0, -40.0, 10.0], [-40.0, 15.0, 45.0], [5.0, 45.0, -45.0], [-20.0, -25.0, -25.0]])
    density, views = bodies(grid, module.config.plane, centres)
    optimiser = torch.optim.Adam(module.parameters(), lr=5e-3)
    for _ in range(60):
        loss = (run(module, views) - (density - 1.0)).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        found = (run(module.eval(), views) + 1.0).clamp(min=0.0)
    assert (found - density).square().mean() < 0.4 * density.var()
    for one, centre in zip(found[:, 0], centres, strict=True):
        for axis in range(3):
            assert centre_of_mass(one, grid, axis) == pytest.approx(centre[axis], abs=15.0)


def test_the_last_convolution_is_the_plain_one():
    torch.manual_seed(0)
    fast, x = LastConvolution(3), torch.randn(2, 3, 9, 8, 7)
    plain = torch.nn.Conv3d(3, 1, 7, padding=3)
    plain.load_state_dict(fast.state_dict())
    torch.testing.assert_close(fast(x), plain(x), atol=1e-5, rtol=1e-5)


def bodies(grid: VolumeGrid, plane: IsoPlane, centres) -> tuple[torch.Tensor, torch.Tensor]:
    """Balls of water in air: densities (N, 1, S, P, L), and a network's input (N, 2, 2, rows, columns)."""
    density = torch.cat([ball(grid, centre, 65.0) for centre in centres])
    images = torch.stack([line_integrals(one[None], grid, plane) for one in density])
    return density, standardise(images, torch.ones_like(images))


def test_the_discriminator_scores_patches_of_a_volume_in_sight_of_its_radiographs():
    torch.manual_seed(0)
    config = TINY[X2CTGenerator]
    module = X2CTDiscriminator(config, 4)
    volume, views = torch.randn(2, 1, 16, 16, 16), torch.randn(2, 2, 2, 40, 40)
    scores = module(views, volume)
    assert scores.shape == (2, 1, 5, 5, 5)
    assert not torch.allclose(scores, module(torch.zeros_like(views), volume))
    assert not torch.allclose(scores, module(views, torch.zeros_like(volume)))


def test_the_published_discriminator_has_eleven_million_weights():
    with torch.device("meta"):
        assert parameters(X2CTDiscriminator(X2CTConfig(), 64)) == pytest.approx(11.0e6, rel=0.01)


@pytest.fixture(scope="module")
def balls():
    """Two balls of water and bone, seen at twice the resolution of the reconstruction."""
    fine, plane = VolumeGrid((64, 64, 64), 4.0), IsoPlane(80, 80, 4.0, 4.0)
    density = ball(fine, (20.0, -10.0, 30.0), 70.0) + 0.8 * ball(fine, (20.0, 10.0, 40.0), 25.0)
    return density, fine, plane, line_integrals(density, fine, plane)


def test_sart_explains_the_radiographs_and_puts_the_mass_where_it_is(balls):
    density, fine, plane, images = balls
    grid = VolumeGrid((32, 32, 32), 8.0)

    def error(volume: torch.Tensor) -> float:
        wrong = line_integrals(volume[None, None] + 1.0, grid, plane) - images
        return float(wrong.square().mean().sqrt() / images.square().mean().sqrt())

    few, many = (sart(images, torch.ones_like(images), SOURCES, plane, grid, iterations=n) for n in (1, 20))
    assert error(many) < 0.12
    assert error(many) < 0.7 * error(few)
    found = many + 1.0
    assert found.min() >= 0.0
    true_mass = float(density.sum()) * fine.spacing_mm**3
    assert float(found.sum()) * grid.spacing_mm**3 == pytest.approx(true_mass, rel=0.03)
    for axis in range(3):
        assert centre_of_mass(found, grid, axis) == pytest.approx(centre_of_mass(density[0, 0], fine, axis), abs=2.0)


def test_sart_ignores_rays_that_are_not_known(balls):
    _, _, plane, images = balls
    grid = VolumeGrid((32, 32, 32), 8.0)
    masks = torch.ones_like(images)
    masks[:, :20] = 0.0
    spoilt = torch.where(masks > 0, images, 1e3)
    right, wrong = (sart(kind, masks, SOURCES, plane, grid, iterations=3) for kind in (images, spoilt))
    torch.testing.assert_close(right, wrong)


def centre_of_mass(density: torch.Tensor, grid: VolumeGrid, axis: int) -> float:
    mass = density.sum([other for other in range(3) if other != axis])
    return float((mass * torch.as_tensor(grid.axis_mm(axis), dtype=torch.float32)).sum() / mass.sum())
