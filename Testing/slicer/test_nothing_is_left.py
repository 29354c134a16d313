"""What a job used is free when it is over, and what the scene held when it is closed; no collector is waited for."""

import gc
import weakref

import pytest
import qt
import slicer
import vtk
from host import process_events, wait_for

pytestmark = pytest.mark.real_worker

OURS = ("Job", "WorkerProcess", "Diff2CTReconstructionParameterNode")


def living():
    """How many objects of the module's passing kinds live, by kind."""
    kinds = [type(item).__name__ for item in gc.get_objects()]
    return {kind: kinds.count(kind) for kind in OURS}


class Witness:
    """Knows, without holding them, all data nodes that the scene had when it was asked to look."""

    def __init__(self):
        self._seen = []

    def look(self):
        for kind in ("vtkMRMLVolumeNode", "vtkMRMLModelNode", "vtkMRMLTableNode", "vtkMRMLMarkupsNode"):
            for node in slicer.util.getNodesByClass(kind):
                weak = vtk.vtkWeakReference()
                weak.Set(node)
                self._seen.append((node.GetName(), weak))

    def left(self):
        return [name for name, weak in self._seen if weak.Get() is not None]


@pytest.fixture
def no_collector():
    """Only what nothing refers to goes."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def press(window, button):
    """Press a button and wait until its job is over."""
    button.click()
    wait_for(lambda: not window.widget.logic.busy)


def test_nothing_lives_on_after_runs_and_a_closed_scene(loaded, no_collector):
    window, witness = loaded, Witness()
    before = living()
    press(window, window.ui.reconstructButton)
    assert window.status.startswith("Done"), window.status
    press(window, window.ui.compareButton)
    window.ui.boneButton.click()
    window.ui.showRadiographsButton.click()
    window.ui.showViewsButton.click()
    witness.look()
    # A second result in the place of the first, one that is cancelled, and one that cannot be made.
    press(window, window.ui.reconstructButton)
    window.ui.reconstructButton.click()
    wait_for(lambda: window.widget.logic.workerPid is not None)
    press(window, window.ui.reconstructButton)
    assert window.status == "Cancelled; the scene is unchanged."
    window.parameters.model = "none of this name"
    press(window, window.ui.reconstructButton)
    assert "none of this name" in window.status
    assert living() == before
    witness.look()
    slicer.mrmlScene.Clear(0)
    process_events()
    assert witness.left() == []
    assert living() == before


def test_an_entry_to_the_module_makes_no_change_slower(slicer_window, monkeypatch):
    """Each living wrapper of the parameter node reads all parameters at each change."""
    import slicer.parameterNodeWrapper

    reads = []
    parameter = slicer.parameterNodeWrapper._Parameter
    read = parameter.read
    monkeypatch.setattr(parameter, "read", lambda self, node: reads.append(self.name) or read(self, node))

    def reads_at_a_change(seed):
        reads.clear()
        slicer_window.parameters.seed = seed
        return len(reads)

    before, first = reads_at_a_change(1), slicer_window.parameters
    for _entry in range(20):
        slicer_window.representation.exit()
        slicer_window.representation.enter()
    assert slicer_window.parameters is first
    assert reads_at_a_change(2) == before > 0


def test_what_was_told_goes_with_the_scene(window):
    window.ui.loadSampleButton.click()
    window.reconstruct()
    press(window, window.ui.compareButton)
    assert window.status.startswith("Compared with the true CT.")
    assert not window.ui.metricsTable.isHidden()
    slicer.mrmlScene.Clear(0)
    assert window.ui.metricsTable.isHidden()
    assert window.status == ""
    assert window.ui.statusLabel.toolTip == ""


def test_a_reload_leaves_nothing_of_the_panel_before(slicer_window):
    slicer_window.ui.loadSampleButton.click()
    panels = [weakref.ref(panel) for panel in (slicer_window.widget, *slicer_window.widget.panels.values())]
    widgets = [weakref.ref(slicer_window.ui.reconstructButton), weakref.ref(slicer_window.widget.logic)]
    slicer_window.widget.onReload()
    process_events()
    qt.QCoreApplication.sendPostedEvents(None, qt.QEvent.DeferredDelete)
    gc.collect()
    assert [item() for item in (*panels, *widgets) if item() is not None] == []
