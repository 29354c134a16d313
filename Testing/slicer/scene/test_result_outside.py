"""A result outside the module: in Slicer's usual views, and in the module's own again when the user comes back."""

import node_facts
import pytest
import slicer
from Diff2CTReconstructionLib import layouts
from Diff2CTReconstructionLib.scene import layout
from host import process_events

FOUR_UP = slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView


def test_result_is_seen_in_the_usual_views_and_fitted(reconstructed):
    reconstructed.representation.exit()
    volume = reconstructed.parameters.reconstruction
    middle = node_facts.centre(volume)
    for name, axis in (("Red", 2), ("Yellow", 0), ("Green", 1)):
        widget = reconstructed.app.layoutManager().sliceWidget(name)
        assert widget.mrmlSliceCompositeNode().GetBackgroundVolumeID() == volume.GetID()
        place = widget.mrmlSliceNode().GetSliceToRAS().GetElement(axis, 3)
        assert place == pytest.approx(middle[axis], abs=max(volume.GetSpacing()))


def test_layout_comes_back_with_its_contents_unless_the_user_chose_another(reconstructed):
    manager = reconstructed.app.layoutManager()
    axial = layout.slice_logic(layouts.RECONSTRUCTION_VIEWS["Axial"])
    axial.SetSliceOffset(axial.GetSliceOffset() + 10.0)
    place = axial.GetSliceOffset()
    reconstructed.representation.exit()
    assert manager.layout == FOUR_UP
    reconstructed.representation.enter()
    process_events()
    assert manager.layout == layouts.RESULT_LAYOUT
    assert axial.GetSliceOffset() == pytest.approx(place)
    assert axial.GetSliceCompositeNode().GetBackgroundVolumeID() == reconstructed.parameters.reconstruction.GetID()
    reconstructed.representation.exit()
    one_view = slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView
    manager.setLayout(one_view)
    reconstructed.representation.enter()
    process_events()
    assert manager.layout == one_view
    manager.setLayout(FOUR_UP)


def test_result_that_was_deleted_while_the_user_was_away_does_not_come_back(reconstructed):
    reconstructed.representation.exit()
    slicer.mrmlScene.RemoveNode(reconstructed.parameters.reconstruction)
    reconstructed.representation.enter()
    process_events()
    assert reconstructed.app.layoutManager().layout == FOUR_UP
