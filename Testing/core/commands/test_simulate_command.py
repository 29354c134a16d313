"""`diff2ct simulate`: a CT to a pair of radiographs."""

import json

import numpy as np
import pytest
from command_output import files_in
from sample_pair import QUICK

from Diff2CTCore.ct import read_ct
from Diff2CTCore.geometry import VolumeGrid
from Diff2CTCore.storage import write_volume


def test_simulate_writes_a_pair_that_reconstruct_takes(run, model, tmp_path):
    grid = VolumeGrid((32, 32, 32), 4.0)
    hu = np.full(grid.shape, -1000, np.int16)
    hu[:, 6:26, 4:28] = 40
    hu[:, 16:22, 13:19] = 500
    write_volume(tmp_path / "ct.nrrd", hu, grid)
    options = (
        "--sid",
        "1300",
        "--ap-sod",
        "1000",
        "--lateral-view",
        "RL",
        "--spacing",
        "0.2",
        "--centre",
        "0",
        "-9",
        "2",
    )
    code, out, err = run("simulate", tmp_path / "ct.nrrd", "-o", tmp_path / "pair", *options)
    assert code == 0, err
    assert "Wrote ap.dcm" in out
    assert files_in(tmp_path / "pair") == ["ap.dcm", "geometry.json", "lateral.dcm", "truth.nrrd"]
    pair = tmp_path / "pair" / "ap.dcm", tmp_path / "pair" / "lateral.dcm"
    code, _, err = run("reconstruct", *pair, "-o", tmp_path / "volume.nrrd", "--model", model, *QUICK)
    assert code == 0, err
    geometry = json.loads((tmp_path / "volume.json").read_text())["geometry"]
    assert geometry["AP"]["sod_mm"] == 1000.0
    assert geometry["RL"]["sid_mm"] == 1300.0
    assert geometry["RL"]["pixel_spacing_mm"] == [0.2, 0.2]


@pytest.fixture
def far_pair(run, tmp_path):
    """A pair made with a turned, shifted geometry from a CT far from the origin of its scanner."""
    grid, place = VolumeGrid((32, 32, 32), 4.0), (120.0, -300.0, 1500.0)
    hu = np.full(grid.shape, -1000, np.int16)
    hu[:, 6:26, 4:28] = 40
    hu[:, 16:22, 13:19] = 500
    write_volume(tmp_path / "ct.nrrd", hu, grid, place)
    options = ["--ap-rotation", 6, "--ap-principal-point", 600, 400, "--lateral-centre", 300, 700, "--spacing", 0.4]
    options += ["--lateral-slot-scan", "--centre", *np.add(place, (3.0, -7.0, 5.0))]
    code, _, err = run("simulate", tmp_path / "ct.nrrd", "-o", tmp_path / "pair", *options)
    assert code == 0, err
    return tmp_path / "pair"


def test_the_pair_carries_its_whole_geometry_and_its_place(run, model, far_pair, tmp_path):
    pair = far_pair / "ap.dcm", far_pair / "lateral.dcm"
    code, _, err = run("reconstruct", *pair, "-o", tmp_path / "volume.nrrd", "--model", model, *QUICK)
    assert code == 0, err
    report, made = (json.loads(path.read_text()) for path in (tmp_path / "volume.json", far_pair / "geometry.json"))
    assert report["geometry"] == {"AP": made["frontal"], "LL": made["lateral"]}
    assert made["frontal"]["rotation_deg"] == 6.0
    assert made["lateral"]["slot_scan"] is True
    assert not report["assumptions"]["frontal"]
    assert report["outputs"]["centre_ras_mm"] == [123.0, -307.0, 1505.0]
    assert report["outputs"]["centre_source"] == "the radiographs"
    volume, truth = read_ct(tmp_path / "volume.nrrd", generated=True), read_ct(far_pair / "truth.nrrd")
    np.testing.assert_allclose(volume.middle_ras_mm(), truth.middle_ras_mm(), atol=1e-3)


def test_radiographs_of_two_simulations_are_no_pair(run, model, far_pair, tmp_path):
    code, _, err = run(
        "simulate", tmp_path / "ct.nrrd", "-o", tmp_path / "other", "--spacing", 0.4, "--centre", 120, -300, 1500
    )
    assert code == 0, err
    pair = far_pair / "ap.dcm", tmp_path / "other" / "lateral.dcm"
    code, _, err = run("reconstruct", *pair, "-o", tmp_path / "v.nrrd", "--model", model, *QUICK, "--progress", "none")
    assert code == 2
    assert "simulated about different centre points" in err
    place = "--centre-ras", 1, 2, 3
    code, _, err = run("reconstruct", *pair, "-o", tmp_path / "v.nrrd", "--model", model, *QUICK, *place)
    assert code == 0, err
    np.testing.assert_allclose(read_ct(tmp_path / "v.nrrd", generated=True).middle_ras_mm(), (1.0, 2.0, 3.0), atol=1e-3)


def test_a_centre_that_is_moved_does_not_keep_the_old_ones_place(run, model, far_pair, tmp_path):
    pair = far_pair / "ap.dcm", far_pair / "lateral.dcm"
    moved = "--lateral-centre", 320, 650
    code, _, err = run("reconstruct", *pair, "-o", tmp_path / "v.nrrd", "--model", model, *QUICK, *moved)
    assert code == 0, err
    assert "not stated for the centre point that was chosen, put at the origin" in err
    np.testing.assert_allclose(read_ct(tmp_path / "v.nrrd", generated=True).middle_ras_mm(), (0.0, 0.0, 0.0), atol=1e-3)
