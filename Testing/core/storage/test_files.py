"""Volumes and JSON files are written whole, in the right place and frame, or not at all."""

import errno
import json
import os
import stat
from pathlib import Path

import numpy as np
import pytest
import SimpleITK as sitk

from Diff2CTCore.errors import OutputError
from Diff2CTCore.geometry import VolumeGrid
from Diff2CTCore.storage import (
    VOLUME_EXTENSIONS,
    check_output_path,
    folder_when_complete,
    hu_to_int16,
    write_json,
    write_volume,
)

GRID = VolumeGrid((6, 8, 10), 2.0)
CENTRE_RAS = (12.5, -40.0, 311.0)


@pytest.fixture
def volume():
    return np.random.default_rng(1).integers(-1000, 3000, GRID.shape).astype(np.int16)


@pytest.mark.parametrize("extension", VOLUME_EXTENSIONS)
def test_a_volume_comes_back_with_its_voxels_where_the_grid_says(tmp_path, volume, extension):
    path = write_volume(tmp_path / f"ct{extension}", volume, GRID, CENTRE_RAS)
    image = sitk.ReadImage(str(path))
    assert image.GetPixelID() == sitk.sitkInt16
    np.testing.assert_array_equal(sitk.GetArrayFromImage(image), volume)
    index = np.array([1, 2, 7])
    right, anterior, superior = GRID.index_to_ras_mm(index) + np.array(CENTRE_RAS)
    position = image.TransformIndexToPhysicalPoint([int(i) for i in index[::-1]])
    np.testing.assert_allclose(position, (-right, -anterior, superior), atol=1e-3)


@pytest.mark.parametrize("extension", VOLUME_EXTENSIONS)
def test_floating_point_volumes_keep_their_fractions(tmp_path, extension):
    spread = np.random.default_rng(2).random(GRID.shape)
    image = sitk.ReadImage(str(write_volume(tmp_path / f"std{extension}", spread, GRID)))
    assert image.GetPixelID() == sitk.sitkFloat32
    np.testing.assert_allclose(sitk.GetArrayFromImage(image), spread, rtol=1e-6)


@pytest.mark.parametrize("extension", [".nrrd", ".mha"])
def test_metadata_is_kept_in_the_header(tmp_path, volume, extension):
    path = write_volume(tmp_path / f"ct{extension}", volume, GRID, metadata={"Diff2CT_seed": 7})
    assert sitk.ReadImage(str(path)).GetMetaData("Diff2CT_seed") == "7"


def test_hu_are_rounded_and_not_cut():
    np.testing.assert_array_equal(hu_to_int16(np.array([-999.6, -0.4, 0.6, 2999.5])), [-1000, 0, 1, 3000])


def test_json_keeps_text_and_numbers(tmp_path):
    data = {"name": "Müller-Zähler", "values": [1, 2.5, None]}
    assert json.loads(write_json(tmp_path / "r.json", data).read_text(encoding="utf-8")) == data


def test_an_older_file_is_replaced_and_nothing_else_is_left(tmp_path, volume):
    write_volume(tmp_path / "ct.nrrd", volume, GRID)
    write_volume(tmp_path / "ct.nrrd", volume + np.int16(1), GRID)
    np.testing.assert_array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "ct.nrrd"))), volume + 1)
    assert os.listdir(tmp_path) == ["ct.nrrd"]


@pytest.mark.parametrize("name", ["ct.png", "ct", "ct.nrrd.txt", "ct.gz"])
def test_an_unknown_extension_is_refused_with_the_known_ones(tmp_path, name):
    with pytest.raises(OutputError, match=r"\.nrrd, \.nii\.gz, \.nii, \.mha"):
        check_output_path(tmp_path / name)


def test_a_missing_folder_a_folder_and_a_file_as_folder_are_refused(tmp_path, volume):
    (tmp_path / "folder.nrrd").mkdir()
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "none" / "ct.nrrd", tmp_path / "folder.nrrd", tmp_path / "file" / "ct.nrrd"):
        with pytest.raises(OutputError, match="Cannot write"):
            write_volume(path, volume, GRID)


def test_a_folder_without_permission_is_refused(tmp_path, monkeypatch):
    # The superuser may write anywhere, so the operating system's answer is given by hand.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OutputError, match="no permission"):
        check_output_path(tmp_path / "ct.nrrd")


def test_a_full_disk_gives_one_sentence_and_leaves_the_older_file(tmp_path, monkeypatch):
    path = write_json(tmp_path / "report.json", {"run": 1})

    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(OutputError, match="no space left"):
        write_json(path, {"run": 2})
    assert json.loads(path.read_bytes()) == {"run": 1}
    assert os.listdir(tmp_path) == ["report.json"]


def test_a_volume_that_does_not_fit_on_the_disk_is_not_started(tmp_path, monkeypatch, volume):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 100})())
    with pytest.raises(OutputError, match="no space left"):
        write_volume(tmp_path / "ct.nrrd", volume, GRID)
    assert os.listdir(tmp_path) == []


def test_written_files_have_the_permissions_of_any_other_file(tmp_path, volume):
    (tmp_path / "plain").write_text("x")
    path = write_volume(tmp_path / "ct.nrrd", volume, GRID)
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


@pytest.mark.parametrize("exists", [False, True])
def test_a_folder_appears_complete(tmp_path, exists):
    folder = tmp_path / "case" / "out"
    if exists:
        folder.mkdir(parents=True)
        (folder / "notes.txt").write_text("mine")
    with folder_when_complete(folder) as staged:
        (staged / "a.json").write_text("1")
        assert not (folder / "a.json").exists()
    assert sorted(os.listdir(folder)) == (["a.json", "notes.txt"] if exists else ["a.json"])
    assert os.listdir(tmp_path / "case") == ["out"]


@pytest.mark.parametrize("exists", [False, True])
def test_a_folder_is_untouched_when_the_work_fails(tmp_path, exists):
    folder = tmp_path / "out"
    if exists:
        folder.mkdir()

    def work():
        with folder_when_complete(folder) as staged:
            (staged / "a.json").write_text("1")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert os.listdir(tmp_path) == (["out"] if exists else [])
    assert not exists or os.listdir(folder) == []


def test_a_file_in_place_of_the_output_folder_is_refused(tmp_path):
    (tmp_path / "out").write_text("x")
    with pytest.raises(OutputError, match="it is a file"), folder_when_complete(tmp_path / "out"):
        pass
