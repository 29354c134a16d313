"""Training cases: what is stored, and how a coarser model uses them."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cylinders import GRID, PLANE, cylinder_case, write_run

from Diff2CTCore.geometry import IsoPlane, VolumeGrid
from training.data import UNKNOWN_HU, CaseError, TrainingCase
from training.data.case_source import CaseSource
from training.run import load_config


def test_a_case_is_read_back_as_it_was_written(tmp_path):
    case = cylinder_case(80.0, unknown_rows=2)
    case.save(tmp_path / "case.npz")
    read = TrainingCase.load(tmp_path / "case.npz")
    for name in ("volume", "images", "masks", "sources"):
        assert np.array_equal(getattr(read, name), getattr(case, name))
    assert (read.spacing_mm, read.plane_spacing_mm, read.name) == (8.0, 5.0, "cylinder")


def test_a_file_that_is_no_case_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "case.npz").write_bytes(b"half a file")
    with pytest.raises(CaseError, match="not a readable training case"):
        TrainingCase.load(tmp_path / "case.npz")


def test_rays_through_tissue_that_was_not_scanned_are_masked():
    masks = cylinder_case(100.0, unknown_rows=8).masks[0]
    assert masks[:, 5:12, 20:44].max() == 0  # these rows pass below the scan
    assert masks[:, 32:].min() == 1


def test_each_pair_of_sources_has_images_of_its_own():
    case = cylinder_case(80.0)
    assert case.images.shape == (2, 2, 64, 64)
    assert np.abs(case.images[0].astype(float) - case.images[1]).max() > 0.1


def test_a_coarser_grid_sees_the_means_of_blocks():
    case = cylinder_case(80.0, unknown_rows=3)
    coarse = case.on(VolumeGrid((16, 16, 16), 16.0), IsoPlane(32, 32, 10.0, 10.0))
    # Independent truth: one block and one pixel by hand.
    assert coarse.volume[8, 8, 10] == round(float(case.volume[16:18, 16:18, 20:22].astype(float).mean()))
    assert coarse.images[1, 0, 5, 7] == pytest.approx(case.images[1, 0, 10:12, 14:16].astype(float).mean(), rel=2e-3)
    # Row 3 is known, but shares its block with row 2, which is not.
    assert (coarse.volume[:2] == UNKNOWN_HU).all()
    assert not (coarse.volume[2:] == UNKNOWN_HU).any()
    assert np.array_equal(coarse.masks[0, 0, 4, 3], case.masks[0, 0, 8:10, 6:8].min())


def test_the_models_own_grid_changes_nothing():
    case = cylinder_case(80.0, unknown_rows=3)
    same = case.on(GRID, PLANE)
    assert np.array_equal(same.volume, case.volume)
    assert np.array_equal(same.images, case.images)


@pytest.mark.parametrize(
    "grid", [VolumeGrid((16, 16, 16), 12.0), VolumeGrid((64, 64, 64), 4.0), VolumeGrid((8, 16, 16), 16.0)]
)
def test_a_grid_that_does_not_fit_is_refused_in_one_sentence(grid):
    with pytest.raises(CaseError, match="do not fit the model"):
        cylinder_case(80.0).on(grid, PLANE)


def test_training_draws_every_pair_of_a_case(tmp_path):
    config = load_config(write_run(tmp_path))
    source = CaseSource(replace(config, data=replace(config.data, whole_share=1.0)))
    depths = {round(float(source[number].sources[0, 0, 1])) for number in range(12)}
    assert depths == {-900, -1200}


def test_a_batch_depends_on_its_number_alone(tmp_path):
    config = load_config(write_run(tmp_path))
    first, second = CaseSource(config), CaseSource(config)
    second[3]
    assert np.array_equal(first[5].volume, second[5].volume)
    assert np.array_equal(first[5].views, second[5].views)
    assert not np.array_equal(first[5].views, first[6].views)


def test_worker_processes_give_the_same_batches(tmp_path):
    config = load_config(write_run(tmp_path))
    workers = CaseSource(replace(config, data=replace(config.data, workers=1)))
    for number, batch in zip((4, 2), workers.iterate([4, 2]), strict=True):
        assert np.array_equal(batch.views, CaseSource(config)[number].views)


def test_a_cache_of_phantoms_tells_what_the_model_was_trained_on_and_one_with_scans_does_not(tmp_path):
    config = load_config(write_run(tmp_path))
    assert [source["name"] for source in CaseSource(config).sources()] == ["Procedural phantoms"]
    training = Path(config.data.cache) / "training"
    shutil.copy(next(training.glob("phantom-*.npz")), training / "real-0000001.npz")
    assert CaseSource(config).sources() is None
