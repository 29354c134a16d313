"""A reconstruction with a ball of metal in it, its truth, and radiographs whose geometry is not the usual one."""

import json
import math

import numpy as np
from sample_pair import AP, LATERAL, QUICK
from small_model import save_small_model

from Diff2CTCore.__main__ import main
from Diff2CTCore.geometry import VolumeGrid
from Diff2CTCore.storage import sha256_of_voxels, write_volume

BALL_RAS_MM = (-52.0, 28.0, 44.0)
"""From the middle of the volume."""

BALL_HU = 2500
BALL_MM = 14.0
GEOMETRY = ("--ap-primary", "7", "--lateral-centre", "430", "462", "--lateral-secondary", "-4", "--align", "off")


def make_case(folder):
    """Write ct.nrrd, ct.json and truth.nrrd to a folder; gives the report."""
    model = save_small_model(folder / "model")
    volume = folder / "ct.nrrd"
    arguments = ["reconstruct", AP, LATERAL, "-o", volume, "--model", model, *QUICK, *GEOMETRY]
    assert main([str(item) for item in arguments]) == 0
    report = json.loads((folder / "ct.json").read_text())
    grid = VolumeGrid(tuple(report["grid"]["shape"]), report["grid"]["spacing_mm"])
    hu = body_with_ball(grid)
    centre = report["outputs"]["centre_ras_mm"]
    write_volume(volume, hu, grid, centre)
    # The truth has bone that the reconstruction has not, so that the two can be told apart.
    truth = hu.copy()
    truth[:, 20:24, 14:18] = 700
    write_volume(folder / "truth.nrrd", truth, grid, centre)
    report["outputs"]["sha256_of_voxels"] = sha256_of_voxels(hu)
    report["warnings"] = ["A <b>warning</b> & more."]
    (folder / "ct.json").write_text(json.dumps(report))
    return report


def body_with_ball(grid):
    """int16 (S, P, L): soft tissue in air, and the ball."""
    points = grid.index_to_ras_mm(np.moveaxis(np.indices(grid.shape), 0, -1))
    body = (points[..., 0] / 110.0) ** 2 + (points[..., 1] / 80.0) ** 2 < 1.0
    hu = np.where(body, 40, -1000).astype(np.int16)
    hu[np.linalg.norm(points - BALL_RAS_MM, axis=-1) < BALL_MM] = BALL_HU
    return hu


def seen_at(view, point):
    """(column, row) of a point, RAS mm about the volume's centre, by the report's numbers and trigonometry alone."""
    towards, across = {"AP": ((0, -1, 0), (-1, 0, 0)), "LL": ((-1, 0, 0), (0, -1, 0))}[view["view"]]
    turn, tilt = (math.radians(view[name]) for name in ("primary_deg", "secondary_deg"))
    about_feet = np.array([[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]])
    level, across = about_feet @ towards, about_feet @ across
    ray = math.cos(tilt) * level + math.sin(tilt) * np.array([0.0, 0.0, 1.0])
    down = math.sin(tilt) * level - math.cos(tilt) * np.array([0.0, 0.0, 1.0])
    (row_mm, column_mm), magnification = view["pixel_spacing_mm"], view["sid_mm"] / view["sod_mm"]
    principal, centre = view["principal_point_px"], view["centre_px"]
    beside = (centre[0] - principal[0]) * column_mm / magnification * across
    below = (centre[1] - principal[1]) * row_mm / magnification * down
    way = np.asarray(point) + view["sod_mm"] * ray + beside + below
    stretch = view["sid_mm"] / (way @ ray)
    return principal[0] + way @ across * stretch / column_mm, principal[1] + way @ down * stretch / row_mm
