"""How a picture lies: what is put right, asked about, or left, by the chances that the network gives."""

from types import SimpleNamespace

import pytest
import torch
from radiograph_files import dicom, pattern

from Diff2CTCore.alignment import AlignmentModel, Side
from Diff2CTCore.alignment.networks import AspectLogits
from Diff2CTCore.alignment.upright import put_upright
from Diff2CTCore.radiograph import open_radiograph

SQUARE = torch.zeros(2, 96, 96)


def model(chances, negative=0.01):
    """Gives these chances to orientations, for either view."""
    every = torch.full((8,), 1e-4)
    for orientation, chance in chances.items():
        every[orientation] = chance
    logits = every.log().expand(1, 2, 8)
    found = AspectLogits(torch.zeros(1, 2), logits, torch.tensor([[1.0 - negative, negative]]).log())
    return AlignmentModel(None, SimpleNamespace(examine=lambda _: found), 10.0, 0.9)


def side(tmp_path, **tags):
    dicom(tmp_path / "a.dcm", pattern(), **tags)
    return Side(open_radiograph(tmp_path / "a.dcm"), {}, {}, {})


def test_a_mirrored_lateral_view_is_put_right(tmp_path):
    settled, told, doubts = put_upright(model({4: 0.98}), side(tmp_path, ViewPosition="LL"), SQUARE, True)
    assert (settled.reading["rotate"], settled.reading["flip"]) == (0, "horizontal")
    assert told == " It is mirrored and is put right."
    assert doubts == []


def test_a_lateral_view_that_is_probably_mirrored_is_asked_about_by_name(tmp_path):
    settled, told, doubts = put_upright(model({4: 0.7, 0: 0.3}), side(tmp_path, ViewPosition="LL"), SQUARE, True)
    assert settled.reading == {}
    assert told == ""
    assert doubts == ["a.dcm looks as if it is mirrored; say how it is to be turned, 0 for as it is."]


@pytest.mark.parametrize(("chance", "turned"), [(0.95, False), (0.99, True)])
def test_more_certainty_is_asked_for_against_the_file(tmp_path, chance, turned):
    given = side(tmp_path, ViewPosition="LL", PatientOrientation=["P", "F"])
    settled, told, doubts = put_upright(model({2: chance, 0: 1.0 - chance}), given, SQUARE, True)
    assert ("rotate" in settled.reading) is turned
    assert ("against its PatientOrientation" in told) is turned
    assert bool(doubts) is not turned


def test_a_frontal_view_is_never_mirrored_against_its_file(tmp_path):
    given = side(tmp_path, ViewPosition="AP", PatientOrientation=["L", "F"])
    settled, told, doubts = put_upright(model({4: 0.999}), given, SQUARE, False)
    assert settled.reading == {}
    assert told == ""
    assert doubts == []


def test_which_side_is_which_may_stay_open_in_a_frontal_view_that_is_upside_down(tmp_path):
    given = side(tmp_path, ViewPosition="AP")
    settled, told, _ = put_upright(model({2: 0.5, 6: 0.49}), given, SQUARE, False)
    assert (settled.reading["rotate"], settled.reading["flip"]) == (180, None)
    assert "is upside down and is put right" in told


def test_a_negative_is_inverted_or_asked_about(tmp_path):
    given = side(tmp_path, ViewPosition="AP")
    settled, told, _ = put_upright(model({0: 1.0}, 0.99), given, SQUARE, False)
    assert settled.reading["invert"] is True
    assert "is a negative and is inverted" in told
    settled, _, doubts = put_upright(model({0: 1.0}, 0.7), given, SQUARE, False)
    assert "invert" not in settled.reading
    assert doubts == ["a.dcm may be a negative; say whether it is to be inverted."]
