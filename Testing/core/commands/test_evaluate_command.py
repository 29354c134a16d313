"""`diff2ct evaluate`: a reconstruction against the true CT."""

import json

import numpy as np
import pytest

from Diff2CTCore.geometry import VolumeGrid
from Diff2CTCore.storage import write_volume


def test_evaluate_compares_on_the_reconstructions_grid(run, tmp_path):
    fine, coarse = VolumeGrid((80, 80, 80), 1.0), VolumeGrid((32, 32, 32), 2.0)

    def phantom(grid):
        axes = np.meshgrid(*(grid.axis_mm(axis) for axis in range(3)), indexing="ij")
        radius = np.sqrt(sum(axis**2 for axis in axes))
        return np.where(radius < 12, 700, np.where(radius < 26, 40, -1000)).astype(np.int16)

    centre = (5.0, -70.0, 300.0)
    write_volume(tmp_path / "truth.nrrd", phantom(fine), fine, centre)
    write_volume(tmp_path / "reconstruction.nii.gz", phantom(coarse), coarse, centre)
    code, out, _ = run("evaluate", tmp_path / "reconstruction.nii.gz", tmp_path / "truth.nrrd", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["truth_coverage"] == 1.0
    assert found["metrics"]["bone_dice"] > 0.9
    assert found["metrics"]["surface_distance_mm"] < 1.0
    code, out, err = run("evaluate", tmp_path / "reconstruction.nii.gz", tmp_path / "truth.nrrd")
    *table, _, overlap = out.splitlines()
    assert len(table) == len(found["metrics"])
    assert found["body_overlap"] > 0.95
    assert overlap == f"The bodies in the two volumes overlap by {found['body_overlap']:.2f} (Dice)."
    assert "psnr_body_db" in out
    # A ball of bone is no spine.
    assert found["metrics"]["level_profile"] is None
    shown = dict(line.split()[:2] for line in table)
    assert (shown["level_profile"], shown["spine_dice"]) == ("-", "-")
    assert "No spine was found in the true CT, so its level profile and spine Dice are not given." in err


def test_evaluate_tells_how_much_of_the_reconstruction_the_truth_covers(run, tmp_path):
    grid = VolumeGrid((32, 32, 32), 2.0)
    hu = np.full(grid.shape, -1000, np.int16)
    hu[8:24, 8:24, 8:24] = 300
    write_volume(tmp_path / "a.nrrd", hu, grid)
    write_volume(tmp_path / "b.nrrd", hu, grid, (0.0, 0.0, 8.0))
    write_volume(tmp_path / "c.nrrd", hu, grid, (0.0, 0.0, 900.0))
    code, out, err = run("evaluate", tmp_path / "a.nrrd", tmp_path / "b.nrrd", "--json")
    assert code == 0
    # Boxes 32 mm high, one of them 8 mm higher, and the truth sees all of the reconstruction's.
    assert json.loads(out)["body_overlap"] == pytest.approx(0.75, abs=0.03)
    assert json.loads(out)["truth_coverage"] == 0.875
    assert "covers 88%" in err
    code, _, err = run("evaluate", tmp_path / "a.nrrd", tmp_path / "c.nrrd", "--progress", "none")
    assert code == 2
    assert "covers 0% of the reconstruction, less than 10%" in err


def test_evaluate_refuses_volumes_whose_bodies_lie_apart(run, tmp_path):
    grid = VolumeGrid((32, 32, 32), 2.0)
    hu = np.full(grid.shape, -1000, np.int16)
    hu[8:24, 8:24, 8:24] = 300
    write_volume(tmp_path / "a.nrrd", hu, grid)
    write_volume(tmp_path / "b.nrrd", hu, grid, (20.0, 0.0, 0.0))
    code, out, err = run("evaluate", tmp_path / "a.nrrd", tmp_path / "b.nrrd", "--progress", "none")
    assert (code, out) == (2, "")
    assert "less than 0.65, so they lie in different places" in err
