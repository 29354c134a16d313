"""Several files take their places together, or all is as it was."""

import os

import pytest

from Diff2CTCore.errors import OutputError
from Diff2CTCore.storage import folder_when_complete, replaced_together


def write(places):
    with replaced_together(places) as staged:
        for number, path in enumerate(staged):
            path.write_text(f"new {number}")


def contents(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_files_in_several_folders_are_there_in_the_end_and_nothing_else(tmp_path):
    (tmp_path / "a.json").write_text("old")
    write([tmp_path / "a.json", tmp_path / "b.nrrd", tmp_path / "views" / "deep" / "c.nrrd"])
    assert contents(tmp_path) == {"a.json": "new 0", "b.nrrd": "new 1", "views/deep/c.nrrd": "new 2"}


@pytest.mark.parametrize("links", [True, False])
def test_when_one_file_cannot_take_its_place_those_before_are_taken_back(tmp_path, monkeypatch, links):
    def no_links(*_):
        raise OSError

    if not links:
        monkeypatch.setattr(os, "link", no_links)
    (tmp_path / "a.json").write_text("old a")
    (tmp_path / "c.nrrd").write_text("old c")
    replace = os.replace

    def fails_for_c(source, target):
        if target == tmp_path / "c.nrrd" and "older" not in str(source):
            raise PermissionError(13, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fails_for_c)
    with pytest.raises(OutputError, match=r"c\.nrrd: you have no permission"):
        write([tmp_path / "a.json", tmp_path / "views" / "b.nrrd", tmp_path / "c.nrrd"])
    assert contents(tmp_path) == {"a.json": "old a", "c.nrrd": "old c"}
    assert sorted(os.listdir(tmp_path)) == ["a.json", "c.nrrd"]


def test_work_that_fails_leaves_no_file_and_no_folder(tmp_path):
    def work():
        with replaced_together([tmp_path / "new" / "a.json"]) as (staged,):
            staged.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert os.listdir(tmp_path) == []


def test_an_existing_folder_gets_all_of_its_new_files_or_none(tmp_path):
    (tmp_path / "a.json").write_text("old")
    # A folder in the way of the second file.
    (tmp_path / "b.json" / "inside").mkdir(parents=True)

    def work():
        with folder_when_complete(tmp_path) as staged:
            for name in ("a.json", "b.json"):
                (staged / name).write_text("new")

    with pytest.raises(OutputError):
        work()
    assert contents(tmp_path) == {"a.json": "old"}
    assert sorted(os.listdir(tmp_path)) == ["a.json", "b.json"]


def test_an_error_names_the_file_that_was_asked_for(tmp_path):
    with pytest.raises(OutputError) as raised, folder_when_complete(tmp_path / "out") as staged:
        raise OutputError(f"Cannot write {staged / 'ct.nrrd'}: no space.")
    assert str(raised.value) == f"Cannot write {tmp_path / 'out' / 'ct.nrrd'}: no space."
