"""The projector against line integrals known in closed form and against an independent ray tracer."""

import subprocess
import sysconfig
from pathlib import Path

import dense_projector
import numpy as np
import pytest
import SimpleITK as sitk
import torch
from projection_cases import VIEWS, assert_same_with_gradient, batch_of_two, check_half_precision, rays
from scipy import ndimage

from Diff2CTCore.geometry import (
    IsoPlane,
    ViewGeometry,
    VolumeGrid,
    grid_axes_mm,
    hu_to_attenuation,
    lift_from_iso_plane,
    project,
    project_to_iso_plane,
    source_spl_mm,
    warp_to_detector,
    warp_to_iso_plane,
)
from Diff2CTCore.geometry.isoplane import iso_plane_for_view

TRUTH = Path(__file__).parents[3] / "Resources" / "SampleData" / "truth.nrrd"
MU = 0.02


@pytest.fixture(params=VIEWS.values(), ids=VIEWS.keys())
def view(request) -> ViewGeometry:
    return ViewGeometry(rows=250, columns=240, pixel_spacing_mm=(1.4, 1.3), **request.param)


def voxel_centres(grid: VolumeGrid) -> np.ndarray:
    return grid.index_to_ras_mm(np.stack(np.meshgrid(*map(np.arange, grid.shape), indexing="ij"), axis=-1))


def relative_error(measured: np.ndarray, truth: np.ndarray) -> float:
    return float(np.sqrt(np.mean((measured - truth) ** 2)) / np.ptp(truth))


def test_a_sphere_casts_the_shadow_of_its_chords(view):
    grid = VolumeGrid((128, 128, 128), 2.0)
    centre, radius = np.array([20.0, -30.0, 15.0]), 40.0
    distance = np.linalg.norm(voxel_centres(grid) - centre, axis=-1)
    # A voxel on the surface holds the part of the sphere that is in it.
    volume = torch.from_numpy(MU * np.clip((radius - distance) / grid.spacing_mm + 0.5, 0.0, 1.0)).float()
    source, direction = rays(view)
    along = np.sum(direction * (centre - source), axis=-1)
    miss = np.sum((centre - source) ** 2, axis=-1) - along**2
    truth = 2.0 * MU * np.sqrt(np.clip(radius**2 - miss, 0.0, None))
    assert relative_error(project(volume[None, None], grid, view)[0, 0].numpy(), truth) < 0.01


def test_a_box_casts_the_shadow_of_its_chords(view):
    grid = VolumeGrid((100, 90, 80), 2.0)
    low, high = np.array([-50.0, -20.0, -40.0]), np.array([20.0, 50.0, 30.0])  # on voxel faces
    inside = np.all((voxel_centres(grid) > low) & (voxel_centres(grid) < high), axis=-1)
    source, direction = rays(view)
    with np.errstate(divide="ignore"):
        bounds = np.sort(np.stack([(low - source) / direction, (high - source) / direction]), axis=0)
    truth = MU * np.clip(bounds[1].min(-1) - bounds[0].max(-1), 0.0, None)
    volume = torch.from_numpy(MU * inside).float()
    measured = project(volume[None, None], grid, view)[0, 0].numpy()
    # A sampled face is one voxel thick, so along the outline, where the chord jumps, no sampled volume can tell.
    outline = ndimage.binary_dilation(truth > 0, iterations=3) & ~ndimage.binary_erosion(truth > 0, iterations=3)
    assert relative_error(measured[~outline], truth[~outline]) < 0.01
    assert measured.sum() == pytest.approx(truth.sum(), rel=0.01)


@pytest.mark.parametrize(
    "changes", [{"view": "AP"}, {"view": "RL"}, {"view": "AP", "primary_deg": 9.0, "secondary_deg": -6.0}]
)
def test_a_ct_looks_as_plastimatch_traces_it(changes, tmp_path):
    truth = sitk.ReadImage(str(TRUTH))
    grid = VolumeGrid(truth.GetSize()[::-1], truth.GetSpacing()[0])
    attenuation = hu_to_attenuation(sitk.GetArrayFromImage(truth).astype(np.float32))
    image = sitk.GetImageFromArray(attenuation)
    image.SetSpacing((grid.spacing_mm,) * 3)
    image.SetOrigin(grid.lps_origin_mm())
    sitk.WriteImage(image, str(tmp_path / "mu.mha"))
    view = ViewGeometry(rows=200, columns=200, pixel_spacing_mm=(2.0, 2.0), **changes)
    traced = plastimatch_drr(view, tmp_path)
    measured = project(torch.from_numpy(attenuation)[None, None], grid, view)[0, 0].numpy()
    assert relative_error(measured, traced) < 0.01


def plastimatch_drr(view: ViewGeometry, folder: Path) -> np.ndarray:
    """Exact (Siddon) line integrals of folder/mu.mha, in plastimatch's unit of 1/mm times cm made dimensionless."""
    ray, _, row_axis = view.frame()

    def lps(ras: np.ndarray) -> str:
        return f"{-ras[0]} {-ras[1]} {ras[2]}"

    height, width = view.rows * view.pixel_spacing_mm[0], view.columns * view.pixel_spacing_mm[1]
    command = [str(Path(sysconfig.get_path("scripts")) / "plastimatch"), "drr", "-i", "exact", "-P", "none"]
    command += ["-t", "pfm", "--sad", str(view.sod_mm), "--sid", str(view.sid_mm), "-o", "0 0 0"]
    command += [
        "-r",
        f"{view.rows} {view.columns}",
        "-z",
        f"{height} {width}",
        "-n",
        lps(-ray),
        "--vup",
        lps(-row_axis),
    ]
    command += ["-O", str(folder / "drr"), "-I", str(folder / "mu.mha")]
    subprocess.run(command, check=True, capture_output=True)
    (file,) = folder.glob("drr*.pfm")
    values = file.read_bytes().split(b"\n", 3)[3]
    return np.frombuffer(values, dtype="<f4").reshape(view.rows, view.columns) * 10.0


def test_the_gradient_is_the_finite_difference():
    grid = VolumeGrid((12, 10, 8), 5.0)
    view = ViewGeometry("AP", 14, 11, (6.0, 7.0), primary_deg=6.0, rotation_deg=4.0)
    generator = torch.Generator().manual_seed(0)
    volume = torch.rand((1, 1, *grid.shape), generator=generator)
    weight = torch.rand((1, 1, view.rows, view.columns), generator=generator)

    def loss(values: torch.Tensor) -> torch.Tensor:
        return (weight * project(values, grid, view).square()).sum()

    variable = volume.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(variable), variable)
    for _ in range(3):
        direction = torch.randn(volume.shape, generator=generator)
        step = 1e-2
        numeric = (loss(volume + step * direction) - loss(volume - step * direction)) / (2.0 * step)
        assert (gradient * direction).sum().item() == pytest.approx(numeric.item(), rel=2e-3)


def test_cases_of_a_batch_have_their_own_geometry():
    grid = VolumeGrid((16, 16, 16), 8.0)
    volume = torch.rand((2, 1, *grid.shape), generator=torch.Generator().manual_seed(1))
    views = [ViewGeometry("LL", 20, 20, (8.0, 8.0), sod_mm=sod) for sod in (600.0, 900.0)]
    plane = IsoPlane(20, 20, 7.0, 7.0)
    rows, columns = (torch.as_tensor(axis, dtype=torch.float32) for axis in (plane.rows_mm(), plane.columns_mm()))
    sources = torch.as_tensor(np.stack([source_spl_mm(view) for view in views]), dtype=torch.float32)
    together = project_to_iso_plane(volume, grid_axes_mm(grid), sources, False, rows, columns)
    for index in range(2):
        single = slice(index, index + 1)
        alone = project_to_iso_plane(volume[single], grid_axes_mm(grid), sources[single], False, rows, columns)
        torch.testing.assert_close(together[single], alone)


def test_a_landmark_is_lifted_to_where_it_is(view):
    grid = VolumeGrid((128, 128, 128), 2.0)
    landmark = np.array([21.0, -29.0, 15.0])  # at voxel centres
    seen = view.project(landmark)
    column, row = np.meshgrid(np.arange(view.columns), np.arange(view.rows))
    spot = np.exp(-((column - seen[0]) ** 2 + (row - seen[1]) ** 2) / (2.0 * 3.0**2))
    plane = IsoPlane(160, 160, 2.0, 2.0)
    image, _ = warp_to_iso_plane(torch.from_numpy(spot).float()[None, None], view, plane)
    rows, columns = (torch.as_tensor(axis, dtype=torch.float32) for axis in (plane.rows_mm(), plane.columns_mm()))
    source = torch.as_tensor(source_spl_mm(view), dtype=torch.float32)[None]
    lifted = lift_from_iso_plane(image, rows, columns, source, view.frontal, grid_axes_mm(grid))[0, 0].numpy()
    index = grid.ras_mm_to_index(landmark)
    depth, across = (1, 2) if view.frontal else (2, 1)
    plane_values = np.take(lifted, round(index[depth]), axis=depth)
    weights = plane_values / plane_values.sum()
    found = [np.sum(weights * positions) for positions in np.indices(weights.shape)]
    np.testing.assert_allclose(found, [index[0], index[across]], atol=0.5)


def test_an_image_survives_the_way_to_the_iso_plane_and_back(view):
    column, row = np.meshgrid(np.linspace(-2, 2, view.columns), np.linspace(-2, 2, view.rows))
    image = torch.from_numpy(np.sin(3 * column) + np.cos(2 * row)).float()[None, None]
    plane = iso_plane_for_view(view)
    there, _ = warp_to_iso_plane(image, view, plane)
    back = warp_to_detector(there, plane, view)
    inner = (..., slice(4, -4), slice(4, -4))
    assert (back - image)[inner].abs().max() < 0.02


def test_what_the_detector_did_not_see_is_masked():
    view = ViewGeometry("AP", 100, 50, (2.0, 2.0), sid_mm=1000.0, sod_mm=800.0)
    values, mask = warp_to_iso_plane(torch.ones(1, 1, 100, 50), view, IsoPlane(160, 160, 2.0, 2.0))
    # 100 x 50 pixels of 2 mm at a magnification of 1.25 are 160 x 80 mm in the iso-plane.
    assert mask.sum().item() == pytest.approx(80 * 40, rel=0.03)
    assert values[mask == 0].abs().max() == 0.0


@pytest.mark.parametrize("slab", [1, 2**22], ids=["plane by plane", "all planes at once"])
def test_projection_is_the_product_with_interpolation_matrices(view, slab, monkeypatch):
    monkeypatch.setattr("Diff2CTCore.geometry.plane_sums._SLAB_ELEMENTS", slab)
    grid = VolumeGrid((14, 12, 10), 9.0)
    sources, axes, rows, columns = batch_of_two(view, grid)
    volume = torch.rand((2, 3, *grid.shape), generator=torch.Generator().manual_seed(3))
    rest = (axes, sources, view.frontal, rows, columns)
    assert_same_with_gradient(
        lambda values: project_to_iso_plane(values, *rest),
        lambda values: dense_projector.project_to_iso_plane(values, *rest),
        volume,
    )


@pytest.mark.parametrize("slab", [1, 2**22], ids=["plane by plane", "all planes at once"])
def test_lift_is_the_product_with_interpolation_matrices(view, slab, monkeypatch):
    monkeypatch.setattr("Diff2CTCore.geometry.plane_sums._SLAB_ELEMENTS", slab)
    sources, axes, rows, columns = batch_of_two(view, VolumeGrid((14, 12, 10), 9.0))
    features = torch.rand((2, 3, len(rows), len(columns)), generator=torch.Generator().manual_seed(4))
    rest = (rows, columns, sources, view.frontal, axes)
    assert_same_with_gradient(
        lambda values: lift_from_iso_plane(values, *rest),
        lambda values: dense_projector.lift_from_iso_plane(values, *rest),
        features,
    )


def test_lift_and_projection_take_half_precision(view):
    check_half_precision(view, VolumeGrid((14, 12, 10), 9.0))
