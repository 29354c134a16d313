"""Two radiographs of a made-up body, in memory: no file format is needed to reconstruct them."""

from functools import cache

import numpy as np
import torch

from Diff2CTCore.geometry import BiplanarGeometry, ViewGeometry, VolumeGrid, hu_to_attenuation, project
from Diff2CTCore.radiograph import Radiograph

GEOMETRY = BiplanarGeometry(
    ViewGeometry("AP", 320, 300, (1.4, 1.4)), ViewGeometry("LL", 320, 300, (1.4, 1.4), primary_deg=3.0)
)


@cache
def radiograph_pair() -> tuple[Radiograph, Radiograph, BiplanarGeometry]:
    """A frontal and a lateral radiograph of a torso with a spine, and their geometry."""
    grid = VolumeGrid((128, 128, 128), 2.0)
    up, back, left = np.meshgrid(*(grid.axis_mm(axis) for axis in range(3)), indexing="ij")
    hu = np.full(grid.shape, -1000.0, dtype=np.float32)
    hu[(back / 95.0) ** 2 + (left / 125.0) ** 2 < 1.0] = 30.0
    hu[((back + 20.0) / 50.0) ** 2 + ((np.abs(left) - 65.0) / 40.0) ** 2 + (up / 110.0) ** 2 < 1.0] = -800.0
    column = (back - 35.0) ** 2 + left**2 < 20.0**2
    hu[column] = 120.0
    hu[column & (np.abs(np.mod(up, 34.0) - 17.0) < 12.0)] = 450.0
    attenuation = torch.from_numpy(hu_to_attenuation(hu))[None, None]
    images = [project(attenuation, grid, view)[0, 0].numpy() for view in GEOMETRY.views]
    return *(
        Radiograph(
            pixels=image,
            view=view.view,
            pixel_spacing_mm=view.pixel_spacing_mm,
            spacing_source="made up",
            provenance={"sha256": f"{number:064d}"},
        )
        for number, (image, view) in enumerate(zip(images, GEOMETRY.views, strict=True))
    ), GEOMETRY
