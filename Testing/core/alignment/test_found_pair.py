"""What the bundled model takes two files for that say nothing about themselves."""

import json

import numpy as np
import pytest
from clinic_pair import pictures, written

from Diff2CTCore.errors import GeometryError
from Diff2CTCore.reconstruction import RadiographInput, Settings, look_at_pair, run_job
from Diff2CTCore.storage import sample_file

SID_OVER_SOD = 1150.0 / 950.0


@pytest.fixture(scope="module")
def clinic():
    return pictures()


def test_exchanged_files_are_put_in_order(clinic, tmp_path):
    (frontal, lateral), pitch = clinic
    proposal = look_at_pair(written(tmp_path, lateral, frontal, pitch))
    assert proposal.swapped
    assert [side.opened.path.name for side in proposal.sides] == ["two.nrrd", "one.nrrd"]
    assert proposal.geometry.frontal.view == "AP"
    assert proposal.geometry.lateral.view == "LL"
    assert "two.nrrd is the frontal view" in proposal.found[0]


def test_files_in_order_stay_so(clinic, tmp_path):
    (frontal, lateral), pitch = clinic
    proposal = look_at_pair(written(tmp_path, frontal, lateral, pitch))
    assert not proposal.swapped
    assert not any(side.reading.get("rotate") or side.reading.get("flip") for side in proposal.sides)
    assert len(proposal.found) <= 4
    values = proposal.to_dict()
    # No folder, which may bear a patient's name.
    assert [side["file"] for side in (values["frontal"], values["lateral"])] == ["one.nrrd", "two.nrrd"]
    assert str(tmp_path) not in json.dumps(values, default=str)
    assert set(values["line_px"]) == set(values["same_height"]) == {"frontal", "lateral"}
    assert values["scale"]["known"] is False


def test_a_negative_is_inverted(clinic, tmp_path):
    (frontal, lateral), pitch = clinic
    proposal = look_at_pair(written(tmp_path, -frontal, lateral, pitch))
    assert proposal.sides[0].reading["invert"] is True
    assert "negative" in proposal.found[0]


def test_a_lateral_view_upside_down_is_put_upright(clinic, tmp_path):
    (frontal, lateral), pitch = clinic
    proposal = look_at_pair(written(tmp_path, frontal, lateral[::-1, ::-1], pitch))
    assert (proposal.sides[1].reading["rotate"], proposal.sides[1].reading["flip"]) == (180, None)
    assert "is upside down and is put right" in proposal.found[1]
    upright = proposal.radiographs[1].pixels
    assert np.corrcoef(upright.ravel(), lateral.ravel())[0, 1] > 0.99


def test_what_the_user_says_is_not_doubted(clinic, tmp_path):
    (frontal, lateral), pitch = clinic
    first, second = written(tmp_path, -frontal, lateral, pitch)
    first.reading.update(invert=False, rotate=0)
    proposal = look_at_pair((first, second))
    assert proposal.sides[0].reading["invert"] is False
    assert not proposal.swapped


def test_a_spine_that_leans_is_no_turn_of_a_detector_whose_angles_the_file_states(clinic, tmp_path):
    (frontal, lateral), pitch = clinic
    silent = look_at_pair(written(tmp_path, frontal, lateral, pitch))
    assert abs(silent.geometry.frontal.rotation_deg) > 4.0
    stated = look_at_pair([RadiographInput(sample_file(name)) for name in ("ap.dcm", "lateral.dcm")])
    assert stated.geometry.frontal.rotation_deg == 0.0
    assert stated.alignment.turns_deg == (0.0, 0.0)
    assert "turned by +0.0, +0.0 degrees" in " ".join(stated.found)


def test_a_place_in_a_ct_is_for_a_centre_point_that_somebody_states(clinic, tmp_path):
    (frontal, lateral), pitch = clinic
    pair = written(tmp_path, frontal, lateral, pitch)
    with pytest.raises(GeometryError, match="need not lie where --centre-ras says"):
        run_job(*pair, Settings(), centre_ras_mm=(1.0, 2.0, 3.0))
    # One that is marked is known, also where the other view's follows from it.
    found = look_at_pair(pair)
    pair[0].geometry["centre_px"] = found.geometry.frontal.centre_px
    result = run_job(*pair, Settings(consistency=False), centre_ras_mm=(1.0, 2.0, 3.0))
    assert result.centre_ras_mm == (1.0, 2.0, 3.0)
