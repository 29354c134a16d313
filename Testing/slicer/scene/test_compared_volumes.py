"""A CT is simulated from, and compared with, as the scene shows it."""

import shutil

import numpy as np
import pytest
import SimpleITK as sitk
import slicer
from Diff2CTReconstructionLib.scene import common_grid, comparison, sample_data
from host import wait_for
from vtk.util.numpy_support import vtk_to_numpy


@pytest.fixture
def truth(reconstructed, tmp_path):
    """The true CT in a file of the test's own, chosen for the comparison."""
    path = tmp_path / "truth.nrrd"
    shutil.copy(sample_data.sample_files()["truth"], path)
    node = slicer.util.loadVolume(str(path), {"show": False})
    reconstructed.parameters.truthCt = node
    return reconstructed, node, path


def run(window, button):
    button.click()
    wait_for(lambda: not window.widget.logic.busy)
    return window.status


def common(reconstruction, ct):
    """Both on one grid, all steps at once."""
    steps = common_grid(reconstruction, ct)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            return done.value


def voxels(image):
    return vtk_to_numpy(image.GetPointData().GetScalars()).reshape(image.GetDimensions()[::-1])


def metrics(window):
    assert run(window, window.ui.compareButton).startswith("Compared with the true CT."), window.status
    return comparison.table_rows(window.parameters.metrics)


def test_true_ct_that_was_changed_without_an_event_is_compared_as_it_is(truth):
    window, node, path = truth
    before = metrics(window)
    array = slicer.util.arrayFromVolume(node)
    array[:] = np.where(array > 200, 40, array)
    array[0, 0, 0] = 1000
    assert not node.GetModifiedSinceRead()
    after = metrics(window)
    assert after != before
    # The same as what a file with these voxels gives.
    image = sitk.GetImageFromArray(array)
    image.CopyInformation(sitk.ReadImage(str(path)))
    sitk.WriteImage(image, str(path.with_name("changed.nrrd")))
    window.parameters.truthCt = slicer.util.loadVolume(str(path.with_name("changed.nrrd")), {"show": False})
    assert metrics(window) == after


def test_file_that_was_replaced_is_not_compared_in_the_nodes_place(truth):
    window, _node, path = truth
    before = metrics(window)
    image = sitk.ReadImage(str(path))
    sitk.WriteImage(sitk.Flip(image, [True, False, False]), str(path))
    assert metrics(window) == before


def test_ct_that_was_moved_in_the_scene_is_compared_where_it_is(truth):
    window, node, _path = truth
    before = metrics(window)
    origin = node.GetOrigin()
    node.SetOrigin(origin[0] + 3.0, *origin[1:])
    assert metrics(window) != before


def test_ct_under_a_transform_is_refused(truth):
    window, node, _path = truth
    transform = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLLinearTransformNode")
    for volume in (node, window.parameters.reconstruction):
        volume.SetAndObserveTransformNodeID(transform.GetID())
        assert "is under a transform; harden" in run(window, window.ui.compareButton)
        volume.SetAndObserveTransformNodeID(None)
    window.parameters.simulationCt = node
    node.SetAndObserveTransformNodeID(transform.GetID())
    assert "is under a transform; harden" in run(window, window.ui.simulateButton)


def test_numbers_of_a_changed_reconstruction_are_not_told_as_the_models(truth):
    window, _node, _path = truth
    slicer.util.arrayFromVolume(window.parameters.reconstruction)[5:9] += 1
    assert "these numbers are not the model's" in run(window, window.ui.compareButton)


def test_volume_that_changes_while_it_is_compared_gives_no_numbers(truth):
    window, node, _path = truth
    window.ui.compareButton.click()
    slicer.util.arrayFromVolume(node)[5:9] += 1
    slicer.util.arrayFromVolumeModified(node)
    wait_for(lambda: not window.widget.logic.busy)
    assert "was changed while it was compared" in window.status
    assert window.parameters.metrics is None


def test_choosing_another_ct_while_one_is_compared_does_not_mix_the_two(truth):
    window, node, _path = truth
    other = slicer.util.addVolumeFromArray(np.zeros((4, 4, 4), np.int16), name="other")
    window.ui.compareButton.click()
    window.parameters.truthCt = other
    wait_for(lambda: not window.widget.logic.busy)
    shown = slicer.util.arrayFromVolume(window.parameters.truth)
    assert np.array_equal(shown, voxels(common(window.parameters.reconstruction, node).truth))
    made = slicer.util.arrayFromVolume(window.parameters.reconstruction)
    assert np.array_equal(slicer.util.arrayFromVolume(window.parameters.difference), made - shown)


def test_simulation_is_made_from_the_ct_that_is_shown(truth):
    window, node, _path = truth
    window.parameters.simulationCt = node
    array = slicer.util.arrayFromVolume(node)
    array[:] = np.where(array > 900, 900, array)
    assert run(window, window.ui.simulateButton) == "The radiographs were simulated; their CT is chosen as the true CT."
    assert slicer.util.arrayFromVolume(window.parameters.truthCt).max() == 900


def test_point_list_with_no_placed_point_or_several_is_refused(truth):
    window, node, _path = truth
    window.parameters.simulationCt = node
    points = slicer.mrmlScene.AddNewNodeByClass("vtkMRMLMarkupsFiducialNode")
    window.parameters.simulationCentre = points
    points.AddControlPoint(0.0, 0.0, 0.0)
    points.UnsetNthControlPointPosition(0)
    assert "is empty; place the centre point" in run(window, window.ui.simulateButton)
    points.AddControlPoint(1.0, 0.0, 0.0)
    points.AddControlPoint(2.0, 0.0, 0.0)
    assert "holds 2 points" in run(window, window.ui.simulateButton)


def test_truth_of_unsigned_values_is_air_outside_of_its_field(truth):
    window, _node, _path = truth
    small = slicer.util.addVolumeFromArray(np.full((3, 3, 3), 5, np.uint16))
    assert voxels(common(window.parameters.reconstruction, small).truth).min() == -1000
