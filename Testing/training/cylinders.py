"""Small training cases of cylinders, and configurations that train on them in a blink."""

from pathlib import Path

import numpy as np
from run_config import model_section, write_config
from small_model import CONFIG

from Diff2CTCore.geometry import IsoPlane
from training.data import UNKNOWN_HU, Body, TrainingCase, make_case

GRID, PLANE = CONFIG.grid, CONFIG.plane
MODEL = model_section(CONFIG)


def cylinder_case(radius_mm: float, unknown_rows: int = 0, plane: IsoPlane = PLANE) -> TrainingCase:
    """A water cylinder with a bony core along the body, seen from two pairs of sources."""
    _, back, left = np.meshgrid(*(GRID.axis_mm(axis) for axis in range(3)), indexing="ij")
    distance = np.hypot(back, left)
    hu = np.where(distance < radius_mm, 0, -1000)
    hu = np.where(distance < 20.0, 600, hu).astype(np.int16)
    hu[:unknown_rows] = UNKNOWN_HU
    body = Body(hu, tuple(GRID.axis_mm(axis) for axis in range(3)), hu, "cylinder")
    pairs = [[[0.0, -900.0, 0.0], [0.0, 0.0, -900.0]], [[30.0, -1200.0, 20.0], [0.0, -30.0, -1000.0]]]
    return make_case(body, GRID.spacing_mm, plane, np.array(pairs))


def write_run(folder: Path, head: str = "", model: str = MODEL, data: str = "crop_blocks = 4\ncrops = 2") -> Path:
    """A cache of three cases and a configuration of six steps; returns the configuration's path."""
    for split, radii in (("training", (70.0, 90.0, 110.0)), ("validation", (80.0,))):
        cases = folder / "cache" / split
        cases.mkdir(parents=True, exist_ok=True)
        for index, radius in enumerate(radii):
            cylinder_case(radius, unknown_rows=4 * index).save(cases / f"phantom-{index}.npz")
    head = f"checkpoint_every = 3\npicture_every = 100\n{head}"
    return write_config(folder, head, f'cache = "{folder / "cache"}"\n{data}', model)


def with_a_scan(folder: Path) -> None:
    """Put a case into the cache of `write_run` that passes for a patient's, of whom the cache knows nothing."""
    cylinder_case(100.0).save(folder / "cache" / "training" / "real-0.npz")
