"""`diff2ct simulate`: a CT to a pair of radiographs."""

import json

import numpy as np
from command_output import files_in
from sample_pair import QUICK

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
