"""What the views show of the radiographs, and what a person corrects there and in the panel."""

import json

import node_facts
import numpy as np
import pytest
import slicer
from Diff2CTReconstructionLib import layouts, sample_pair
from Diff2CTReconstructionLib.scene import layout, results, sample_data
from host import process_events, wait_for

from Diff2CTCore.radiograph import read_radiograph


@pytest.fixture
def sample(loaded):
    """The panel with the sample pair shown in the views."""
    loaded.ui.showRadiographsButton.click()
    process_events()
    return loaded


def point(window, side):
    position = [0.0, 0.0, 0.0]
    window.widget.panels[side].upright.point.node.GetNthControlPointPosition(0, position)
    return position


def centre(window, side):
    return [window.parameters.getValue(side + name) for name in ("CentreColumn", "CentreRow")]


def geometry_used(window):
    """Reconstruct; the geometry of each view in the result's provenance."""
    window.reconstruct()
    return results.provenance_of(window.parameters.reconstruction)["geometry"]


@pytest.mark.parametrize("side", ["frontal", "lateral"])
def test_views_show_what_the_reconstruction_will_use(sample, side):
    assert sample.app.layoutManager().layout == layouts.RADIOGRAPH_LAYOUT
    volume = sample.widget.panels[side].upright.volume
    assert layout.composite_node(layouts.RADIOGRAPH_VIEWS[side]).GetBackgroundVolumeID() == volume.GetID()
    read = read_radiograph(sample_data.sample_files()[side])
    shown = slicer.util.arrayFromVolume(volume)[0]
    assert shown.shape == read.pixels.shape
    assert np.corrcoef(shown.ravel(), read.pixels.ravel())[0, 1] > 0.9999
    assert volume.GetSpacing()[:2] == pytest.approx(read.pixel_spacing_mm[::-1])
    # On an axial slice view, -R points to the right and -A down, as columns and rows do.
    directions = np.zeros((3, 3))
    volume.GetIJKToRASDirections(directions)
    assert np.array_equal(directions[:, :2], [[-1, 0], [0, -1], [0, 0]])


def test_centre_point_starts_where_the_central_ray_hits(sample):
    for side in ("frontal", "lateral"):
        assert point(sample, side) == pytest.approx([-439.5 * 0.4, -439.5 * 0.4, 0.0])
        assert centre(sample, side) == [-1.0, -1.0]
        display = sample.widget.panels[side].upright.point.node.GetDisplayNode()
        assert display.GetVisibility()
        assert list(display.GetViewNodeIDs()) == [layout.slice_node(layouts.RADIOGRAPH_VIEWS[side]).GetID()]


def test_click_in_the_picture_places_the_centre_and_reset_takes_it_back(window):
    window.ui.loadSampleButton.click()
    panel = window.widget.panels["frontal"]
    wait_for(lambda: panel.facts)
    panel._picture_clicked(0.25, 0.75)
    assert window.ui.frontalCentreColumnSpinBox.value == pytest.approx(0.25 * (panel.facts["columns"] - 1), abs=0.1)
    window.ui.resetGeometryButton.click()
    assert window.ui.frontalCentreColumnSpinBox.value == -1.0


def test_dragging_the_point_and_typing_its_numbers_are_the_same(sample):
    node = sample.widget.panels["lateral"].upright.point.node
    node.SetNthControlPointPosition(0, -100.0, -220.0, 0.0)
    assert centre(sample, "lateral") == [250.0, 550.0]
    assert sample.ui.lateralCentreColumnSpinBox.value == 250.0
    assert centre(sample, "frontal") == [-1.0, -1.0]
    sample.ui.lateralCentreRowSpinBox.setValue(300.0)
    assert point(sample, "lateral") == pytest.approx([-100.0, -120.0, 0.0])
    sample.ui.resetGeometryButton.click()
    assert point(sample, "lateral") == pytest.approx([-175.8, -175.8, 0.0])


def test_point_that_is_dragged_out_of_the_radiograph_stays_at_its_edge(sample):
    sample.widget.panels["frontal"].upright.point.node.SetNthControlPointPosition(0, 50.0, -9000.0, 0.0)
    assert centre(sample, "frontal") == [0.0, 879.0]
    assert point(sample, "frontal") == pytest.approx([0.0, -351.6, 0.0])


def test_reconstruction_is_made_about_the_chosen_points(sample):
    for side, row in (("frontal", 400.0), ("lateral", 410.0)):
        sample.widget.panels[side].upright.point.node.SetNthControlPointPosition(0, -180.0, -row * 0.4, 0.0)
    geometry = geometry_used(sample)
    assert geometry["AP"]["centre_px"] == [450.0, 400.0]
    assert geometry["LL"]["centre_px"] == [450.0, 410.0]


def test_volume_about_points_placed_by_hand_is_not_put_where_the_old_centre_was(sample):
    sample.widget.panels["frontal"].upright.point.node.SetNthControlPointPosition(0, -180.0, -160.0, 0.0)
    sample.reconstruct()
    assert node_facts.centre(sample.parameters.reconstruction) == pytest.approx([0.0, 0.0, 0.0], abs=0.1)
    assert "The centre point was placed by hand" in sample.status


def test_number_for_one_coordinate_of_the_centre_fixes_the_other_where_the_point_is_seen(sample):
    sample.ui.frontalCentreRowSpinBox.setValue(300.0)
    assert centre(sample, "frontal") == [439.5, 300.0]
    assert point(sample, "frontal") == pytest.approx([-175.8, -120.0, 0.0])


def test_slot_scan_is_chosen_by_hand_and_not_magnified_along_the_patient(sample):
    sample.ui.frontalSlotScanComboBox.setCurrentIndex(1)
    wait_for(lambda: "Slot scan" in sample.ui.frontalFactsLabel.text)
    geometry = geometry_used(sample)
    assert (geometry["AP"]["slot_scan"], geometry["LL"]["slot_scan"]) == (True, False)
    sample.ui.resetGeometryButton.click()
    wait_for(lambda: "SID" in sample.ui.frontalFactsLabel.text and "Slot" not in sample.ui.frontalFactsLabel.text)


def test_point_and_picture_are_neither_listed_nor_saved(sample, tmp_path):
    names = [sample.widget.panels["frontal"].upright.volume.GetName()]
    names.append(sample.widget.panels["frontal"].upright.point.node.GetName())
    assert sample.ui.truthSelector.nodeCount() == 3
    path = str(tmp_path / "scene.mrb")
    assert slicer.util.saveScene(path)
    slicer.mrmlScene.Clear(0)
    slicer.util.loadScene(path)
    assert all(slicer.mrmlScene.GetFirstNodeByName(name) is None for name in names)
    wait_for(lambda: all(panel.facts for panel in sample.widget.panels.values()))
    assert slicer.mrmlScene.GetFirstNodeByName(names[0]) is not None


def test_leaving_the_module_from_the_radiographs_restores_the_layout(sample):
    sample.representation.exit()
    assert sample.app.layoutManager().layout == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
    sample.representation.enter()


def test_angles_count_when_they_are_given_by_hand(sample):
    assert not sample.ui.frontalPrimarySpinBox.enabled
    sample.ui.frontalAnglesCheckBox.click()
    assert sample.ui.frontalPrimarySpinBox.enabled
    for name, value in (("Primary", 4.0), ("Secondary", -3.0), ("Rotation", 2.5)):
        getattr(sample.ui, f"frontal{name}SpinBox").setValue(value)
    wait_for(lambda: sample.widget.panels["frontal"].facts)
    assert "Angles: 4.0° / -3.0° / 2.5°" in sample.ui.frontalFactsLabel.text
    geometry = geometry_used(sample)["AP"]
    assert [geometry[name + "_deg"] for name in ("primary", "secondary", "rotation")] == [4.0, -3.0, 2.5]
    sample.ui.frontalAnglesCheckBox.click()
    assert geometry_used(sample)["AP"]["primary_deg"] == 0.0


def test_correction_changes_the_picture_and_what_was_read(window):
    window.ui.loadSampleButton.click()
    panel = window.widget.panels["frontal"]
    wait_for(lambda: panel.facts)
    window.ui.frontalSpacingSpinBox.setValue(0.25)
    window.ui.frontalInvertCheckBox.click()
    wait_for(lambda: panel.facts and "0.250 mm" in window.ui.frontalFactsLabel.text)
    assert "inverted by the user" in window.ui.frontalFactsLabel.text


def test_centre_of_a_simulation_is_placed_in_the_ct(sample):
    sample.parameters.simulationCt = sample.parameters.truthCt
    sample.ui.placeCentreButton.click()
    points = sample.parameters.simulationCentre
    selection = sample.app.applicationLogic().GetSelectionNode()
    assert selection.GetActivePlaceNodeID() == points.GetID()
    assert sample.app.applicationLogic().GetInteractionNode().GetCurrentInteractionMode() == (
        slicer.vtkMRMLInteractionNode.Place
    )
    geometry = json.loads((sample_pair.sample_folder() / sample_pair.GEOMETRY_FILE).read_text())
    points.AddControlPoint(*geometry["centre_ras_mm"])
    sample.ui.simulateButton.click()
    wait_for(lambda: not sample.widget.logic.busy)
    assert sample.status == "The radiographs were simulated; their CT is chosen as the true CT.", sample.status
    made = results.provenance_of(sample.parameters.truthCt)
    assert made["centre_ras_mm"] == pytest.approx(geometry["centre_ras_mm"])
