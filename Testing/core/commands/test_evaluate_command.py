"""`diff2ct evaluate`: a reconstruction against the true CT."""

import json
import re

import numpy as np
import pytest
import SimpleITK as sitk

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
    psnr = f"{found['metrics']['psnr_body_db']:.2f} dB  higher is better"
    assert any(line.startswith("Peak signal-to-noise ratio, body (PSNR)") and line.endswith(psnr) for line in table)
    # A ball of bone is no spine.
    assert found["metrics"]["level_profile"] is None
    shown = dict(re.split(r"\s{2,}", line)[:2] for line in table)
    assert (shown["Level profile (vertebrae at their heights)"], shown["Spine overlap (Dice)"]) == ("-", "-")
    assert "No spine was found in the true CT, so its level profile and spine overlap are not given." in err


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


@pytest.mark.parametrize("degrees", [0.0, 20.0])
def test_a_reconstruction_on_turned_axes_is_judged_within_its_own_box(run, tmp_path, degrees):
    # A body that reaches beyond the reconstruction's sides, sampled from the same formula on both grids.
    def body(points):
        radius = np.hypot(points[..., 0], points[..., 1])
        tissue = (1040.0 + 15.0 * np.sin(points / 25.0).sum(axis=-1)) / (1.0 + np.exp((radius - 55.0) / 2.0))
        return tissue + 500.0 * np.exp(-((radius / 15.0) ** 2)) - 1000.0

    def image(size, spacing, turn):
        cosine, sine = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
        axes = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
        origin = -axes @ np.full(3, (size - 1) / 2 * spacing)
        indices = np.stack(np.meshgrid(*[np.arange(size)] * 3, indexing="ij"), axis=-1)
        made = sitk.GetImageFromArray(body(indices * spacing @ axes.T + origin).transpose(2, 1, 0).astype(np.int16))
        made.SetSpacing([spacing] * 3)
        made.SetDirection(axes.ravel())
        made.SetOrigin(origin)
        return made

    sitk.WriteImage(image(32, 3.0, degrees), str(tmp_path / "turned.nrrd"))
    sitk.WriteImage(image(64, 3.0, 0.0), str(tmp_path / "truth.nrrd"))
    code, out, err = run("evaluate", tmp_path / "turned.nrrd", tmp_path / "truth.nrrd", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert found["metrics"]["mae_body_hu"] < 8.0
    assert found["truth_coverage"] == 1.0
    assert found["body_overlap"] > 0.99
    assert ("lies on turned axes" in err) is (degrees != 0.0)
