"""Batches from a pack: anew at every step, the same for the same number, and held-out cases that never change."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from column_scan import LEVEL_MM
from packs import write_column_pack, write_pack_run
from quick_phantoms import quick_phantoms

from Diff2CTCore.ct import level_profile
from training.data import UNKNOWN_HU, CaseError, PackError, open_source
from training.phantom.stream import WHOLE_SHAPE
from training.run import load_config

CPU = torch.device("cpu")


@pytest.fixture
def config(tmp_path):
    return load_config(write_pack_run(tmp_path))


def with_data(config, **changes):
    return replace(config, data=replace(config.data, **changes))


def test_a_batch_depends_on_its_number_alone(config):
    source, again = open_source(config, CPU), open_source(config, CPU)
    first, other, *_ = source.iterate([3, 4])
    (repeated,) = again.iterate([3])
    for one, two in ((first.views, repeated.views), (first.volume, repeated.volume), (first.sources, repeated.sources)):
        assert torch.equal(one, two)
    assert not torch.equal(first.volume, other.volume)
    assert not torch.equal(first.volume[0], first.volume[1])


def test_a_batch_holds_what_its_radiographs_show(config):
    batch = open_source(config, CPU).batch(0)
    assert batch.views.shape == (2, 2, 2, 64, 64)
    assert batch.volume.shape == batch.known.shape == (2, 1, 32, 32, 32)
    assert [axis.shape for axis in batch.axes] == [(2, 32)] * 3
    assert batch.volume.min() == -1.0
    assert batch.volume.max() > 0.15  # vertebrae
    assert (batch.volume[batch.known == 0.0] == -1.0).all()
    # Inside the mask each image has mean 0 and deviation 1, whatever the detector did.
    image, mask = batch.views[:, :, 0], batch.views[:, :, 1]
    inside = mask.sum((2, 3))
    torch.testing.assert_close((image * mask).sum((2, 3)) / inside, torch.zeros(2, 2), atol=0.05, rtol=0)


def test_crops_lie_where_their_axes_say(config):
    crops = with_data(config, whole_share=0.0, crops=3, crop_blocks=4)
    source = open_source(crops, CPU)
    whole = open_source(with_data(config, volumes=3), CPU)
    part, full = source.batch(1), whole.batch(1)
    assert part.volume.shape == (3, 1, 16, 16, 16)
    grid_axes = full.axes[0][0]
    for number in range(3):
        window = [slice(*((axis[number][[0, -1]] - grid_axes[0]) / 8.0 + torch.tensor([0, 1])).round().int().tolist())
                  for axis in part.axes]  # fmt: skip
        torch.testing.assert_close(part.volume[number], full.volume[number][:, window[0], window[1], window[2]])


def test_held_out_cases_are_the_validation_scans_as_they_are_with_their_spines_lines(config):
    (held,) = open_source(config, CPU).held_out(1)
    assert (held.kind, held.name) == ("real", "column-1")
    truth = np.where(held.case.volume == UNKNOWN_HU, -1000, held.case.volume)
    assert held.line_voxels[:, 1].std() < 1e-6  # the column is straight
    at_line = truth[tuple(np.rint(held.line_voxels).astype(int).T)]
    assert at_line.min() > 50
    assert level_profile(truth, truth, held.line_voxels, 8.0) == pytest.approx(1.0)
    assert held.line_voxels[-1, 0] - held.line_voxels[0, 0] > 5 * LEVEL_MM / 8.0


def test_phantoms_come_in_beside_the_scans(config, monkeypatch):
    quick_phantoms(monkeypatch)
    source = open_source(
        with_data(replace(config, validation_cases=2), real_share=0.0, phantoms_first=1, phantom_workers=0), CPU
    )
    try:
        assert source.pool.phantoms[0].hu.shape == WHOLE_SHAPE
        assert source.batch(0).volume.max() > 0.5  # dense bone, which the columns lack
        kinds = [held.kind for held in source.held_out(2)]
        assert kinds == ["real", "phantom"]
        assert source.sources()[-1]["name"] == "Procedural phantoms"
    finally:
        source.close()


def test_the_share_of_scans_follows_the_run(config):
    source = open_source(with_data(config, real_share_end=0.5, phantoms_first=0), CPU)
    try:
        shares = []
        for done in (0.0, 0.5, 1.0):
            source.share(done)
            shares.append(source.real_share)
        assert shares == [1.0, 0.75, 0.5]
    finally:
        source.close()


def test_the_sources_of_the_training_scans_are_named_and_no_others(config, tmp_path):
    assert open_source(config, CPU).sources() == [
        {"name": "Columns", "licence": "CC0", "citation": "Columns, patients column-0"}
    ]


def test_a_pack_without_training_scans_is_refused(config, tmp_path):
    write_column_pack(tmp_path, ["validation", "test"])
    with pytest.raises(CaseError, match="no body of the split train"):
        open_source(config, CPU)


def test_a_pack_that_is_not_there_is_refused(config, tmp_path):
    (tmp_path / "scans.pack").unlink()
    with pytest.raises(PackError, match=r"scans\.pack"):
        open_source(config, CPU)


def test_a_run_whose_phantom_processes_are_lost_goes_on_with_the_phantoms_it_has(config, capsys, monkeypatch):
    quick_phantoms(monkeypatch)
    source = open_source(with_data(replace(config, validation_cases=0), real_share=0.5, phantoms_first=1), CPU)
    try:
        for process in source._stream._processes:
            process.kill()
            process.wait()
        batches = list(source.iterate(range(3)))
        while source._stream:  # what was under way still arrives
            batches += source.iterate([len(batches)])
        assert all(torch.isfinite(batch.volume).all() for batch in batches)
        assert source.pool.phantoms
    finally:
        source.close()
    assert "goes on with the" in "".join(capsys.readouterr())
