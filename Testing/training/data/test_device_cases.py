"""Cases made on the device: as those of a cache, deformed as said, and changed in appearance one by one."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from column_scan import column_scan

from Diff2CTCore.geometry import IsoPlane, VolumeGrid
from training.data import (
    CACHE_GRID,
    CACHE_PLANE,
    UNKNOWN_HU,
    AppearanceRange,
    AugmentationRange,
    CaseError,
    GeometryRange,
    RealScan,
    make_case,
)
from training.data.appearance import change_appearance
from training.data.deformation import (
    Placement,
    inner_points,
    laid_out,
    laid_out_together,
    middle_placement,
    random_placement,
)
from training.data.device_bodies import BodyPool, DeviceBody
from training.data.device_cases import CaseMaker
from training.randomisation_pictures import CALM_AUGMENTATION

COARSE_GRID, COARSE_PLANE = VolumeGrid((32, 32, 32), 8.0), IsoPlane(80, 80, 4.0, 4.0)


def on_device(scan: RealScan) -> DeviceBody:
    return DeviceBody(scan.name, torch.from_numpy(scan.hu), scan.spacing_mm, scan.origin_mm, scan.centreline_mm)


def field(grid: VolumeGrid, knots: np.ndarray, spacing_mm: float) -> np.ndarray:
    """Displacements (3, S, P, L) in mm, read off a body whose HU are its own coordinates."""
    places = np.stack(np.meshgrid(*(np.arange(n) * 4.0 for n in (60, 60, 60)), indexing="ij"))
    placement = Placement(np.eye(3), np.full(3, 118.0), knots, spacing_mm)
    found = [
        laid_out(torch.from_numpy(each), np.full(3, 4.0), np.zeros(3), placement, grid)[0].numpy() for each in places
    ]
    axes = np.meshgrid(*(grid.axis_mm(axis) for axis in range(3)), indexing="ij")
    return np.stack([each - axis - 118.0 for each, axis in zip(found, axes, strict=True)])


def test_a_case_made_on_the_device_is_that_of_the_cache():
    scan = column_scan(height_mm=200.0)  # shorter than the grid: above and below it is unknown
    sources = GeometryRange().sample_pair(np.random.default_rng(1))[None]
    cached = make_case(scan.body(CACHE_GRID, None, np.random.default_rng(0)), 2.0, CACHE_PLANE, sources)
    made = CaseMaker(CACHE_GRID, CACHE_PLANE)([on_device(scan)], [middle_placement(scan.centreline_mm)], sources)
    both = (cached.masks[0] > 0) & (made.masks[0].numpy() > 0)
    assert 0.2 < both.mean() < 0.95
    assert (cached.masks[0] == made.masks[0].numpy()).mean() > 0.99
    difference = np.abs(cached.images[0].astype(np.float32) - made.images[0].numpy())[both]
    assert difference.max() < 0.005 * cached.images[0].max()
    known = cached.volume != UNKNOWN_HU
    np.testing.assert_array_equal(known, made.known[0].numpy())
    assert np.abs(cached.volume - made.hu[0].numpy())[known].max() <= 1.0


def test_a_coarser_model_gets_the_means_of_the_finer_case():
    scan = column_scan(height_mm=200.0)
    sources = GeometryRange().sample_pair(np.random.default_rng(2))[None]
    grid, plane = VolumeGrid((64, 64, 64), 4.0), IsoPlane(160, 160, 2.0, 2.0)
    case = make_case(scan.body(CACHE_GRID, None, np.random.default_rng(0)), 2.0, CACHE_PLANE, sources).on(grid, plane)
    made = CaseMaker(grid, plane)([on_device(scan)], [middle_placement(scan.centreline_mm)], sources)
    known = case.volume != UNKNOWN_HU
    assert np.abs(case.volume - made.hu[0].numpy())[known].max() <= 2.0
    both = (case.masks[0] > 0) & (made.masks[0].numpy() > 0)
    difference = np.abs(case.images[0].astype(np.float32) - made.images[0].numpy())
    assert difference[both].max() < 0.005 * case.images[0].max()


def test_voxels_that_are_no_multiple_of_the_bodies_are_refused():
    with pytest.raises(CaseError, match="whole multiples of 2 mm"):
        CaseMaker(VolumeGrid((32, 32, 32), 3.0), COARSE_PLANE)


def test_equal_knots_move_the_whole_body_by_as_much():
    knots = np.broadcast_to(np.array([5.0, -3.0, 2.0])[:, None, None, None], (3, 7, 7, 7))
    found = field(VolumeGrid((20, 20, 20), 8.0), knots, 40.0)
    for axis, shift in enumerate((5.0, -3.0, 2.0)):
        np.testing.assert_allclose(found[axis], shift, atol=1e-3)


def test_bodies_laid_out_together_are_those_laid_out_one_after_the_other():
    rng = np.random.default_rng(0)
    grid = VolumeGrid((24, 20, 16), 6.0)
    bodies = [
        torch.from_numpy(rng.integers(-1000, 1500, shape).astype(np.int16)) for shape in ((30, 26, 22), (17, 9, 12))
    ]
    spacing, origin = [np.array([3.0, 4.0, 5.0]), np.full(3, 9.0)], [np.full(3, -50.0), np.array([-60.0, -40.0, -70.0])]
    bent = random_placement(np.zeros((1, 3)), np.full(3, 144.0), AugmentationRange(), rng)
    placements = [bent, middle_placement(np.zeros((1, 3)))]
    found = laid_out_together(bodies, spacing, origin, placements, grid)
    for number, given in enumerate(zip(bodies, spacing, origin, placements, strict=True)):
        hu, unknown = laid_out(*given, grid)
        assert 0.0 < unknown.float().mean() < 0.9
        torch.testing.assert_close(found[0][number], hu, atol=0.05, rtol=0)
        assert torch.equal(found[1][number], unknown)


def test_a_body_as_it_is_keeps_its_voxels_and_knows_all_of_them():
    hu = torch.arange(-60, 60, dtype=torch.int16).view(4, 5, 6)
    grid = VolumeGrid((4, 5, 6), 2.0)
    origin = np.array([-3.0, -4.0, -5.0]) + 7.0
    found, unknown = laid_out(hu, np.full(3, 2.0), origin, middle_placement(np.full((1, 3), 7.0)), grid)
    torch.testing.assert_close(found, hu.float(), atol=0.01, rtol=0)
    assert not unknown.any()


def test_a_random_deformation_moves_by_millimetres_and_hardly_bends_a_vertebra():
    ranges = AugmentationRange()
    rng = np.random.default_rng(0)
    shifts, strains = [], []
    for _ in range(4):
        placement = random_placement(np.zeros((1, 3)), np.full(3, 160.0), ranges, rng)
        found = field(VolumeGrid((20, 20, 20), 8.0), placement.knots_mm, placement.knot_spacing_mm)
        shifts.append(found)
        strains.append(np.diff(found, axis=1) / 8.0)
    assert 1.0 < np.std(shifts) < 4.0
    assert np.abs(shifts).max() <= ranges.elastic_mm
    assert np.std(strains) < 0.06


def test_a_mirrored_body_is_the_body_seen_in_a_mirror():
    scan = column_scan(height_mm=400.0)
    always = replace(CALM_AUGMENTATION, mirror=1.0)
    point = scan.centreline_mm[[len(scan.centreline_mm) // 2]]
    grid = VolumeGrid((16, 64, 64), 4.0)
    plain, mirrored = (
        laid_out(torch.from_numpy(scan.hu), scan.spacing_mm, scan.origin_mm, placement, grid)[0]
        for placement in (
            middle_placement(point),
            random_placement(point, np.full(3, 256.0), always, np.random.default_rng(0)),
        )
    )
    assert not torch.equal(plain, plain.flip(2))
    torch.testing.assert_close(mirrored, plain.flip(2), atol=0.1, rtol=0)


def test_only_points_with_enough_scan_about_them_are_centres():
    line = np.stack([np.arange(0.0, 401.0, 10.0), np.zeros(41), np.zeros(41)], axis=1)
    heights = inner_points(line, 0.0, 400.0, 256.0)[:, 0]
    assert heights.min() == 90.0
    assert heights.max() == 310.0
    np.testing.assert_array_equal(inner_points(line[:5], 0.0, 40.0, 256.0), line[[2]])


def test_images_changed_together_are_those_changed_one_after_the_other():
    images = torch.rand(3, 60, 60, generator=torch.Generator().manual_seed(0))
    masks = torch.ones_like(images)
    together = change_appearance(images, masks, 4.0, AppearanceRange(), np.random.default_rng(5))
    rng = np.random.default_rng(5)
    for index in range(3):
        image, mask = AppearanceRange().apply(images[index], masks[index], 4.0, rng)
        torch.testing.assert_close(together[0][index], image, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(together[1][index], mask)


def test_the_oldest_phantoms_leave_a_full_pool():
    def named(number: int) -> DeviceBody:
        return DeviceBody(
            str(number), torch.zeros(1, 1, 1, dtype=torch.int16), np.ones(3), np.zeros(3), np.zeros((1, 3))
        )

    pool = BodyPool([named(-1)], phantom_limit=2)
    pool.add([named(0), named(1), named(2)])
    rng = np.random.default_rng(0)
    assert {pool.draw(0.0, rng).name for _ in range(40)} == {"1", "2"}
    assert {pool.draw(1.0, rng).name for _ in range(5)} == {"-1"}
    share = np.mean([pool.draw(0.25, rng).name == "-1" for _ in range(2000)])
    assert 0.2 < share < 0.3
