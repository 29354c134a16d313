"""Views, a small batch, and the comparison of two projectors, for the tests of each way to compute one."""

import numpy as np
import torch

from Diff2CTCore.geometry import (
    ViewGeometry,
    VolumeGrid,
    grid_axes_mm,
    lift_from_iso_plane,
    project_to_iso_plane,
    source_spl_mm,
)

VIEWS = {
    "AP": {"view": "AP"},
    "PA": {"view": "PA"},
    "LL": {"view": "LL"},
    "RL": {"view": "RL"},
    "oblique AP off centre": {
        "view": "AP",
        "primary_deg": 10.0,
        "secondary_deg": -7.0,
        "rotation_deg": 5.0,
        "centre_px": (100.0, 150.0),
    },
    "oblique LL with another principal point": {
        "view": "LL",
        "primary_deg": -10.0,
        "secondary_deg": 7.0,
        "rotation_deg": -5.0,
        "principal_point_px": (140.0, 110.0),
        "centre_px": (150.0, 100.0),
    },
    "slot scan AP": {"view": "AP", "slot_scan": True, "sid_mm": 1300.0, "sod_mm": 987.0},
    "oblique slot scan LL off centre": {
        "view": "LL",
        "slot_scan": True,
        "primary_deg": 8.0,
        "principal_point_px": (125.0, 90.0),
        "centre_px": (110.0, 140.0),
    },
}


def rays(view: ViewGeometry) -> tuple[np.ndarray, np.ndarray]:
    """Sources (1 or rows, 1, 3) and unit directions (rows, columns, 3) of all pixels, from the frame alone."""
    column, row = np.meshgrid(np.arange(view.columns), np.arange(view.rows))
    ray, column_axis, row_axis = view.frame()
    row_mm, column_mm = view.pixel_spacing_mm
    direction = view.sid_mm * ray + ((column - view.principal_point_px[0]) * column_mm)[..., None] * column_axis
    source = view.source_mm()[None, None]
    if view.slot_scan:
        # The source travels with the slot: level with each row, which it sees under no angle.
        source = source + ((row[:, :1] - view.centre_px[1]) * row_mm)[..., None] * row_axis
    else:
        direction = direction + ((row - view.principal_point_px[1]) * row_mm)[..., None] * row_axis
    return source, direction / np.linalg.norm(direction, axis=-1, keepdims=True)


def batch_of_two(view: ViewGeometry, grid: VolumeGrid):
    """Sources (2, 3) of the view and of one that is nearer, axes of which one differs between the cases, and pixels."""
    sources = np.stack([source_spl_mm(item) for item in (view, view.with_values(sod_mm=700.0))])
    axes = list(grid_axes_mm(grid))
    axes[1] = torch.stack([axes[1], axes[1] + 13.0])
    pixels = (torch.arange(count) - (count - 1) / 2.0 for count in (23, 26))
    return torch.as_tensor(sources, dtype=torch.float32), axes, *(item * 5.0 for item in pixels)


def assert_same_with_gradient(ours, dense, variable):
    """Both functions give the same values, and the same gradient of a weighted sum."""
    results = []
    for function in (ours, dense):
        leaf = variable.clone().requires_grad_()
        output = function(leaf)
        weight = torch.rand(output.shape, generator=torch.Generator().manual_seed(2))
        results.append((output.detach(), torch.autograd.grad((output * weight).sum(), leaf)[0]))
    for fast, slow in zip(*results, strict=True):
        assert fast.shape == slow.shape
        assert (fast - slow).norm() <= 1e-5 * slow.norm()
        assert slow.norm() > 0.0


def check_half_precision(view, grid):
    """Lift and projection under autocast: results and gradients in bfloat16, near those in single precision."""
    sources, axes, rows, columns = batch_of_two(view, grid)
    features = torch.rand((2, 3, len(rows), len(columns)), generator=torch.Generator().manual_seed(5))
    results = {}
    for dtype in (torch.float32, torch.bfloat16):
        leaf = features.to(dtype, copy=True).requires_grad_()
        with torch.autocast("cpu", torch.bfloat16, enabled=dtype == torch.bfloat16):
            lifted = lift_from_iso_plane(leaf, rows, columns, sources, view.frontal, axes)
            image = project_to_iso_plane(lifted, axes, sources, view.frontal, rows, columns)
        assert lifted.dtype == dtype
        image.float().sum().backward()
        assert leaf.grad.dtype == dtype
        results[dtype] = [item.float() for item in (lifted.detach(), image.detach(), leaf.grad)]
    for half, single in zip(*reversed(results.values()), strict=True):
        assert (half - single).norm() < 0.02 * single.norm()
