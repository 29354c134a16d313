"""What a proposal says of reading and geometry becomes the panel's own choices, which mean the same to the worker."""

import json

import numpy as np
import pytest
import SimpleITK as sitk
from aligned_pair import align, pictures, result
from host import wait_for


def read_both(window):
    wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))


def accept(pair, answer):
    """Align, accept, and wait until both were read anew."""
    pair.answer("align", answer)
    align(pair.window)
    assert pair.window.status == "The views were aligned; look at the proposal."
    pair.window.ui.acceptAlignmentButton.click()
    read_both(pair.window)


def reconstruct_options(pair):
    """The arguments that the next reconstruction hands to the worker, as one text."""
    pair.window.ui.reconstructButton.click()
    wait_for(lambda: not pair.window.widget.logic.busy)
    options = " ".join(pair.jobs("reconstruct")[-1])
    # What was not accepted is not to be found out once more, out of the user's sight.
    assert "--align off" in options
    return options


def test_spacing_of_pixels_that_are_not_square_is_handed_on_as_the_file_stores_them(pair, tmp_path):
    image = sitk.GetImageFromArray(pictures()["frontal"][None])
    image.SetSpacing((0.5, 0.4, 1.0))
    path = str(tmp_path / "flat.nrrd")
    sitk.WriteImage(image, path)
    window = pair.window
    window.widget.panels["frontal"].loadFile(path)
    read_both(window)
    assert window.widget.panels["frontal"].facts["pixel_spacing_mm"] == [0.4, 0.5]
    # 1.1 times as much; upright, what was across is along.
    accept(pair, result(frontal={"pixel_spacing_mm": [0.44, 0.55]}))
    assert window.widget.panels["frontal"].facts["pixel_spacing_mm"] == pytest.approx([0.55, 0.44])
    assert "--ap-spacing 0.44,0.55" in reconstruct_options(pair)
    # What is typed is the distance of the rows; the shape of the pixels stays.
    window.ui.frontalSpacingSpinBox.setValue(0.2)
    read_both(window)
    assert window.widget.panels["frontal"].facts["pixel_spacing_mm"] == pytest.approx([0.25, 0.2])
    window.ui.resetGeometryButton.click()
    read_both(window)
    assert window.widget.panels["frontal"].facts["pixel_spacing_mm"] == [0.4, 0.5]


def test_proposal_about_pixels_that_are_stored_lying_asks_for_no_turn(pair):
    window = pair.window
    node = window.parameters.frontalVolume
    node.SetAttribute("Diff2CT.reading", json.dumps({"rotate": 90, "invert": True, "intensity": "log"}))
    window.parameters.frontalFlip = True
    window.parameters.frontalFlip = False
    wait_for(lambda: window.widget.panels["frontal"].facts and window.widget.panels["frontal"].facts["rows"] == 300)
    accept(pair, result())
    assert "--ap-rotate 90 --" in " ".join(pair.jobs("align")[-1])
    assert (window.parameters.frontalRotate, window.parameters.frontalFlip) == ("0", False)
    assert not window.parameters.frontalInvert
    options = reconstruct_options(pair)
    assert "--ap-rotate 90" in options
    assert "--ap-invert" in options


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
@pytest.mark.parametrize("flip", [None, "horizontal", "vertical"])
def test_every_turn_and_mirroring_is_one_of_the_panels(pair, rotate, flip):
    window = pair.window
    turned = np.rot90(np.arange(200 * 300).reshape(200, 300), -rotate // 90)
    turned = {None: turned, "horizontal": turned[:, ::-1], "vertical": turned[::-1]}[flip]
    row, column = (int(index[0]) for index in np.nonzero(turned == 50 * 300 + 220))
    answer = result(frontal={"centre_px": [float(column), float(row)]})
    answer["frontal"]["reading"].update(rotate=rotate, flip=flip)
    pair.answer("align", answer)
    align(window)
    # The same pixel of the file, in the picture as it lies now.
    assert window.widget.panels["frontal"].mark.centre == (220.0, 50.0)
    window.ui.acceptAlignmentButton.click()
    read_both(window)
    facts = window.widget.panels["frontal"].facts
    assert (facts["rows"], facts["columns"]) == turned.shape
    chosen = np.rot90(np.arange(200 * 300).reshape(200, 300), -int(window.parameters.frontalRotate) // 90)
    chosen = chosen[:, ::-1] if window.parameters.frontalFlip else chosen
    assert (chosen == turned).all()


def test_result_without_an_alignment_leaves_the_users_marks_in_their_places(pair):
    """As the worker answers where both centres are given: it says what the two are, and no more."""
    window = pair.window
    for name, value in (("frontalCentreColumn", 220.0), ("frontalCentreRow", 50.0)):
        window.parameters.setValue(name, value)
    answer = result()
    for key in ("line_px", "same_height", "probability", "shift_mm", "shift_error_mm", "turn_deg"):
        del answer[key]
    for side in ("frontal", "lateral"):
        del answer[side]["geometry"]["centre_px"]
    pair.answer("align", answer)
    align(window)
    assert "% sure" not in window.ui.alignmentLabel.text
    assert [panel.mark.offered for panel in window.widget.panels.values()] == [None, None]
    window.ui.acceptAlignmentButton.click()
    values = [window.parameters.getValue(name) for name in ("frontalCentreColumn", "frontalCentreRow")]
    assert values == [149.0, 220.0]
    assert window.parameters.lateralCentreColumn == -1.0


def test_what_a_result_repeats_of_the_files_and_the_users_words_fills_no_field(pair):
    window = pair.window
    window.ui.frontalSidSpinBox.setValue(1500.0)
    read_both(window)
    facts = window.widget.panels["frontal"].facts
    repeated = {"sid_mm": 1500.0, "sod_mm": facts["sod_mm"], "pixel_spacing_mm": facts["stored_spacing_mm"]}
    repeated |= {"slot_scan": False, "principal_point_px": [149.5, 99.5], "primary_deg": 0.0, "rotation_deg": 0.0}
    accept(pair, result(frontal=repeated))
    values = {name: window.parameters.getValue("frontal" + name) for name in ("Sid", "Sod", "Spacing", "Angles")}
    assert values == {"Sid": 1500.0, "Sod": 0.0, "Spacing": 0.0, "Angles": False}


def test_view_and_angles_that_are_what_was_read_stay_from_file(pair):
    answer = result(frontal={"rotation_deg": 0.0})
    answer["frontal"]["view"] = "AP"
    del answer["frontal"]["geometry"]["sod_mm"]
    window = pair.window
    window.ui.frontalSodSpinBox.setValue(900.0)
    window.ui.lateralSlotScanComboBox.setCurrentIndex(2)
    read_both(window)
    accept(pair, answer)
    assert not window.parameters.frontalAngles
    # Nobody has said yet that it is AP: from now on the user has.
    assert window.parameters.frontalView == "AP"
    assert window.parameters.frontalSod == 900.0
    assert window.parameters.lateralSlotScan == "No"


def test_turn_in_the_plane_leaves_the_other_angles_as_they_were(pair):
    window = pair.window
    window.parameters.frontalView = "PA"
    window.ui.frontalAnglesCheckBox.click()
    window.ui.frontalPrimarySpinBox.setValue(4.0)
    read_both(window)
    accept(pair, result())
    values = [window.parameters.getValue("frontal" + name) for name in ("Primary", "Secondary", "Rotation")]
    assert values == [4.0, 0.0, 2.4]
    assert window.ui.frontalRotationSpinBox.value == 2.4
