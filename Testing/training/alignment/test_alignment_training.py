"""Training of the alignment's networks: it learns, keeps what it has learned, and says what is missing."""

import itertools
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from rods import rod_scan

from Diff2CTCore.alignment import AspectNetwork, RowNetwork
from training.alignment import AlignmentSettings, Networks, calibrate, calibration, read_networks, render, train
from training.alignment import trainer as trainer_file
from training.alignment.losses import row_targets
from training.alignment.trainer import AlignmentTrainingError, PairSource, write_networks
from training.alignment.varying import VariedBody
from training.alignment.views import draw_pair


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("pairs")
    for number in range(2):
        body = render(rod_scan((140, 50, 60), ball=50 + 20 * number), 2, np.random.default_rng(number), bone_apart=True)
        replace(body, name=f"body {number}").save(found / f"{number}.npz")
    return found


def test_training_goes_on_and_keeps_what_it_has_learned(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(trainer_file, "KEPT_EVERY", 2)
    monkeypatch.setattr(trainer_file, "TOLD_EVERY", 2)
    # Every look at the clock is a second later, so that four of them are three steps on any machine.
    monkeypatch.setattr(trainer_file, "time", SimpleNamespace(monotonic=itertools.count().__next__))
    torch.manual_seed(3)
    start, told, kept = Networks(RowNetwork(), AspectNetwork()), [], tmp_path / "kept.safetensors"
    before = {name: value.clone() for name, value in start.weights().items()}
    found = train(folder, AlignmentSettings(4.0 / 60.0), start, told.append, kept)
    assert told
    assert "match" in told[0]
    assert all(value.isfinite().all() for value in found.weights().values())
    again = read_networks(kept).weights()
    assert all(torch.equal(again[name], value) for name, value in found.weights().items())
    moved = [name for name in before if not torch.equal(again[name], before[name])]
    assert len(moved) > 0.9 * len(before)


def test_networks_come_back_from_their_file(tmp_path):
    networks = Networks(RowNetwork(), AspectNetwork())
    write_networks(networks, tmp_path / "file")
    again = read_networks(tmp_path / "file").weights()
    assert all(torch.equal(value, again[name]) for name, value in networks.weights().items())


@pytest.mark.parametrize("content", [None, b"", b"no weights"])
def test_a_file_without_networks_is_named(tmp_path, content):
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    with pytest.raises(AlignmentTrainingError, match="file holds no networks"):
        read_networks(tmp_path / "file")


def test_an_empty_folder_is_named(tmp_path):
    with pytest.raises(AlignmentTrainingError, match="holds no rendered pairs"):
        train(tmp_path, AlignmentSettings(0.1))


def test_pairs_are_of_both_bodies_and_some_hardly_overlap(folder):
    pairs = PairSource(folder, 4).batch(24)
    assert {pair.name for pair in pairs} == {"body 0", "body 1"}
    assert len(pairs) == 24
    assert all(pair.pictures.isfinite().all() for pair in pairs)
    assert 0.5 < np.mean([pair.line is not None for pair in pairs]) <= 1.0


def test_targets_are_the_rows_that_the_line_says(folder):
    """A row of either view and the one it is matched with show the same point, and back again."""
    source = PairSource(folder, 5)
    pairs = [pair for pair in source.batch(8) if pair.line is not None]
    forwards, backwards = row_targets(pairs)
    count = forwards.shape[1]
    for number, pair in enumerate(pairs):
        scale, shift, about = pair.line
        rows = np.flatnonzero((forwards[number] >= 0.0).numpy())
        heights = (rows - (count - 1) / 2.0) * 2.5
        by_line = about + shift + scale * (heights - about)
        by_target = (forwards[number][rows].numpy() - (count - 1) / 2.0) * 2.5
        assert by_target == pytest.approx(by_line, abs=12.0)
        back = backwards[number].numpy()[np.clip(forwards[number][rows].round().long().numpy(), 0, count - 1)]
        known = back >= 0.0
        assert np.abs(back - rows)[known].max() <= 2.0


def test_networks_that_know_nothing_are_not_believed(folder, monkeypatch):
    monkeypatch.setattr(calibration, "TEMPERATURES", (3.0, 10.0, 60.0))
    bodies = [replace(body, name=name) for body, name in zip(source_bodies(folder), ("a", "phantom-1"), strict=True)]
    torch.manual_seed(0)
    found = calibrate(Networks(RowNetwork().eval(), AspectNetwork().eval()), bodies, 8)
    assert found.pairs == 16
    assert max(found.wrong_and_sure.values()) <= 0.01
    assert max(found.sure.values()) < 0.5


def source_bodies(folder):
    from training.alignment import RenderedPairs

    return [RenderedPairs.load(path) for path in sorted(folder.glob("*.npz"))]


def test_a_pair_as_it_was_rendered_is_not_changed(folder):
    body = source_bodies(folder)[0]
    plain = VariedBody(body, 0, np.random.default_rng(2), bent=False)
    assert plain.lines_mm == pytest.approx(body.lines_mm[0], abs=1e-3)
    rows, columns = ((torch.arange(count) - (count - 1) / 2.0) * 1.5 for count in body.images.shape[2:])
    shown = plain.shown(0, torch.stack(torch.meshgrid(rows, columns, indexing="ij"), -1))[0].numpy()
    wanted = body.images[0, 0].astype(np.float32)
    dense = wanted >= np.quantile(wanted, 0.998)
    assert shown[dense].mean() == pytest.approx(wanted[dense].mean(), rel=0.03)
    torch.manual_seed(6)
    one = draw_pair(plain, np.random.default_rng(6))
    torch.manual_seed(6)
    same = draw_pair(plain, np.random.default_rng(6))
    assert torch.equal(one.pictures, same.pictures)
