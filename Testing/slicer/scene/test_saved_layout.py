"""A scene that was saved while the module's layout is shown, opened by somebody else."""

import zipfile

import slicer
from Diff2CTReconstructionLib import layouts


def test_scene_saved_in_the_modules_layout_opens_in_a_slicer_without_the_module(reconstructed, tmp_path):
    window = reconstructed
    assert window.app.layoutManager().layout == layouts.RESULT_LAYOUT
    path = str(tmp_path / "case.mrb")
    assert slicer.util.saveScene(path)
    assert window.app.layoutManager().layout == layouts.RESULT_LAYOUT
    other, logic = _another_slicer()
    before = logic.GetLayoutNode().GetViewArrangement()
    _open(other, path, tmp_path / "opened")
    node = logic.GetLayoutNode()
    assert node.IsLayoutDescription(node.GetViewArrangement())
    assert node.GetViewArrangement() == before
    assert logic.GetViewNodes().GetNumberOfItems() > 0
    made = other.GetFirstNodeByName(window.parameters.reconstruction.GetName())
    red = other.GetNodeByID(other.GetSingletonNode("Red", "vtkMRMLSliceCompositeNode").GetID())
    assert red.GetBackgroundVolumeID() == made.GetID()


def test_layout_that_the_user_chose_himself_is_saved(reconstructed, tmp_path):
    window = reconstructed
    window.representation.exit()
    wanted = slicer.vtkMRMLLayoutNode.SlicerLayoutOneUpRedSliceView
    window.app.layoutManager().setLayout(wanted)
    path = str(tmp_path / "case.mrb")
    assert slicer.util.saveScene(path)
    other, logic = _another_slicer()
    _open(other, path, tmp_path / "opened")
    assert logic.GetLayoutNode().GetViewArrangement() == wanted
    window.app.layoutManager().setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)


def _another_slicer():
    """Scene and layout logic of a Slicer that has never heard of the module."""
    scene = slicer.vtkMRMLScene()
    slicer.vtkMRMLSliceNode.AddDefaultSliceOrientationPresets(scene)
    logic = slicer.vtkMRMLLayoutLogic()
    logic.SetMRMLScene(scene)
    logic.GetLayoutNode().SetViewArrangement(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)
    return scene, logic


def _open(scene, path, folder):
    with zipfile.ZipFile(path) as bundle:
        bundle.extractall(folder)
    scene.SetURL(str(next(folder.rglob("*.mrml"))))
    # Without the cache of a whole Slicer the voxels are not read, and it says so; the nodes are.
    scene.Connect()
