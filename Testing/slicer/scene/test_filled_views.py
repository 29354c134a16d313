"""What a user sees at the first look: slices through the middle, whole radiographs, the spine in the 3D view."""

import node_facts
import numpy as np
import pytest
import slicer
from Diff2CTReconstructionLib import layouts
from Diff2CTReconstructionLib.scene import layout
from host import process_events, wait_for

NORMALS = {"Axial": 2, "Sagittal": 0, "Coronal": 1}


def assert_slices_in_the_middle(views, volume):
    middle = node_facts.centre(volume)
    for plane, name in views.items():
        axis = NORMALS[plane]
        place = layout.slice_node(name).GetSliceToRAS().GetElement(axis, 3)
        assert abs(place - middle[axis]) <= max(volume.GetSpacing()), (name, place, middle)


def assert_whole(view, volume):
    """The field of view contains every corner of the picture."""
    node = layout.slice_node(view)
    bounds = [0.0] * 6
    volume.GetRASBounds(bounds)
    matrix = slicer.vtkMRMLSliceNode.GetSliceToRAS(node)
    inverse = np.linalg.inv([[matrix.GetElement(row, column) for column in range(4)] for row in range(4)])
    corners = [(x, y, bounds[4], 1.0) for x in bounds[:2] for y in bounds[2:4]]
    placed = np.abs([inverse @ corner for corner in corners])
    width, height = node.GetFieldOfView()[:2]
    assert placed[:, 0].max() <= width / 2.0 + 1.0, (width, height)
    assert placed[:, 1].max() <= height / 2.0 + 1.0, (width, height)
    columns, rows = node.GetDimensions()[:2]
    assert width / height == pytest.approx(columns / rows, rel=0.02)


def test_result_stands_in_the_middle_of_new_views_and_again_when_they_exist(reconstructed):
    parameters = reconstructed.parameters
    for _round in range(2):
        assert_slices_in_the_middle(layouts.RECONSTRUCTION_VIEWS, parameters.reconstruction)
        for side, view in layouts.RADIOGRAPH_VIEWS.items():
            assert_whole(view, parameters.getValue(side + "Measured"))
        layout.slice_logic(layouts.RECONSTRUCTION_VIEWS["Axial"]).SetSliceOffset(999.0)
        reconstructed.ui.showViewsButton.click()
        process_events()
    reconstructed.ui.compareButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    assert_slices_in_the_middle(layouts.RECONSTRUCTION_VIEWS, parameters.reconstruction)
    assert_slices_in_the_middle(layouts.TRUTH_VIEWS, parameters.reconstruction)


def test_radiographs_are_shown_whole_in_views_of_two_sizes(loaded):
    for _round in range(2):
        loaded.ui.showRadiographsButton.click()
        process_events()
        for side, panel in loaded.widget.panels.items():
            assert_whole(layouts.RADIOGRAPH_VIEWS[side], panel.upright.volume)
        loaded.widget.switch.show(layouts.RESULT_LAYOUT, lambda: None)
        process_events()


def test_3d_view_looks_from_the_front_at_the_whole_result_and_has_no_box(reconstructed):
    view = layout.threed_view_node()
    manager = reconstructed.app.layoutManager()
    assert manager.threeDWidget(layouts.THREED_VIEW) is None
    camera = manager.viewWidget(view).threeDView().cameraNode()
    volume = reconstructed.parameters.reconstruction
    middle = node_facts.centre(volume)
    place, aim = camera.GetPosition(), camera.GetFocalPoint()
    assert aim == pytest.approx(middle, abs=1.0)
    assert place[1] - middle[1] > 0.0
    assert (place[0], place[2]) == pytest.approx((middle[0], middle[2]), abs=1.0)
    radius = np.linalg.norm(np.multiply(volume.GetSpacing(), volume.GetImageData().GetDimensions())) / 2.0
    distance = radius / np.sin(np.radians(camera.GetCamera().GetViewAngle() / 2.0))
    assert place[1] - middle[1] == pytest.approx(distance, rel=0.05)
    assert not view.GetBoxVisible()
    assert not view.GetAxisLabelsVisible()


@pytest.mark.parametrize("end", ["layout", "scene", "module"])
def test_views_that_are_about_to_be_filled_stay_as_they_are_when_there_is_nothing_to_fill(loaded, end):
    loaded.ui.showRadiographsButton.click()
    if end == "layout":
        loaded.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    elif end == "scene":
        slicer.mrmlScene.Clear(0)
    else:
        loaded.representation.exit()
    process_events()
    assert loaded.app.layoutManager().layout == slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView
    for view in layouts.RADIOGRAPH_VIEWS.values():
        assert layout.composite_node(view).GetBackgroundVolumeID() is None
