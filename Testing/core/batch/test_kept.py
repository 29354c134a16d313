"""A case is kept only where all that it was made from, and all that it made, is as it was; told by content."""

import os
import shutil

import pytest
from batch_outcome import cases, results
from sample_pair import AP, LATERAL

EXTRAS = ("--std", "--samples", "2", "--reprojections")


@pytest.fixture
def done(batch):
    """A batch of one case with every output, done; gives the function that runs it again and tells its status."""
    for name, source in (("ap.dcm", AP), ("lateral.dcm", LATERAL)):
        shutil.copy(source, batch.folder / name)

    def again(*options):
        code, events = batch("case,frontal,lateral\na,ap.dcm,lateral.dcm\n", *EXTRAS, *options)
        assert code == 0
        return cases(events)[0][1]

    assert again() == "done"
    again.batch = batch
    return again


def overwrite(path, content):
    """Another content, the same time."""
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    path.write_bytes(content)
    os.utime(path, ns=times)


def flip_last_byte(path):
    content = path.read_bytes()
    overwrite(path, content[:-1] + bytes([content[-1] ^ 1]))


SPOILERS = (
    lambda out: shutil.rmtree(out / "a_views"),
    lambda out: (out / "a_std.nrrd").unlink(),
    lambda out: overwrite(out / "a.nrrd", (out / "a.nrrd").read_bytes()[:-5]),
    lambda out: flip_last_byte(out / "a.nrrd"),
    lambda out: flip_last_byte(out / "a_views" / "lateral_measured.nrrd"),
    lambda out: overwrite(out / "a.nrrd", (out / "a_std.nrrd").read_bytes()),
    lambda out: overwrite(out / "a.json", (out / "a.json").read_bytes() + b" "),
    lambda out: overwrite(out / "a.json", b"{}"),
)


def test_an_output_that_is_gone_or_changed_is_made_again(done):
    out = done.batch.out
    before = {path: path.read_bytes() for path in out.rglob("*.nrrd")}
    for number, spoil in enumerate(SPOILERS):
        spoil(out)
        assert done() == "done", number
        assert {path: path.read_bytes() for path in out.rglob("*.nrrd")} == before
    assert done() == "kept"


def test_another_radiograph_under_the_same_name_size_and_time_is_another_case(done):
    flip_last_byte(done.batch.folder / "ap.dcm")
    assert done() == "done"


def test_times_and_places_of_files_say_nothing(done, monkeypatch):
    for path in done.batch.folder.rglob("*"):
        os.utime(path, (1e9, 1e9))
    assert done() == "kept"
    (done.batch.folder / "moved").mkdir()
    for name in ("ap.dcm", "lateral.dcm"):
        (done.batch.folder / name).rename(done.batch.folder / "moved" / name)
    monkeypatch.chdir(done.batch.folder)
    text = "case,frontal,lateral\na,moved/ap.dcm,moved/lateral.dcm\n"
    code, events = done.batch(text, *EXTRAS, "-o", "out")
    assert (code, cases(events)) == (0, [("a", "kept")])


def test_a_table_of_another_version_is_told_about_and_replaced(done):
    table = done.batch.out / "results.csv"
    lines = [line.rsplit(",", 1)[0] for line in table.read_text().splitlines()]
    table.write_text("\n".join(lines) + "\n")
    code, events = done.batch("case,frontal,lateral\na,ap.dcm,lateral.dcm\n", *EXTRAS)
    assert (code, cases(events)) == (0, [("a", "done")])
    notes = [event["message"] for event in events if event["event"] == "note"]
    assert any("written by another version of Diff2CT" in note for note in notes)
    assert results(table)["a"]["report_sha256"]


@pytest.mark.parametrize("content", [b"frontal,lateral\n1,2\n", b"", b"\xff\xfe", b"case,status\n"])
def test_a_file_that_only_has_the_tables_name_is_not_replaced(batch, reconstructed, content):
    batch.out.mkdir()
    (batch.out / "results.csv").write_bytes(content)
    code, events = batch(f"case,frontal,lateral\na,{AP},{LATERAL}\n")
    assert code == 2
    assert "is no table of results" in events[-1]["message"]
    assert (batch.out / "results.csv").read_bytes() == content
    assert reconstructed == []


def test_a_damaged_line_of_the_table_is_told_about_and_its_case_done_again(done):
    table = done.batch.out / "results.csv"
    heading, line = table.read_text().splitlines()
    table.write_text(f"{heading}\n{line.replace(',done,', ',done,long')}\n")
    code, events = done.batch("case,frontal,lateral\na,ap.dcm,lateral.dcm\n", *EXTRAS)
    assert (code, cases(events)) == (0, [("a", "done")])
    assert any("1 lines of" in event.get("message", "") for event in events if event["event"] == "note")
