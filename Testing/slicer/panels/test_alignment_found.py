"""What an accepted alignment has found is told to the worker as found, as long as nobody says the same or else."""

import aligned_pair
import pytest
import slicer
from aligned_pair import align, buttons, parameters
from Diff2CTReconstructionLib.scene import results
from host import process_events, wait_for

ALL = {"ap": ["sod", "rotation", "centre"], "lateral": ["centre"]}


def read_both(window):
    wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))


def told(arguments):
    """By the core's names of the sides, what a job's arguments say was found."""
    found = {}
    for side in ("ap", "lateral"):
        if f"--{side}-found" in arguments:
            rest = arguments[arguments.index(f"--{side}-found") + 1 :]
            found[side] = rest[: next(index for index, text in enumerate(rest) if text.startswith("--"))]
    return found


def reconstruct(pair):
    """The arguments that the next reconstruction hands to the worker."""
    read_both(pair.window)
    before = len(pair.jobs("reconstruct"))
    pair.window.ui.reconstructButton.click()
    wait_for(lambda: not pair.window.widget.logic.busy)
    jobs = pair.jobs("reconstruct")
    assert len(jobs) == before + 1, pair.window.status
    return jobs[-1]


def found(pair):
    """What the next reconstruction is told to be found."""
    return told(reconstruct(pair))


@pytest.fixture
def accepted(proposed):
    """The proposal accepted, both radiographs in their views and read anew."""
    window = proposed.window
    window.ui.showRadiographsButton.click()
    process_events()
    window.ui.acceptAlignmentButton.click()
    read_both(window)
    return proposed


def test_values_of_an_accepted_proposal_are_told_to_be_found(accepted):
    assert found(accepted) == ALL
    assert told(accepted.jobs("align")[-1]) == {}


def test_nothing_is_told_to_be_found_before_a_proposal_is_accepted_and_after_undo(proposed):
    window = proposed.window
    assert found(proposed) == {}
    before = parameters(window)
    window.ui.acceptAlignmentButton.click()
    window.ui.undoAlignmentButton.click()
    assert parameters(window) == before
    assert found(proposed) == {}


def drag(window):
    panel = window.widget.panels["frontal"]
    row_mm, column_mm = panel.facts["pixel_spacing_mm"]
    panel.upright.point.node.SetNthControlPointPosition(0, -30.0 * column_mm, -80.0 * row_mm, 0.0)


def click_on_the_point(window):
    row, column = aligned_pair.UPRIGHT["frontal"]
    facts = window.widget.panels["frontal"].facts
    window.widget.panels["frontal"]._picture_clicked(column / (facts["columns"] - 1), row / (facts["rows"] - 1))


BY_HAND = {
    "point dragged": (drag, ["sod", "rotation"]),
    "point confirmed": (click_on_the_point, ["sod", "rotation"]),
    "row typed": (lambda window: window.ui.frontalCentreRowSpinBox.setValue(100.0), ["sod", "rotation"]),
    "SOD typed": (lambda window: window.ui.frontalSodSpinBox.setValue(900.0), ["rotation", "centre"]),
    "turn typed": (lambda window: window.ui.frontalRotationSpinBox.setValue(1.0), ["sod", "centre"]),
    "angles of the file": (lambda window: window.ui.frontalAnglesCheckBox.click(), ["sod", "centre"]),
    "another number": (lambda window: window.ui.frontalSidSpinBox.setValue(1800.0), ALL["ap"]),
}


@pytest.mark.parametrize("change", BY_HAND)
def test_value_that_is_changed_by_hand_is_the_users(accepted, change):
    act, left = BY_HAND[change]
    act(accepted.window)
    assert found(accepted) == {"ap": left, "lateral": ["centre"]}


def test_value_that_is_changed_and_typed_as_it_was_is_the_users(accepted):
    box = accepted.window.ui.frontalSodSpinBox
    box.setValue(900.0)
    box.setValue(983.1)
    arguments = reconstruct(accepted)
    assert " --ap-sod 983.1 " in " ".join(arguments)
    assert told(arguments) == {"ap": ["rotation", "centre"], "lateral": ["centre"]}


def test_reset_forgets_all(accepted):
    window = accepted.window
    window.ui.resetGeometryButton.click()
    assert found(accepted) == {}
    assert parameters(window)["frontalFoundIn"] is None


def test_spacing_is_found_where_the_alignment_has_changed_it(pair):
    pair.answer("align", aligned_pair.result(lateral={"pixel_spacing_mm": [0.44, 0.44]}))
    align(pair.window)
    pair.window.ui.acceptAlignmentButton.click()
    arguments = reconstruct(pair)
    assert told(arguments) == {**ALL, "lateral": ["spacing", "centre"]}
    assert " --lateral-spacing 0.44 " in " ".join(arguments)


def test_what_a_proposal_repeats_of_the_users_words_is_not_found(pair):
    window = pair.window
    window.ui.frontalSodSpinBox.setValue(983.1)
    window.ui.frontalSpacingSpinBox.setValue(0.2)
    for name, value in (("Column", 90.0), ("Row", 140.0)):
        getattr(window.ui, f"lateralCentre{name}SpinBox").setValue(value)
    read_both(window)
    sid = window.widget.panels["frontal"].facts["sid_mm"]
    pair.answer("align", aligned_pair.result(frontal={"pixel_spacing_mm": [0.2, 0.2], "sid_mm": sid}))
    align(window)
    window.ui.acceptAlignmentButton.click()
    assert found(pair) == {"ap": ["rotation", "centre"]}


def test_point_that_is_dragged_before_the_proposal_is_accepted_is_the_users(proposed):
    window = proposed.window
    window.ui.showRadiographsButton.click()
    process_events()
    drag(window)
    window.ui.acceptAlignmentButton.click()
    assert found(proposed) == {"ap": ["sod", "rotation"], "lateral": ["centre"]}


def test_found_values_stay_found_when_the_views_are_aligned_again(accepted):
    window = accepted.window
    again = aligned_pair.result()
    del again["lateral"]["geometry"]["centre_px"]
    accepted.answer("align", again)
    align(window)
    window.ui.acceptAlignmentButton.click()
    assert found(accepted) == ALL


def test_found_values_change_sides_with_their_radiographs(accepted):
    window = accepted.window
    window.ui.swapButton.click()
    read_both(window)
    text = " ".join(arguments := reconstruct(accepted))
    assert told(arguments) == {"ap": ALL["lateral"], "lateral": ALL["ap"]}
    for wanted in ("--lateral-sod 983.1", "--lateral-rotation 2.4", "--lateral-centre 149.0000 220.0000"):
        assert wanted in text
    for wanted in ("--lateral-rotate 90", "--lateral-invert", "--ap-centre 90.0000 140.0000"):
        assert wanted in text
    assert "--ap-sod" not in text
    window.ui.swapButton.click()
    assert found(accepted) == ALL


@pytest.mark.parametrize("side", ["frontal", "lateral"])
def test_found_values_do_not_outlive_their_pair(accepted, side, tmp_path):
    window = accepted.window
    window.ui.frontalSidSpinBox.setValue(1800.0)
    assert window.widget.panels[side].loadFile(aligned_pair.other_picture(tmp_path))
    assert window.status == ("What the alignment had found belonged to the radiographs before; it was taken back.")
    text = " ".join(arguments := reconstruct(accepted))
    assert told(arguments) == {}
    assert "--ap-sid 1800.0" in text
    for gone in ("-sod", "-rotation", "-centre"):
        assert gone not in text
    # How a radiograph is read was found in that one, not in the pair.
    there = {name: f"--{name}" in text for name in ("ap-rotate 90", "ap-invert", "lateral-view RL")}
    assert there == {name: name.startswith("lateral") is (side == "frontal") for name in there}
    values = parameters(window)
    assert (values["frontalFoundIn"] is None, values["lateralFoundIn"] is None) == (
        side == "frontal",
        side == "lateral",
    )


def test_reading_does_not_outlive_its_radiograph_in_a_pair_that_changed_before(accepted, tmp_path):
    window = accepted.window
    assert window.widget.panels["lateral"].loadFile(aligned_pair.other_picture(tmp_path))
    assert "--ap-rotate 90" in " ".join(reconstruct(accepted))
    assert window.widget.panels["frontal"].loadFile(aligned_pair.other_picture(tmp_path, "yet another", 1))
    text = " ".join(reconstruct(accepted))
    assert "--ap-rotate" not in text
    assert "--ap-invert" not in text


def test_reading_that_the_user_has_changed_is_his(accepted, tmp_path):
    window = accepted.window
    window.ui.frontalInvertCheckBox.checked = False
    window.ui.frontalInvertCheckBox.checked = True
    assert window.widget.panels["frontal"].loadFile(aligned_pair.other_picture(tmp_path))
    text = " ".join(reconstruct(accepted))
    assert "--ap-invert" in text
    assert "--ap-rotate" not in text


def test_deleted_radiograph_takes_back_what_was_found(accepted):
    window = accepted.window
    slicer.mrmlScene.RemoveNode(window.parameters.lateralVolume)
    assert (window.parameters.frontalSod, window.parameters.lateralCentreRow) == (0.0, -1.0)


@pytest.mark.parametrize("clear", [True, False])
def test_saved_scene_keeps_what_was_found(accepted, tmp_path, clear):
    window = accepted.window
    path = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(path)
    if clear:
        slicer.mrmlScene.Clear(0)
        assert parameters(window)["frontalFound"] == ""
    slicer.util.loadScene(path)
    assert found(accepted) == ALL
    window.ui.lateralCentreRowSpinBox.setValue(100.0)
    assert found(accepted) == {"ap": ALL["ap"]}


def test_report_has_what_was_found_among_the_assumptions_and_sizes_stay_relative(accepted):
    window = accepted.window
    accepted.withdraw()
    window.reconstruct()
    report = results.provenance_of(window.parameters.reconstruction)
    for side, names in (("frontal", {"sod_mm", "rotation_deg", "centre_px"}), ("lateral", {"centre_px"})):
        items = [item for item in report["assumptions"][side] if item["why"].startswith("Found by aligning")]
        assert {item["name"] for item in items} == names
    assert not report["scale"]["known"]
    (sod,) = [item["value"] for item in report["assumptions"]["frontal"] if item["name"] == "sod_mm"]
    assert sod == pytest.approx(983.1)
    window.ui.frontalSodSpinBox.setValue(983.0)
    read_both(window)
    window.reconstruct()
    report = results.provenance_of(window.parameters.reconstruction)
    assert not [item for item in report["assumptions"]["frontal"] if item["name"] == "sod_mm"]
    assert buttons(window) == set()
