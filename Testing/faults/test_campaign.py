"""Malformed inputs end in what is right or in one sentence; `make faults` runs many more of them."""

import shutil

import pytest
from calling import HangError, call, peak_memory_bytes
from campaign import MEMORY_LIMIT_BYTES, judge, judge_values, outcome, prepared, run_kind
from ct_inputs import SIMULATION
from inputs import KINDS, TESTED_CASES, Kind
from spoilt import ACCEPTED, EITHER, REFUSED, Spoilt, UnclearError
from whole_files import QUICK

RANDOM_FILES = ("training configuration", "batch that ran before", "export")
"""Kinds whose inputs hold what is told of the moment, or stay in one place."""


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_spoiled_input_ends_in_what_is_right_or_in_one_sentence(whole_files, kind):
    tally = run_kind(kind, kind.seeds(TESTED_CASES))
    assert tally.findings == []
    assert peak_memory_bytes() < MEMORY_LIMIT_BYTES


def test_there_are_more_than_300_spoiled_inputs():
    assert sum(len(kind.seeds(TESTED_CASES)) for kind in KINDS) > 300


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.name not in RANDOM_FILES], ids=lambda kind: kind.name)
def test_the_same_number_spoils_in_the_same_way(whole_files, tmp_path, kind):
    contents, folder = [], tmp_path / "input"
    for _ in range(2):
        folder.mkdir()
        spoilt = prepared(kind, folder, 3)
        files = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        contents.append((files, spoilt.command, spoilt.must, spoilt.about, spoilt.changed))
        shutil.rmtree(folder)
    assert contents[0] == contents[1]


def test_whole_files_succeed(whole_files, tmp_path):
    """So a refusal in the campaign comes from the damage."""
    names = [f"{name}.dcm" for name in ("ap", "rle", "jpeg", "lossless", "jpegls", "jpeg2000")]
    names += [f"ap.{ending}" for ending in ("png", "tif", "nrrd", "mha", "nii", "nii.gz")]
    for name in names:
        command = ["reconstruct", str(whole_files / name), str(whole_files / "lateral.dcm"), "-o"]
        command += [str(tmp_path / "ct.nrrd"), "--model", str(whole_files / "model"), *QUICK]
        assert call("diff2ct", command) == (0, "")
    (tmp_path / "cases.csv").write_text(f"frontal,lateral\n{whole_files / 'ap.dcm'},{whole_files / 'lateral.dcm'}\n")
    batch = ["batch", str(tmp_path / "cases.csv"), "-o", str(tmp_path / "cases"), *command[command.index("--model") :]]
    assert call("diff2ct", batch) == (0, "")
    for name in ("ct.nrrd", "ct.mha", "ct.nii"):
        evaluate = ["evaluate", str(whole_files / name), str(whole_files / "sound.nrrd"), "--progress", "none"]
        assert call("diff2ct", evaluate) == (0, "")
        assert call(
            "diff2ct", ["simulate", str(whole_files / name), "-o", str(tmp_path / f"of {name}"), *SIMULATION]
        ) == (
            0,
            "",
        )


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
        (0, "Incorrect value for Specific Character Set", ["ct.json", "ct.nrrd"], 1, "a library speaks"),
        (2, "diff2ct: wrong", [], 61, "took"),
    ],
)
def test_the_judge_sees_each_fault(code, text, files, seconds, words):
    kind = Kind("any", lambda folder, random: Spoilt("", []))
    assert words in judge(kind, code, text, files, seconds)
    assert judge(kind, 0, "", ["ct.json", "ct.nrrd"], 1) is None
    assert judge(kind, 2, "diff2ct: wrong", [], 1) is None


def _nobody_can_read():
    raise UnclearError("the spacing is nan")


@pytest.mark.parametrize(
    ("must", "changed", "wrong", "code", "words"),
    [
        (EITHER, True, lambda: "4 mm off", 0, "4 mm off"),
        (EITHER, True, _nobody_can_read, 0, "the spacing is nan"),
        (REFUSED, True, lambda: None, 0, "must be refused"),
        (ACCEPTED, True, lambda: None, 2, "refused what is right"),
        (EITHER, False, lambda: None, 2, "refused what is sound"),
        (EITHER, True, lambda: None, 0, None),
        (EITHER, True, lambda: "4 mm off", 2, None),
    ],
)
def test_the_judge_sees_wrong_values(must, changed, wrong, code, words):
    found = judge_values(Spoilt("", [], changed, must, wrong=wrong), code, "diff2ct: a sentence")
    assert found is None if words is None else words in found


@pytest.mark.parametrize(
    ("changed", "wrong", "code", "word"),
    [(True, None, 2, "refused"), (False, None, 0, "unchanged"), (True, None, 0, "accepted"), (True, len, 0, "right")],
)
def test_outcomes_are_counted_apart(changed, wrong, code, word):
    assert outcome(Spoilt("", [], changed, wrong=wrong), code) == word
