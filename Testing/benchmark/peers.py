"""Two differentiable DRR libraries, given the same rays as our projector.

What depends on the rays alone is prepared once and not timed; our projector computes it in each call.
"""

from __future__ import annotations

import numpy as np
import torch

from Diff2CTCore.geometry import ViewGeometry, VolumeGrid


class DiffDRR:
    """DiffDRR's trilinear renderer; its module around it only makes the rays."""

    def __init__(self, grid: VolumeGrid, views: list[ViewGeometry], points: int):
        from diffdrr.renderers import Trilinear

        self.renderer = Trilinear()
        self.points = points
        self.rays = [self._rays(grid, view) for view in views]
        self.shape = views[0].rows, views[0].columns

    def __call__(self, density: torch.Tensor) -> torch.Tensor:
        """(S, P, L) in 1/mm to line integrals (views, rows, columns)."""
        images = [self.renderer(density, *rays, n_points=self.points) for rays in self.rays]
        return torch.cat([image.view(1, *self.shape) for image in images])

    @staticmethod
    def _rays(grid: VolumeGrid, view: ViewGeometry) -> tuple[torch.Tensor, ...]:
        """Source (1, 1, 3) and pixels (1, n, 3) as voxel indices along S, P, L, and lengths (1, 1, n) in mm."""
        column, row = np.meshgrid(np.arange(view.columns), np.arange(view.rows))
        ray, column_axis, row_axis = view.frame()
        pixels = (
            view.source_mm()
            + view.sid_mm * ray
            + ((column - view.principal_point_px[0]) * view.pixel_spacing_mm[1])[..., None] * column_axis
            + ((row - view.principal_point_px[1]) * view.pixel_spacing_mm[0])[..., None] * row_axis
        ).reshape(-1, 3)
        length = np.linalg.norm(pixels - view.source_mm(), axis=-1)
        points = [grid.ras_mm_to_index(place) for place in (view.source_mm()[None], pixels)]
        return tuple(torch.from_numpy(np.asarray(item, np.float32))[None] for item in (*points, length[None]))


class NanoDRR:
    """nanodrr's module with one camera for each view."""

    def __init__(self, grid: VolumeGrid, views: list[ViewGeometry], samples: int):
        from nanodrr.drr import DRR

        self.samples = samples
        self.grid = grid
        self.cameras = []
        for view in views:
            row_mm, column_mm = view.pixel_spacing_mm
            camera = DRR.from_carm_intrinsics(view.sid_mm, column_mm, row_mm, 0.0, 0.0, view.rows, view.columns)
            ray, column_axis, row_axis = view.frame()
            to_world = np.eye(4, dtype=np.float32)
            to_world[:3] = np.column_stack([column_axis, row_axis, ray, view.source_mm()])
            self.cameras.append((camera, torch.from_numpy(to_world)[None]))

    def __call__(self, density: torch.Tensor) -> torch.Tensor:
        """(S, P, L) in 1/mm to line integrals (views, rows, columns)."""
        subject = self._subject(density)
        return torch.cat([camera(subject, pose, self.samples)[0] for camera, pose in self.cameras])

    def _subject(self, density: torch.Tensor):
        """nanodrr's wrapper; its voxel indices count along L, P, S."""
        from nanodrr.data import Subject

        counts = torch.tensor(self.grid.shape[::-1], dtype=torch.float32)
        to_world = torch.eye(4)
        steps = self.grid.spacing_mm * torch.tensor([-1.0, -1.0, 1.0])
        to_world[:3, :3] = torch.diag(steps)
        to_world[:3, 3] = -steps * (counts - 1.0) / 2.0
        to_grid = torch.eye(4)
        to_grid[:3, :3] = torch.diag(2.0 / counts)
        to_grid[:3, 3] = 1.0 / counts - 1.0
        image = density[None, None]
        world = (to_world, to_world.inverse(), to_grid)
        return Subject(image, torch.zeros_like(image), *world, torch.zeros(3), max_label=0, convert_to_mu=False)
