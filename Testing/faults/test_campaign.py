"""Malformed inputs end in success or in one sentence; `make faults` runs many more of them."""

import numpy as np
import pytest
from campaign import MEMORY_LIMIT_BYTES, HangError, call, judge, peak_memory_bytes, run_kind
from inputs import KINDS, TESTED_CASES, Kind


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_spoiled_input_ends_in_success_or_in_one_sentence(whole_files, kind):
    tally = run_kind(kind, kind.seeds(TESTED_CASES))
    assert tally.findings == []
    assert peak_memory_bytes() < MEMORY_LIMIT_BYTES


def test_there_are_more_than_500_spoiled_inputs():
    assert sum(len(kind.seeds(TESTED_CASES)) for kind in KINDS) > 500


@pytest.mark.parametrize(
    "kind", [kind for kind in KINDS if kind.name != "training configuration"], ids=lambda k: k.name
)
def test_the_same_number_spoils_in_the_same_way(whole_files, tmp_path, kind):
    contents = []
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        _, command = kind.prepare(folder, np.random.default_rng([3, 5]))
        files = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        contents.append((files, [word.replace(str(folder), "") for word in command]))
    assert contents[0] == contents[1]


def test_whole_files_succeed(whole_files, tmp_path):
    """So a refusal in the campaign comes from the damage."""
    for name in ("ap.dcm", "rle.dcm", "jpeg.dcm", "lossless.dcm", "jpegls.dcm", "jpeg2000.dcm", "ap.png", "ap.tif"):
        command = ["reconstruct", str(whole_files / name), str(whole_files / "lateral.dcm"), "-o"]
        command += [str(tmp_path / "ct.nrrd"), "--model", str(whole_files / "model"), "--steps", "1", "--progress"]
        assert call("diff2ct", [*command, "none", "--device", "cpu"]) == (0, "")
    (tmp_path / "cases.csv").write_text(f"frontal,lateral\n{whole_files / 'ap.dcm'},{whole_files / 'lateral.dcm'}\n")
    batch = ["batch", str(tmp_path / "cases.csv"), "-o", str(tmp_path / "cases"), *command[command.index("--model") :]]
    assert call("diff2ct", [*batch, "none", "--device", "cpu"]) == (0, "")
    assert call("diff2ct", ["evaluate", *[str(whole_files / "ct.nrrd")] * 2, "--progress", "none"]) == (0, "")


@pytest.mark.parametrize(
    ("code", "text", "files", "seconds", "words"),
    [
        (repr(ValueError("x")), "", [], 1, "escaped"),
        (repr(HangError("a hang of 60 s")), "", [], 60, "escaped"),
        (1, "diff2ct: failed unexpectedly", [], 1, "exit code 1"),
        (2, "Traceback (most recent call last)", [], 1, "traceback"),
        (2, "", [], 1, "not one sentence"),
        (2, "libpng error\ndiff2ct: wrong", [], 1, "not one sentence"),
        (2, "diff2ct: wrong", ["ct.nrrd"], 1, "left"),
        (0, "", ["ct.nrrd"], 1, "left"),
        (2, "diff2ct: wrong", [], 61, "took"),
    ],
)
def test_the_judge_sees_each_fault(code, text, files, seconds, words):
    kind = Kind("any", lambda folder, random: ("", []))
    assert words in judge(kind, code, text, files, seconds)
    assert judge(kind, 0, "", ["ct.json", "ct.nrrd"], 1) is None
    assert judge(kind, 2, "diff2ct: wrong", [], 1) is None
