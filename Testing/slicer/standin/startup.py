"""What the start of Slicer and of its modules puts beside the application: nodes, logics, and their observers."""

import tempfile
from pathlib import Path
from types import SimpleNamespace

import slicer
import vtk


def add_display_nodes():
    """The crosshair and the colour tables."""
    crosshair = slicer.vtkMRMLCrosshairNode()
    crosshair.SetSingletonTag("default")
    slicer.mrmlScene.AddNode(crosshair)
    colours = slicer.vtkSlicerColorLogic()
    colours.SetMRMLApplicationLogic(slicer.app.applicationLogic())
    colours.SetMRMLScene(slicer.mrmlScene)
    colours.AddDefaultColorNodes()
    slicer.app.applicationLogic().SetModuleLogic("Colors", colours)
    slicer.modules.colors = SimpleNamespace(logic=lambda: colours)
    _add_diverging_colours()


def _add_diverging_colours():
    """One of the tables that Slicer reads from its own files, which slicer-core does not carry."""
    table = slicer.vtkMRMLColorTableNode()
    table.SetTypeToUser()
    table.SetSingletonTag("FileDivergingBlueRed.txt")
    table.SetName("DivergingBlueRed")
    table.SetSaveWithScene(False)
    table.SetHideFromEditors(True)
    table.SetNumberOfColors(256)
    for index in range(256):
        rise = index / 255.0
        table.SetColor(index, min(1.0, 2.0 * rise), 1.0 - abs(2.0 * rise - 1.0), min(1.0, 2.0 - 2.0 * rise), 1.0)
    slicer.mrmlScene.AddNode(table)


def add_remote_io():
    """Scene bundles are unpacked into the cache folder."""
    remote = slicer.vtkMRMLRemoteIOLogic()
    remote.SetMRMLScene(slicer.mrmlScene)
    remote.GetCacheManager().SetRemoteCacheDirectory(tempfile.mkdtemp(prefix="cache-", dir=slicer.app.temporaryPath))
    remote.AddDataIOToScene()
    data_logic = slicer.vtkDataIOManagerLogic()
    data_logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
    data_logic.SetAndObserveDataIOManager(remote.GetDataIOManager())
    slicer.app._remote_io = (remote, data_logic)


def add_module_logics():
    """`slicer.modules.NAME.logic()` of the modules that Diff2CT uses."""
    kinds = {
        "markups": slicer.vtkSlicerMarkupsLogic,
        "segmentations": slicer.vtkSlicerSegmentationsModuleLogic,
        "volumerendering": slicer.vtkSlicerVolumeRenderingLogic,
    }
    for name, kind in kinds.items():
        logic = kind()
        logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        logic.SetMRMLScene(slicer.mrmlScene)
        setattr(slicer.modules, name, SimpleNamespace(logic=lambda logic=logic: logic))
    slicer.modules.volumerendering.logic().SetModuleShareDirectory(str(Path(__file__).parent))


def keep_subject_hierarchy():
    """Each data node gets an item and loses it with itself, as Slicer's subject hierarchy plugins see to."""

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def added(scene, event, node):
        if node.IsA("vtkMRMLDisplayableNode") or node.IsA("vtkMRMLTableNode"):
            hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
            if hierarchy and not node.GetHideFromEditors() and not hierarchy.GetItemByDataNode(node):
                hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)

    @vtk.calldata_type(vtk.VTK_OBJECT)
    def about_to_be_removed(scene, event, node):
        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(scene)
        item = hierarchy.GetItemByDataNode(node) if hierarchy and not scene.IsClosing() else 0
        if item:
            hierarchy.RemoveItem(item, False, False)

    slicer.mrmlScene.AddObserver(slicer.vtkMRMLScene.NodeAddedEvent, added)
    slicer.mrmlScene.AddObserver(slicer.vtkMRMLScene.NodeAboutToBeRemovedEvent, about_to_be_removed)
