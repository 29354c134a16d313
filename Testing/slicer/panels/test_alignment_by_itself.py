"""A pair of which neither the user nor a file says enough is aligned without being asked for, and in nobody's way."""

import aligned_pair
import pytest
import qt
from aligned_pair import buttons, parameters, shown
from host import lib, process_events, wait_for

PROGRESS = {"event": "progress", "stage": "align", "step": 1, "of": 4, "seconds_left": 8}


def hurry(window, monkeypatch):
    """Let an alignment that starts by itself from now on do so in a moment."""
    monkeypatch.setattr(window.widget.alignment, "_timer", lib("timer").Timer(10))


def wait_until_it_runs(window):
    wait_for(lambda: window.ui.alignButton.text == "Cancel")


def starts(window):
    """Whether an alignment is begun within many times the moment that it waits."""
    timer = qt.QTimer()
    timer.setSingleShot(True)
    timer.start(500)
    wait_for(lambda: window.ui.alignButton.text == "Cancel" or not timer.active)
    return window.ui.alignButton.text == "Cancel"


@pytest.fixture
def hurried_pair(unread_pair, monkeypatch):
    """The pair that is not read yet, in a panel that hurries."""
    hurry(unread_pair.window, monkeypatch)
    return unread_pair


def test_pair_without_centre_is_aligned_quietly_and_once(unread_pair, monkeypatch):
    """After the delay that users have."""
    window = unread_pair.window
    unread_pair.answer("align", aligned_pair.result())
    before = parameters(window)
    seen = set()

    def watch():
        seen.add((window.status, window.ui.progressBar.isHidden(), window.widget.logic.busy))
        return shown(window) is not None

    wait_for(watch)
    assert seen <= {("", True, False), ("The views were aligned; look at the proposal.", True, False)}
    process_events()
    assert window.status == "The views were aligned; look at the proposal."
    assert qt.QApplication.activeModalWidget() is None
    assert buttons(window) == {"accept", "change"}
    assert parameters(window) == before
    hurry(window, monkeypatch)
    # A choice makes it void; the user who makes one asks for the next alignment himself.
    window.ui.frontalInvertCheckBox.click()
    assert window.status == ""
    wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))
    assert not starts(window)
    assert len(unread_pair.jobs("align")) == 1


def test_choice_that_is_made_meanwhile_starts_it_anew(hurried_pair):
    window = hurried_pair.window
    hurried_pair.answer("align", PROGRESS)
    wait_for(lambda: hurried_pair.jobs("align"))
    hurried_pair.answer("align", aligned_pair.result())
    window.ui.lateralSidSpinBox.setValue(1800.0)
    wait_for(lambda: shown(window) is not None)
    assert "--lateral-sid" in hurried_pair.jobs("align")[-1]


def test_it_can_be_cancelled_and_does_not_come_back(hurried_pair):
    window = hurried_pair.window
    hurried_pair.answer("align", PROGRESS)
    wait_until_it_runs(window)
    assert window.ui.reconstructButton.enabled
    window.ui.alignButton.click()
    assert window.ui.alignButton.text == "Align views"
    assert window.ui.alignButton.enabled
    assert not starts(window)
    assert shown(window) is None
    assert window.status == ""


def test_reconstruct_does_not_wait_for_it_and_says_so(hurried_pair):
    window = hurried_pair.window
    hurried_pair.answer("align", PROGRESS)
    hurried_pair.answer("reconstruct", PROGRESS)
    wait_until_it_runs(window)
    window.ui.reconstructButton.click()
    said = "The views were still being aligned; this reconstruction does without."
    wait_for(lambda: window.status == f"Align: about 8 s left {said}")
    assert not window.ui.alignButton.enabled
    assert window.ui.alignButton.text == "Align views"


def test_what_keeps_it_from_going_on_is_told_in_the_box_alone(hurried_pair):
    window = hurried_pair.window
    said = "The model small cannot align views; mark the same vertebra in both pictures."
    hurried_pair.answer("align", {"event": "error", "kind": "model", "message": said, "exit_code": 2})
    wait_for(lambda: shown(window) is not None)
    assert shown(window) == said
    assert buttons(window) == set()
    assert window.status == ""
    window.ui.swapButton.click()
    assert shown(window) is None


@pytest.mark.parametrize("kept", ["centre", "simulation", "no model", "module left", "no package"])
def test_it_does_not_start_where_it_is_not_wanted(hurried_pair, kept, monkeypatch):
    window = hurried_pair.window
    if kept == "centre":
        for name in ("Column", "Row"):
            window.parameters.setValue(f"lateralCentre{name}", 20.0)
    elif kept == "simulation":
        window.ui.loadSampleButton.click()
    elif kept == "no model":
        window.ui.modelComboBox.clear()
        window.parameters.model = ""
    elif kept == "module left":
        window.representation.exit()
    else:
        name = "Diff2CTReconstructionLib.worker.dependencies.missing_packages"
        monkeypatch.setattr(name, lambda comparison=False: ["one"])
    wait_for(lambda: all(panel.facts for panel in window.widget.panels.values()))
    assert not starts(window)
    assert hurried_pair.jobs("align") == []
    if kept == "module left":
        window.representation.enter()
    process_events()
