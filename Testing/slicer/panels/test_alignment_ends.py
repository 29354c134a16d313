"""When a proposal holds no longer, what a failed job leaves, and what a reconstruction says of one that waits."""

import gc

import aligned_pair
import pytest
import slicer
from aligned_pair import align, buttons, parameters, shown
from host import alive, process_events, wait_for
from node_facts import node_ids


def set_other_frontal(window):
    window.parameters.frontalVolume = window.parameters.lateralVolume


def edit_pixels(window):
    slicer.util.arrayFromVolume(window.parameters.lateralVolume)[:] = 7
    slicer.util.arrayFromVolumeModified(window.parameters.lateralVolume)


CHANGES = {
    "another radiograph": set_other_frontal,
    "exchanged": lambda window: window.ui.swapButton.click(),
    "polarity": lambda window: window.ui.frontalInvertCheckBox.click(),
    "spacing": lambda window: window.ui.lateralSpacingSpinBox.setValue(0.2),
    "known length": lambda window: window.ui.lateralKnownLengthSpinBox.setValue(25.0),
    "another model": lambda window: setattr(window.parameters, "model", "another"),
    "deleted": lambda window: slicer.mrmlScene.RemoveNode(window.parameters.lateralVolume),
    "edited pixels": edit_pixels,
    "another scene": lambda window: slicer.mrmlScene.Clear(0),
}


@pytest.mark.parametrize("change", CHANGES)
def test_proposal_is_void_when_what_it_rests_on_changes(proposed, change):
    window = proposed.window
    window.ui.showRadiographsButton.click()
    process_events()
    assert shown(window) is not None
    CHANGES[change](window)
    assert shown(window) is None
    assert window.widget.alignment.proposal is None
    assert not [node for node in slicer.util.getNodesByClass("vtkMRMLMarkupsLineNode") if "height" in node.GetName()]
    marks = [panel.mark.offered for panel in window.widget.panels.values()]
    assert marks == [None, None]


def test_proposal_outlives_what_it_does_not_rest_on(proposed):
    window = proposed.window
    before = shown(window)
    window.ui.seedSpinBox.setValue(5)
    window.ui.qualityComboBox.setCurrentIndex(2)
    crosshair = slicer.mrmlScene.GetSingletonNode("default", "vtkMRMLCrosshairNode")
    window.representation.exit()
    assert not crosshair.HasObserver(crosshair.CursorPositionModifiedEvent)
    window.representation.enter()
    assert crosshair.HasObserver(crosshair.CursorPositionModifiedEvent)
    assert shown(window) == before
    assert buttons(window) == {"accept", "change"}


def test_proposal_about_choices_that_changed_meanwhile_is_not_shown(pair):
    window = pair.window
    pair.answer("align", aligned_pair.result())
    window.ui.alignButton.click()
    window.parameters.lateralCentreColumn = 20.0
    wait_for(lambda: not window.widget.logic.busy)
    assert window.status == ("The radiographs, or what is chosen about them, changed meanwhile; align the views again.")
    assert shown(window) is None


def test_progress_is_shown_and_cancel_leaves_everything_as_it_was(pair):
    window = pair.window
    pair.answer("align", {"event": "progress", "stage": "align", "step": 1, "of": 4, "seconds_left": 8})
    before, nodes = parameters(window), node_ids()
    window.ui.alignButton.click()
    assert window.ui.alignButton.text == "Cancel"
    assert not window.ui.reconstructButton.enabled
    wait_for(lambda: window.status == "Align: about 8 s left")
    assert window.ui.progressBar.value == 250
    pid = window.widget.logic.workerPid
    window.ui.alignButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert window.status == "Cancelled; the scene is unchanged."
    assert window.ui.alignButton.text == "Align views"
    assert window.ui.alignButton.enabled
    wait_for(lambda: not alive(pid), seconds=2.0)
    assert (parameters(window), node_ids()) == (before, nodes)
    assert shown(window) is None
    assert not list(window.temporary_folder.iterdir())


def test_no_job_lives_on(pair):
    def jobs():
        return [type(item).__name__ for item in gc.get_objects()].count("Job")

    pair.answer("align", aligned_pair.result())
    before = jobs()
    align(pair.window)
    assert shown(pair.window) is not None
    assert jobs() == before


def without(*keys):
    made = aligned_pair.result()
    found = made
    for key in keys[:-1]:
        found = found[key]
    del found[keys[-1]]
    return made


WRONG = {
    "no pair": without("lateral"),
    "no word on the scale": without("scale"),
    "heights upside down": aligned_pair.result(same_height={"frontal": [200.0, 20.0], "lateral": [10.0, 150.0]}),
    "heights without a partner": aligned_pair.result(
        same_height={"frontal": [2.0, 20.0, 30.0], "lateral": [1.0, 15.0]}
    ),
    "centre beside the picture": aligned_pair.result(frontal={"centre_px": [210.0, 20.0]}),
    "no number": aligned_pair.result(frontal={"rotation_deg": float("nan")}),
    "turned too far": aligned_pair.result(frontal={"rotation_deg": 41.0}),
    "unknown geometry": aligned_pair.result(lateral={"tilt_deg": 3.0}),
    "no pixels": aligned_pair.result(lateral={"pixel_spacing_mm": [0.0, 0.3]}),
    "sure as a word": aligned_pair.result(sure="yes"),
    "sentences that are none": aligned_pair.result(found=[1, 2]),
    "view of the other side": {**aligned_pair.result(), "frontal": {**aligned_pair.RESULT["frontal"], "view": "LL"}},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_result_that_is_not_what_it_should_be_is_told_and_proposes_nothing(pair, wrong):
    window = pair.window
    pair.answer("align", WRONG[wrong])
    before = parameters(window)
    align(window)
    assert window.status == "The worker's result could not be loaded; the scene is unchanged."
    assert shown(window) is None
    assert parameters(window) == before


def test_button_is_off_without_a_pair_and_on_for_one_that_is_exchanged(loaded):
    window = loaded
    assert window.ui.alignButton.enabled
    window.ui.swapButton.click()
    assert not window.ui.alignButton.enabled
    wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))
    assert not window.ui.reconstructButton.enabled
    assert window.ui.alignButton.enabled
    window.parameters.lateralVolume = None
    assert not window.ui.alignButton.enabled


def test_reconstruction_beside_a_waiting_proposal_says_that_it_does_without(proposed):
    window = proposed.window
    said = "The proposal to align the views still waits; this reconstruction does without it."
    proposed.answer("reconstruct", {"event": "progress", "stage": "sample", "step": 1, "of": 4, "seconds_left": 30})
    window.ui.reconstructButton.click()
    wait_for(lambda: window.status == f"Sample: about 30 s left {said}")
    window.ui.reconstructButton.click()
    wait_for(lambda: not window.widget.logic.busy)
    assert "--ap-centre" not in proposed.jobs("reconstruct")[-1]
    assert buttons(window) == {"accept", "change"}
    proposed.withdraw()
    window.reconstruct()
    assert said in window.status
    window.ui.changeAlignmentButton.click()
    window.reconstruct()
    assert "Points that are only proposed do not count in this reconstruction." in window.status


def test_saved_scene_holds_what_was_accepted_and_no_proposal(proposed, tmp_path):
    window = proposed.window
    waiting, accepted = str(tmp_path / "waiting.mrb"), str(tmp_path / "accepted.mrb")
    assert slicer.util.saveScene(waiting)
    window.ui.acceptAlignmentButton.click()
    values = {name: value for name, value in parameters(window).items() if isinstance(value, (str, float, bool))}
    assert slicer.util.saveScene(accepted)
    slicer.mrmlScene.Clear(0)
    assert shown(window) is None
    slicer.util.loadScene(waiting)
    assert shown(window) is None
    assert window.parameters.frontalRotate == "0"
    slicer.util.loadScene(accepted)
    assert shown(window) is None
    again = parameters(window)
    assert {name: again[name] for name in values} == values
    assert not slicer.util.getNodesByClass("vtkMRMLMarkupsNode")


@pytest.mark.parametrize("end", ["reload", "quit"])
def test_nothing_of_a_proposal_stays_when_the_panel_goes(proposed, end):
    window = proposed.window
    window.ui.showRadiographsButton.click()
    process_events()
    crosshair = slicer.mrmlScene.GetSingletonNode("default", "vtkMRMLCrosshairNode")
    assert crosshair.HasObserver(crosshair.CursorPositionModifiedEvent)
    if end == "reload":
        window.widget.onReload()
    else:
        window.app.moduleManager().moduleAboutToBeUnloaded.emit("Diff2CTReconstruction")
    assert not crosshair.HasObserver(crosshair.CursorPositionModifiedEvent)
    assert not slicer.util.getNodesByClass("vtkMRMLMarkupsNode")
    if end == "quit":
        window.widget.onReload()
