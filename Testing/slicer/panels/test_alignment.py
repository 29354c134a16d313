"""An alignment of the views is proposed, and nothing of it counts before it is accepted."""

import aligned_pair
import module_panel
import numpy as np
import pytest
import qt
import slicer
from aligned_pair import BLOCKS, align, buttons, parameters, shown
from host import process_events, wait_for
from node_facts import node_ids

MARKED, PROPOSED = (1.0, 0.69, 0.0), (0.25, 0.8, 1.0)


def read_both(window):
    wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))


def point(window, side):
    """(row, column) of a side's point, and its colour."""
    panel = window.widget.panels[side]
    node = panel.upright.point.node
    right, anterior, _superior = node.GetNthControlPointPosition(0)
    row_mm, column_mm = panel.facts["pixel_spacing_mm"]
    colour = tuple(round(value, 2) for value in node.GetDisplayNode().GetSelectedColor())
    return (round(-anterior / row_mm, 3), round(-right / column_mm, 3)), colour


def block(window, side):
    """(row, column) of the middle of what stands out in the picture that the view shows."""
    values = slicer.util.arrayFromVolume(window.widget.panels[side].upright.volume)[0].astype(float)
    apart = np.abs(values - np.median(values))
    return tuple(float(index.mean()) for index in np.nonzero(apart > 0.8 * apart.max()))


@pytest.fixture
def views(proposed):
    """A proposal that waits, with both radiographs in their views."""
    proposed.window.ui.showRadiographsButton.click()
    process_events()
    return proposed


def test_proposal_says_what_was_found_how_sure_it_is_and_how_large_things_are_and_changes_nothing(pair):
    window = pair.window
    pair.answer("align", aligned_pair.result())
    before, nodes = parameters(window), node_ids()
    align(window)
    said = shown(window)
    for sentence in (*aligned_pair.RESULT["found"], "97% sure", "may be off by 15 %"):
        assert sentence in said
    assert "nothing is changed before you accept it" in said
    assert parameters(window) == before
    assert buttons(window) == {"accept", "change"}
    assert window.ui.acceptAlignmentButton.default
    # Of the job nothing is left but points and lines that belong to the panel.
    own = [slicer.mrmlScene.GetNodeByID(new) for new in set(node_ids()) - set(nodes)]
    markups = [node for node in own if node.IsA("vtkMRMLMarkupsNode")]
    assert all(node.GetHideFromEditors() and not node.GetSaveWithScene() for node in markups)
    assert not list(window.temporary_folder.glob("Diff2CT-job-*"))


def test_job_gets_both_files_with_the_choices_already_made(pair):
    window = pair.window
    window.parameters.lateralRotate = "180"
    window.ui.frontalSidSpinBox.setValue(1800.0)
    read_both(window)
    align(window)
    assert "Nothing is made here." in window.status
    (arguments,) = pair.jobs("align")
    first, second, *options = arguments
    assert (first.endswith("frontal picture.png"), second.endswith("lateral picture.png")) == (True, True)
    text = " ".join(options)
    for wanted in ("--progress json", "--lateral-rotate 180", "--ap-sid 1800.0", "--model small"):
        assert wanted in text
    assert "--lateral-sid" not in text


def test_accept_applies_everything_at_once_and_undo_takes_it_back(views):
    window = views.window
    before = parameters(window)
    # Where the points are offered, the pictures show what they are about, also in a picture that lies on its side.
    for side in ("frontal", "lateral"):
        assert point(window, side) == (pytest.approx(BLOCKS[side]), PROPOSED)
        assert block(window, side) == BLOCKS[side]
    heard = []
    tag = window.parameters.AddObserver("ModifiedEvent", lambda *_arguments: heard.append(1))
    window.ui.acceptAlignmentButton.click()
    window.parameters.RemoveObserver(tag)
    assert len(heard) == 1
    read_both(window)
    for side in ("frontal", "lateral"):
        assert point(window, side) == (pytest.approx(aligned_pair.UPRIGHT[side]), MARKED)
        assert block(window, side) == aligned_pair.UPRIGHT[side]
    ui = window.ui
    assert ui.frontalCentreColumnSpinBox.value == 149.0
    assert (ui.frontalRotateComboBox.currentText, ui.frontalInvertCheckBox.checked) == ("90", True)
    assert (ui.frontalAnglesCheckBox.checked, ui.frontalRotationSpinBox.value) == (True, 2.4)
    assert not ui.lateralAnglesCheckBox.checked
    assert "Accepted" in shown(window)
    assert buttons(window) == {"undo"}
    ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    text = " ".join(views.jobs("reconstruct")[-1])
    for wanted in ("--ap-view PA", "--ap-rotate 90", "--ap-invert", "--ap-sod 983.1", "--ap-rotation 2.4"):
        assert wanted in text
    for wanted in ("--ap-centre 149.0000 220.0000", "--lateral-centre 90.0000 140.0000", "--lateral-view RL"):
        assert wanted in text
    ui.undoAlignmentButton.click()
    assert parameters(window) == before
    assert buttons(window) == {"accept", "change"}
    read_both(window)
    assert point(window, "frontal") == (pytest.approx(BLOCKS["frontal"]), PROPOSED)


def test_undo_is_offered_only_as_long_as_nothing_else_was_chosen(proposed):
    window = proposed.window
    window.ui.acceptAlignmentButton.click()
    assert buttons(window) == {"undo"}
    window.ui.lateralCentreRowSpinBox.setValue(100.0)
    assert shown(window) is None
    assert window.status == ""
    assert window.parameters.frontalRotate == "90"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_proposal_comes_into_sight_on_a_small_screen(pair):
    window = pair.window
    area = window.ui.sectionsArea
    shown_in = module_panel.ModulePanel(window.representation, 470, 500)
    try:
        pair.answer("align", aligned_pair.result())
        align(window)
        box = window.ui.alignmentFrame
        wait_for(lambda: area.verticalScrollBar().value > 0)
        corner = box.mapTo(area.viewport(), qt.QPoint(0, 0))
        assert area.viewport().rect.contains(qt.QRect(corner, box.size))
    finally:
        shown_in.give_back()


def test_accepting_an_exchanged_pair_exchanges_it_with_the_choices_about_each(pair):
    window = pair.window
    nodes = {side: window.parameters.getValue(side + "Volume") for side in ("frontal", "lateral")}
    window.ui.frontalSidSpinBox.setValue(1800.0)
    read_both(window)
    pair.answer("align", aligned_pair.swapped())
    align(window)
    window.ui.showRadiographsButton.click()
    process_events()
    assert point(window, "frontal") == (pytest.approx(BLOCKS["frontal"]), PROPOSED)
    window.ui.acceptAlignmentButton.click()
    assert window.parameters.frontalVolume is nodes["lateral"]
    assert window.parameters.lateralVolume is nodes["frontal"]
    read_both(window)
    assert block(window, "lateral") == aligned_pair.UPRIGHT["frontal"]
    assert point(window, "lateral") == (pytest.approx(aligned_pair.UPRIGHT["frontal"]), MARKED)
    values = parameters(window)
    assert (values["frontalSid"], values["lateralSid"]) == (0.0, 1800.0)
    assert (values["frontalView"], values["lateralView"]) == ("AP", "LL")
    assert (values["frontalRotate"], values["lateralRotate"]) == ("0", "90")


@pytest.mark.parametrize("side", ["frontal", "lateral"])
def test_dragged_point_is_the_users_and_stays_where_he_put_it(views, side):
    window = views.window
    panel = window.widget.panels[side]
    row_mm, column_mm = panel.facts["pixel_spacing_mm"]
    panel.upright.point.node.SetNthControlPointPosition(0, -30.0 * column_mm, -80.0 * row_mm, 0.0)
    assert point(window, side) == ((80.0, 30.0), MARKED)
    other = "lateral" if side == "frontal" else "frontal"
    assert point(window, other) == (pytest.approx(BLOCKS[other]), PROPOSED)
    assert buttons(window) == {"accept", "change"}
    window.ui.acceptAlignmentButton.click()
    read_both(window)
    # Turned clockwise, what was in row 80 of 200 is in column 119.
    assert point(window, side)[0] == ((30.0, 119.0) if side == "frontal" else (80.0, 30.0))
    assert point(window, other) == (pytest.approx(aligned_pair.UPRIGHT[other]), MARKED)


def test_unsure_proposal_says_so_asks_by_name_and_is_not_accepted_by_default(pair):
    window = pair.window
    pair.answer("align", aligned_pair.unsure())
    align(window)
    said = shown(window)
    for words in ("Unsure", "41%", "“frontal picture” and “lateral picture”", "really the frontal one?"):
        assert words in said
    assert not window.ui.acceptAlignmentButton.default
    assert window.ui.changeAlignmentButton.default
    window.ui.acceptAlignmentButton.click()
    assert window.parameters.frontalRotate == "90"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_change_drops_the_proposal_and_leads_to_the_marks(views):
    window = views.window
    before = parameters(window)
    # Hidden by its own name, the module's widget would stay so in whatever shows it next.
    shown_in = module_panel.ModulePanel(window.representation, 470, 900)
    try:
        qt.QApplication.setActiveWindow(shown_in)
        window.ui.changeAlignmentButton.click()
        assert parameters(window) == before
        assert qt.QApplication.focusWidget() is window.ui.showRadiographsButton
    finally:
        shown_in.give_back()
    assert buttons(window) == set()
    assert window.status == ""
    assert "Mark the middle of the same vertebra in “frontal picture” and “lateral picture”" in shown(window)
    assert point(window, "frontal") == (pytest.approx(BLOCKS["frontal"]), PROPOSED)
    # A click on the very place of the point makes it the user's, too.
    row, column = BLOCKS["frontal"]
    window.widget.panels["frontal"]._picture_clicked(column / 299.0, row / 199.0)
    assert point(window, "frontal") == (pytest.approx(BLOCKS["frontal"]), MARKED)
    assert shown(window) is not None
    window.ui.lateralCentreRowSpinBox.setValue(100.0)
    assert shown(window) is None
