"""Numbers on the command line: finite, with a decimal point, and never read as something else."""

import pytest
from sample_pair import AP, LATERAL

from Diff2CTCore.commands.arguments import Parser, spacing


@pytest.mark.parametrize(
    ("text", "pair"), [("0.143", (0.143, 0.143)), ("0.2,0.15", (0.2, 0.15)), ("1.0,2", (1.0, 2.0))]
)
def test_a_spacing_is_one_number_or_row_and_column(text, pair):
    assert spacing(text) == pair


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--spacing", "1,25", "write 1.25 if one is meant"),
        ("--spacing", "0,143", "write 0.143 if one is meant"),
        ("--ap-spacing", "1,2", "write 1.2, or 1.0,2.0 for row,column"),
        ("--spacing", "0,143,0,143", "decimal point"),
        ("--spacing", "0.1,25.0", "which no detector has"),
        ("--spacing", "1.0,3.0", "which no detector has"),
        ("--spacing", "0.2,0", "must be positive"),
        ("--spacing", "nan", "not a spacing"),
        ("--spacing", "1e999", "must be positive"),
        ("--sid", "1150,5", "write a decimal point instead of the comma"),
        ("--sid", "inf", "is not a number"),
        ("--sid", "1_150", "is not a number"),
        ("--sid", "١١٥٠", "is not a number"),
        ("--lateral-sod", "1e999", "is not a number"),
        ("--ap-primary", "-1,5", "write a decimal point instead of the comma"),
        ("--ap-rotation", "-nan", "expected one argument"),
        ("--seed", "1,0", "not a whole number"),
        ("--ap-frame", "1.0", "not a whole number"),
        ("--ap-frame", "1_0", "not a whole number"),
    ],
)
def test_what_is_no_number_is_refused_with_the_way_out(run, tmp_path, option, value, words):
    code, _, err = run("reconstruct", AP, LATERAL, "-o", tmp_path / "ct.nrrd", option, value)
    assert code == 2
    assert words in err
    assert list(tmp_path.iterdir()) == []


def test_numbers_of_every_command_are_checked(run, tmp_path):
    options = (
        ("--centre", "1", "nan", "0"),
        ("--photons", "1e5,5"),
        ("--blur", "inf"),
        ("--acquisition", "1,5"),
        ("--seed", "-1"),
    )
    for option in options:
        code, _, err = run("simulate", tmp_path, "-o", tmp_path / "out", *option)
        assert code == 2
        assert option[0] in err
    code, _, err = run("worker", "--idle", "inf")
    assert code == 2
    assert "--idle" in err


def test_negative_numbers_in_every_spelling_are_values_and_not_options():
    parser = Parser()
    parser.add_argument("--angle", type=float)
    for text, value in (("-3", -3.0), ("-.5", -0.5), ("-1e1", -10.0), ("+2.", 2.0)):
        assert parser.parse_args(["--angle", text]).angle == value
