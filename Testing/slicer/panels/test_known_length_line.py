"""A length that the user knows is drawn as a line in a radiograph, typed, and handed to the worker."""

import numpy as np
import pytest
import slicer
from aligned_pair import align, result
from Diff2CTReconstructionLib import layouts
from Diff2CTReconstructionLib.scene import layout
from host import process_events, wait_for

LINE = ("LineColumn1", "LineRow1", "LineColumn2", "LineRow2")


def read_both(window):
    wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))


def line(window, side):
    """What the parameter node holds of a side's line."""
    return [window.parameters.getValue(side + name) for name in LINE]


def node(window, side):
    return window.widget.lengths.sides[side].line.node


def place(window, side, column, row):
    """Click a pixel of a radiograph, which places a point of the list that is being placed."""
    application = window.app.applicationLogic()
    assert application.GetInteractionNode().GetCurrentInteractionMode() == slicer.vtkMRMLInteractionNode.Place
    active = slicer.mrmlScene.GetNodeByID(application.GetSelectionNode().GetActivePlaceNodeID())
    row_mm, column_mm = window.widget.panels[side].facts["pixel_spacing_mm"]
    active.AddControlPoint(-column * column_mm, -row * row_mm, 0.0)
    if active.GetNumberOfControlPoints() == active.GetRequiredNumberOfControlPoints():
        # Slicer's markups widget leaves the mode with the last point.
        application.GetInteractionNode().SwitchToViewTransformMode()


def draw(window, side, *ends):
    getattr(window.ui, side + "DrawLineButton").click()
    for column, row in ends:
        place(window, side, column, row)
    process_events()


@pytest.fixture
def drawn(pair):
    """A line from (30, 40) to (60, 80) in the frontal picture."""
    draw(pair.window, "frontal", (30.0, 40.0), (60.0, 80.0))
    return pair


def test_line_is_drawn_in_its_own_view_and_its_length_is_handed_to_both_jobs(drawn):
    window = drawn.window
    assert window.app.layoutManager().layout == layouts.RADIOGRAPH_LAYOUT
    assert line(window, "frontal") == [30.0, 40.0, 60.0, 80.0]
    assert line(window, "lateral") == [-1.0] * 4
    assert window.ui.frontalLineLabel.text == "Line of 50.0 pixels. Type its length."
    shown = node(window, "frontal")
    assert shown.IsA("vtkMRMLMarkupsLineNode")
    assert shown.GetHideFromEditors()
    assert not shown.GetLocked()
    assert list(shown.GetDisplayNode().GetViewNodeIDs()) == [
        layout.slice_node(layouts.RADIOGRAPH_VIEWS["frontal"]).GetID()
    ]
    window.ui.frontalKnownLengthSpinBox.setValue(25.4)
    assert window.ui.frontalLineLabel.text == "Line of 50.0 pixels; it sets the pixel spacing."
    align(window)
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    for command in ("align", "reconstruct"):
        text = " ".join(drawn.jobs(command)[-1])
        assert "--ap-known-length 30.0000 40.0000 60.0000 80.0000 25.4000" in text
        assert "--lateral-known-length" not in text
        assert "--ap-spacing" not in text


def test_dragged_end_and_deleted_end_change_the_line(drawn):
    window = drawn.window
    row_mm, column_mm = window.widget.panels["frontal"].facts["pixel_spacing_mm"]
    node(window, "frontal").SetNthControlPointPosition(1, -900.0 * column_mm, -40.0 * row_mm, 0.0)
    # It ends where the picture ends.
    assert line(window, "frontal") == [30.0, 40.0, 299.0, 40.0]
    window.ui.frontalKnownLengthSpinBox.setValue(10.0)
    node(window, "frontal").RemoveNthControlPoint(0)
    assert line(window, "frontal") == [-1.0] * 4
    assert window.ui.frontalLineLabel.text == "Draw its line."
    assert node(window, "frontal").GetNumberOfControlPoints() == 0


def test_line_half_drawn_leaves_the_one_before(drawn):
    window = drawn.window
    window.ui.frontalDrawLineButton.click()
    place(window, "frontal", 5.0, 5.0)
    assert line(window, "frontal") == [30.0, 40.0, 60.0, 80.0]
    # Escape leaves the mode of Slicer's markups; the next look puts the line back.
    window.app.applicationLogic().GetInteractionNode().SwitchToViewTransformMode()
    window.ui.frontalKnownLengthSpinBox.setValue(20.0)
    assert line(window, "frontal") == [30.0, 40.0, 60.0, 80.0]
    assert node(window, "frontal").GetNumberOfControlPoints() == 2


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "The line of known length in the frontal radiograph has no length; type it, or remove the line."),
        (
            {"frontalLineRow2": -1.0, "frontalKnownLength": 25.0},
            "The known length of the frontal radiograph has no line; draw it, or set the length to none.",
        ),
        (
            {"frontalSpacing": 0.2, "frontalKnownLength": 25.0},
            "The frontal radiograph has a pixel spacing and a known length, which give two sizes; choose one.",
        ),
    ],
)
def test_half_a_known_length_and_one_beside_a_spacing_are_told(drawn, values, said):
    window = drawn.window
    for name, value in values.items():
        window.parameters.setValue(name, value)
    read_both(window)
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert window.status == said
    align(window)
    assert window.status == said
    assert drawn.jobs("align") + drawn.jobs("reconstruct") == []


@pytest.mark.parametrize("change", ["turned", "another picture"])
def test_line_on_a_picture_that_is_another_one_now_goes_and_is_told(drawn, change):
    window = drawn.window
    window.ui.frontalKnownLengthSpinBox.setValue(25.0)
    if change == "turned":
        window.ui.frontalRotateComboBox.setCurrentIndex(1)
    else:
        window.parameters.frontalVolume = window.parameters.lateralVolume
    assert line(window, "frontal") == [-1.0] * 4
    assert window.ui.frontalLineLabel.text == "The picture is another one: draw the line again."
    draw_again = window.ui.frontalDrawLineButton
    assert not draw_again.enabled
    read_both(window)
    assert draw_again.enabled
    draw(window, "frontal", (10.0, 10.0), (10.0, 50.0))
    assert window.ui.frontalLineLabel.text == "Line of 40.0 pixels; it sets the pixel spacing."


def test_line_goes_with_its_radiograph_when_the_two_are_exchanged(drawn):
    window = drawn.window
    window.ui.frontalKnownLengthSpinBox.setValue(25.0)
    window.ui.swapButton.click()
    assert line(window, "lateral") == [30.0, 40.0, 60.0, 80.0]
    assert line(window, "frontal") == [-1.0] * 4
    assert (window.parameters.frontalKnownLength, window.parameters.lateralKnownLength) == (0.0, 25.0)


def test_accepted_proposal_takes_the_line_along_into_the_turned_picture(drawn):
    window = drawn.window
    window.ui.frontalKnownLengthSpinBox.setValue(25.0)
    drawn.answer("align", result())
    align(window)
    window.ui.acceptAlignmentButton.click()
    # Turned clockwise, (row, column) of the 200 rows goes to (column, 199 - row).
    assert line(window, "frontal") == [159.0, 30.0, 119.0, 60.0]
    assert window.parameters.frontalKnownLength == 25.0
    read_both(window)
    spacing = window.widget.panels["frontal"].facts["pixel_spacing_mm"]
    ends = [np.array(node(window, "frontal").GetNthControlPointPosition(index)) for index in range(2)]
    assert np.abs(ends[1] - ends[0])[:2] == pytest.approx([40.0 * spacing[1], 30.0 * spacing[0]])
    window.ui.undoAlignmentButton.click()
    assert line(window, "frontal") == [30.0, 40.0, 60.0, 80.0]


def test_spacing_of_a_proposal_takes_the_place_of_the_known_length(drawn):
    window = drawn.window
    window.ui.frontalKnownLengthSpinBox.setValue(25.0)
    drawn.answer("align", result(frontal={"pixel_spacing_mm": [0.31, 0.31]}))
    align(window)
    window.ui.acceptAlignmentButton.click()
    assert "The known length of the frontal radiograph is in its pixel spacing now." in window.status
    assert (window.parameters.frontalSpacing, window.parameters.frontalKnownLength) == (0.31, 0.0)
    assert line(window, "frontal") == [-1.0] * 4


def test_known_length_is_saved_with_the_scene_and_reset_with_the_rest(drawn, tmp_path):
    window = drawn.window
    window.ui.frontalKnownLengthSpinBox.setValue(25.0)
    assert slicer.util.saveScene(str(tmp_path / "scene.mrb"))
    slicer.mrmlScene.Clear(0)
    assert line(window, "frontal") == [-1.0] * 4
    slicer.util.loadScene(str(tmp_path / "scene.mrb"))
    assert line(window, "frontal") == [30.0, 40.0, 60.0, 80.0]
    assert window.ui.frontalKnownLengthSpinBox.value == 25.0
    assert not slicer.util.getNodesByClass("vtkMRMLMarkupsNode")
    read_both(window)
    window.ui.showRadiographsButton.click()
    process_events()
    assert node(window, "frontal").GetNumberOfControlPoints() == 2
    window.ui.resetGeometryButton.click()
    assert line(window, "frontal") == [-1.0] * 4
    assert window.ui.frontalKnownLengthSpinBox.value == 0.0
    assert node(window, "frontal").GetNumberOfControlPoints() == 0
