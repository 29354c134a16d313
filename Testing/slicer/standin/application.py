"""A Slicer application without its Qt classes: the real scene and logics, and stand-ins for what shows them.

Runs on any `qt` module which follows PythonQt's conventions. What Slicer's C++ does here is described in
its sources by the class of the same name.
"""

import os
import tempfile
from pathlib import Path
from types import SimpleNamespace

import api
import dicom_database
import qt
import SimpleITK
import slicer
import vtk


class Signal:
    """A signal of a Python class; real ones crash PythonQt in subclassed widgets."""

    def __init__(self):
        self._slots = []

    def connect(self, slot):
        self._slots.append(slot)

    def disconnect(self, slot):
        # Qt answers False for a connection that is not there.
        if slot in self._slots:
            self._slots.remove(slot)

    def emit(self, *arguments):
        for slot in list(self._slots):
            try:
                slot(*arguments)
            except TypeError:
                # PythonQt hands a slot as many arguments as it takes.
                slot()


class _Connectable:
    """`object.connect("signal(type)", slot)` as PythonQt offers it."""

    def _signal(self, signature):
        return getattr(self, signature.split("(")[0])

    def connect(self, signature, slot):
        self._signal(signature).connect(slot)

    def disconnect(self, signature, slot):
        self._signal(signature).disconnect(slot)


@api.checked
class qMRMLSliceView(_Connectable):
    def __init__(self, node):
        self._node = node

    def mrmlSliceNode(self):
        return self._node

    def scheduleRender(self):
        pass


@api.checked
class qMRMLSliceWidget(_Connectable):
    def __init__(self, logic):
        self._logic = logic
        self._view = qMRMLSliceView(logic.GetSliceNode())

    def sliceLogic(self):
        return self._logic

    def sliceView(self):
        return self._view

    def mrmlSliceNode(self):
        return self._logic.GetSliceNode()

    def mrmlSliceCompositeNode(self):
        return self._logic.GetSliceCompositeNode()


@api.checked
class qMRMLThreeDView(_Connectable):
    def __init__(self, node):
        self._node = node

    def mrmlViewNode(self):
        return self._node

    def resetFocalPoint(self):
        pass

    def resetCamera(self, resetRotation=True, resetTranslation=True, resetDistance=True):
        pass


@api.checked
class qMRMLThreeDWidget(_Connectable):
    def __init__(self, node):
        self._view = qMRMLThreeDView(node)

    def threeDView(self):
        return self._view

    def mrmlViewNode(self):
        return self._view.mrmlViewNode()


@api.checked
class qSlicerLayoutManager(_Connectable):
    """View widgets of the current layout; the layout itself is the real vtkMRMLLayoutLogic."""

    def __init__(self, application_logic):
        self.layoutChanged = Signal()
        self._application_logic = application_logic
        self._application_logic.SetSliceLogics(vtk.vtkCollection())
        self._application_logic.SetViewLogics(vtk.vtkCollection())
        self._logic = slicer.vtkMRMLLayoutLogic()
        self._logic.SetMRMLScene(slicer.mrmlScene)
        self._slice_widgets = {}
        self._threed_widgets = {}
        self.setLayout(slicer.vtkMRMLLayoutNode.SlicerLayoutFourUpView)

    def layoutLogic(self):
        return self._logic

    def setLayout(self, layout):
        self._logic.GetLayoutNode().SetViewArrangement(layout)
        self._make_widgets()
        self.layoutChanged.emit(layout)

    layout = property(lambda self: self._logic.GetLayoutNode().GetViewArrangement(), setLayout)
    threeDViewCount = property(lambda self: len(self._threed_widgets))

    def sliceViewNames(self):
        return list(self._slice_widgets)

    def sliceWidget(self, name):
        return self._slice_widgets.get(name)

    def mrmlSliceLogics(self):
        return self._application_logic.GetSliceLogics()

    def threeDWidget(self, name):
        return list(self._threed_widgets.values())[name] if isinstance(name, int) else self._threed_widgets.get(name)

    def _make_widgets(self):
        nodes = [
            self._logic.GetViewNodes().GetItemAsObject(i) for i in range(self._logic.GetViewNodes().GetNumberOfItems())
        ]
        for node in nodes:
            name = node.GetLayoutName()
            if node.IsA("vtkMRMLSliceNode") and name not in self._slice_widgets:
                logic = slicer.vtkMRMLSliceLogic()
                logic.SetMRMLApplicationLogic(self._application_logic)
                logic.SetMRMLScene(slicer.mrmlScene)
                logic.SetSliceNode(node)
                node.SetDimensions(300, 300, 1)
                self._application_logic.GetSliceLogics().AddItem(logic)
                self._slice_widgets[name] = qMRMLSliceWidget(logic)
            elif node.IsA("vtkMRMLViewNode") and name not in self._threed_widgets:
                self._threed_widgets[name] = qMRMLThreeDWidget(node)


@api.checked
class qSlicerIOManager(_Connectable):
    """Reads and writes through the real storage nodes and logics."""

    _PICTURES = (".png", ".tif", ".tiff", ".jpg", ".jpeg", ".bmp")
    _VOLUME_FORMATS = ("NRRD (.nrrd)", "NIfTI (.nii)", "NIfTI (.nii.gz)", "MetaImage (.mha)")

    def __init__(self, volumes_logic):
        self._volumes_logic = volumes_logic

    def fileType(self, path):
        name = str(path).lower()
        if name.endswith((".mrb", ".mrml")):
            return "SceneFile"
        return "VolumeFile"

    def loadNodes(self, file_type, properties, loaded, messages=None):
        path = properties["fileName"]
        if file_type == "SceneFile":
            return self.loadScene(path)
        if file_type != "VolumeFile" or not os.path.isfile(path):
            return False
        name = properties.get("name", Path(path).name.split(".")[0])
        options = 4 * bool(properties.get("singleFile")) + 8 * bool(properties.get("autoWindowLevel"))
        if path.lower().endswith(self._PICTURES):
            node = self._load_picture(path, name)
        else:
            node = self._volumes_logic.AddArchetypeVolume(path, name, options)
        if node is None:
            return False
        if properties.get("show", True):
            selection = slicer.app.applicationLogic().GetSelectionNode()
            selection.SetActiveVolumeID(node.GetID())
            slicer.app.applicationLogic().PropagateVolumeSelection()
        loaded.AddItem(node)
        return True

    def _load_picture(self, path, name):
        # slicer-core is built without ITK's readers of pictures, which Slicer uses here.
        try:
            array = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(path))
        except RuntimeError:
            return None
        kind = "vtkMRMLVectorVolumeNode" if array.ndim == 3 else "vtkMRMLScalarVolumeNode"
        node = slicer.util.addVolumeFromArray(array[None], name=name, nodeClassName=kind)
        node.AddDefaultStorageNode()
        node.GetStorageNode().SetFileName(path)
        return node

    def loadScene(self, path, clear=True, messages=None):
        if clear:
            slicer.mrmlScene.Clear(0)
        return bool(slicer.mrmlScene.ReadFromMRB(str(path)))

    def fileWriterFileType(self, node, extension=""):
        return "VolumeFile"

    def fileWriterExtensions(self, node):
        return list(self._VOLUME_FORMATS)

    def extractKnownExtension(self, path, node):
        known = sorted((f[f.index("(") + 1 : -1] for f in self._VOLUME_FORMATS), key=len, reverse=True)
        return next((extension for extension in known if str(path).endswith(extension)), "")

    def saveNodes(self, file_type, properties, messages=None, scene=None):
        if file_type == "SceneFile":
            return slicer.mrmlScene.WriteToMRB(properties["fileName"])
        node = slicer.mrmlScene.GetNodeByID(properties["nodeID"])
        if node.GetStorageNode() is None:
            node.AddDefaultStorageNode()
        node.GetStorageNode().SetFileName(properties["fileName"])
        return bool(node.GetStorageNode().WriteData(node))

    def exportNodes(self, ids, paths, properties, harden_transforms=False, messages=None):
        for identifier, path in zip(ids, paths, strict=True):
            node = slicer.mrmlScene.GetNodeByID(identifier)
            storage = node.CreateDefaultStorageNode()
            storage.UnRegister(None)
            storage.SetFileName(path)
            storage.SetUseCompression(int(properties.get("useCompression", 1)))
            if not storage.WriteData(node):
                return False
        return True


@api.checked
class qSlicerModuleManager(_Connectable):
    def __init__(self):
        self.moduleAboutToBeUnloaded = Signal()
        self.moduleLoaded = Signal()
        self._modules = {}

    def module(self, name):
        return self._modules.get(name)

    def modulesNames(self):
        return list(self._modules)


@api.checked
class qSlicerApplication(_Connectable):
    """`slicer.app`."""

    def __init__(self):
        self.startupCompleted = Signal()
        self._logic = slicer.vtkSlicerApplicationLogic()
        self._logic.SetMRMLScene(slicer.mrmlScene)
        self._volumes_logic = slicer.vtkSlicerVolumesLogic()
        self._volumes_logic.SetMRMLApplicationLogic(self._logic)
        self._volumes_logic.SetMRMLScene(slicer.mrmlScene)
        self._module_manager = qSlicerModuleManager()
        self._io_manager = qSlicerIOManager(self._volumes_logic)
        self._layout_manager = None
        self._temporary_folder = tempfile.mkdtemp(prefix="slicer-standin-")

    temporaryPath = property(lambda self: self._temporary_folder)
    revision = property(lambda self: "00000")
    majorVersion = property(lambda self: 5)
    minorVersion = property(lambda self: 12)

    def applicationLogic(self):
        return self._logic

    def coreIOManager(self):
        return self._io_manager

    ioManager = coreIOManager

    def layoutManager(self):
        return self._layout_manager

    def setLayoutManager(self, manager):
        self._layout_manager = manager

    def moduleManager(self):
        return self._module_manager

    def mrmlScene(self):
        return slicer.mrmlScene

    def translate(self, context, text):
        return text

    def processEvents(self):
        qt.QApplication.processEvents()

    def settings(self):
        return qt.QSettings()

    userSettings = settings
    moduleDocumentationUrl = staticmethod(lambda name: "")


def start():
    """Make `slicer` an application: scene, logics, modules, layout."""
    import widgets

    slicer.mrmlScene = slicer.vtkMRMLScene()
    slicer.modules = SimpleNamespace(selfTests={})
    slicer.app = qSlicerApplication()
    slicer.dicomDatabase = dicom_database.ctkDICOMDatabase()
    for item in (widgets.qMRMLWidget, widgets.qMRMLNodeComboBox):
        setattr(slicer, item.__name__, item)
    for name in ("qMRMLSliderWidget", "qMRMLSpinBox", "qMRMLRangeWidget"):
        setattr(slicer, name, type(name, (), {}))
    slicer.qSlicerScriptedLoadableModuleWidget = widgets.qSlicerScriptedLoadableModuleWidget
    qt.QUiLoader = widgets.UiLoader
    _add_display_nodes()
    slicer.app.setLayoutManager(qSlicerLayoutManager(slicer.app.applicationLogic()))
    _add_remote_io()
    _add_module_logics()
    _keep_subject_hierarchy()
    return slicer.app


def _add_display_nodes():
    crosshair = slicer.vtkMRMLCrosshairNode()
    crosshair.SetSingletonTag("default")
    slicer.mrmlScene.AddNode(crosshair)
    colours = slicer.vtkSlicerColorLogic()
    colours.SetMRMLApplicationLogic(slicer.app.applicationLogic())
    colours.SetMRMLScene(slicer.mrmlScene)
    colours.AddDefaultColorNodes()
    slicer.app.applicationLogic().SetModuleLogic("Colors", colours)
    slicer.app._colour_logic = colours
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


def _add_remote_io():
    """Scene bundles are unpacked into the cache folder."""
    remote = slicer.vtkMRMLRemoteIOLogic()
    remote.SetMRMLScene(slicer.mrmlScene)
    remote.GetCacheManager().SetRemoteCacheDirectory(tempfile.mkdtemp(prefix="cache-", dir=slicer.app.temporaryPath))
    remote.AddDataIOToScene()
    data_logic = slicer.vtkDataIOManagerLogic()
    data_logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
    data_logic.SetAndObserveDataIOManager(remote.GetDataIOManager())
    slicer.app._remote_io = (remote, data_logic)


def _add_module_logics():
    kinds = {"volumerendering": slicer.vtkSlicerVolumeRenderingLogic, "markups": slicer.vtkSlicerMarkupsLogic}
    for name, kind in kinds.items():
        logic = kind()
        logic.SetMRMLApplicationLogic(slicer.app.applicationLogic())
        logic.SetMRMLScene(slicer.mrmlScene)
        setattr(slicer.modules, name, SimpleNamespace(logic=lambda logic=logic: logic))
    slicer.modules.volumerendering.logic().SetModuleShareDirectory(str(Path(__file__).parent))


def _keep_subject_hierarchy():
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
