"""What is written into the views: SYNTHETIC where a result is seen, the patient's sides, a legend beside a map."""

import pytest
import slicer
import vtk
from Diff2CTReconstructionLib import layouts
from host import process_events, wait_for
from vtk.util.numpy_support import vtk_to_numpy

SYNTHETIC = "SYNTHETIC, research use only"


def texts(view):
    """The texts in a view's renderer, from left to right."""
    props = view.renderWindow().GetRenderers().GetFirstRenderer().GetViewProps()
    actors = [props.GetItemAsObject(index) for index in range(props.GetNumberOfItems())]
    return [actor.GetInput() for actor in sorted(actors, key=lambda actor: actor.GetPosition()[0])]


def slice_texts(window, name):
    """The texts of a slice view, once it is filled, has told so, and its texts were written: a turn for each."""
    for _turn in range(4):
        process_events()
    return texts(window.app.layoutManager().sliceWidget(name).sliceView())


def test_views_say_what_they_show_in_any_layout(reconstructed):
    parameters, manager = reconstructed.parameters, reconstructed.app.layoutManager()
    process_events()
    for name in layouts.RECONSTRUCTION_VIEWS.values():
        assert slice_texts(reconstructed, name) == [SYNTHETIC]
    assert slice_texts(reconstructed, layouts.RADIOGRAPH_VIEWS["frontal"]) == [SYNTHETIC, "R", "L"]
    assert slice_texts(reconstructed, layouts.RADIOGRAPH_VIEWS["lateral"]) == [SYNTHETIC, "A", "P"]
    views = [manager.threeDWidget(index).threeDView() for index in range(manager.threeDViewCount)]
    (ours,) = [view for view in views if view.mrmlViewNode().GetLayoutName() == layouts.THREED_VIEW]
    assert texts(ours) == [SYNTHETIC]
    reconstructed.ui.fadeSlider.setValue(0.0)
    assert slice_texts(reconstructed, layouts.RADIOGRAPH_VIEWS["frontal"]) == ["R", "L"]
    reconstructed.ui.compareButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    assert slice_texts(reconstructed, layouts.TRUTH_VIEWS["Axial"]) == []
    composite = manager.sliceWidget("Red").sliceLogic().GetSliceCompositeNode()
    composite.SetBackgroundVolumeID(parameters.truth.GetID())
    assert slice_texts(reconstructed, "Red") == []
    composite.SetForegroundVolumeID(parameters.difference.GetID())
    composite.SetForegroundOpacity(0.5)
    assert slice_texts(reconstructed, "Red") == [SYNTHETIC]
    composite.SetForegroundVolumeID(None)
    assert slice_texts(reconstructed, "Red") == []
    composite.SetBackgroundVolumeID(parameters.reconstruction.GetID())
    assert slice_texts(reconstructed, "Red") == [SYNTHETIC]
    slicer.mrmlScene.Clear(0)
    assert slice_texts(reconstructed, "Red") == []
    assert texts(ours) == []


def test_radiographs_before_a_reconstruction_have_the_sides_and_are_not_called_synthetic(loaded):
    loaded.ui.showRadiographsButton.click()
    assert slice_texts(loaded, layouts.RADIOGRAPH_VIEWS["frontal"]) == ["R", "L"]
    assert slice_texts(loaded, layouts.RADIOGRAPH_VIEWS["lateral"]) == ["A", "P"]
    view = loaded.app.layoutManager().sliceWidget(layouts.RADIOGRAPH_VIEWS["frontal"]).sliceView()
    window = view.renderWindow()
    window.SetSize(300, 200)
    window.Render()
    grab = vtk.vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.ReadFrontBufferOff()
    grab.Update()
    pixels = vtk_to_numpy(grab.GetOutput().GetPointData().GetScalars()).reshape(200, 300, 3).max(axis=2) > 100
    assert pixels[80:120, :20].any()
    assert pixels[80:120, 280:].any()
    assert not pixels[:, 40:260].any()


def test_a_map_brings_its_legend_and_takes_it_away(reconstructed):
    reconstructed.ui.mapComboBox.setCurrentIndex(2)
    legend = slicer.modules.colors.logic().GetColorLegendDisplayNode(reconstructed.parameters.uncertainty)
    assert legend.GetVisibility()
    assert legend.GetTitleText() == "Uncertainty, HU"
    reconstructed.ui.mapComboBox.setCurrentIndex(0)
    assert not legend.GetVisibility()


@pytest.mark.parametrize(
    ("button", "window_level"), [("softTissue", (400.0, 40.0)), ("lung", (1500.0, -600.0)), ("bone", (1000.0, 250.0))]
)
def test_window_buttons_set_reconstruction_and_truth(reconstructed_and_compared, button, window_level):
    getattr(reconstructed_and_compared.ui, button + "WindowButton").click()
    for name in ("reconstruction", "truth"):
        display = reconstructed_and_compared.parameters.getValue(name).GetDisplayNode()
        assert (display.GetWindow(), display.GetLevel()) == window_level


@pytest.fixture
def reconstructed_and_compared(reconstructed):
    """A result beside its truth."""
    reconstructed.ui.compareButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    return reconstructed
