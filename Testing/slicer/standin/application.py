"""A Slicer application without its Qt classes: the real scene and logics, and stand-ins for what shows them.

Runs on any `qt` module which follows PythonQt's conventions. What Slicer's C++ does here is described in
its sources by the class of the same name.
"""

import tempfile
from types import SimpleNamespace

import api
import dicom_database
import DICOMLib
import input_output
import qt
import slicer
import startup
import ui_loader
import views
import widgets
from signals import Connectable, Signal


@api.checked
class qSlicerModuleManager(Connectable):
    def __init__(self):
        self.moduleAboutToBeUnloaded = Signal()
        self.moduleLoaded = Signal()
        self._modules = {}

    def module(self, name):
        return self._modules.get(name)

    def modulesNames(self):
        return list(self._modules)


@api.checked
class qSlicerApplication(Connectable):
    """`slicer.app`."""

    def __init__(self):
        self.startupCompleted = Signal()
        self._logic = slicer.vtkSlicerApplicationLogic()
        self._logic.SetMRMLScene(slicer.mrmlScene)
        self._volumes_logic = slicer.vtkSlicerVolumesLogic()
        self._volumes_logic.SetMRMLApplicationLogic(self._logic)
        self._volumes_logic.SetMRMLScene(slicer.mrmlScene)
        self._module_manager = qSlicerModuleManager()
        self._io_manager = input_output.qSlicerIOManager(self._volumes_logic)
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
    slicer.mrmlScene = slicer.vtkMRMLScene()
    slicer.modules = SimpleNamespace(selfTests={})
    slicer.app = qSlicerApplication()
    slicer.dicomDatabase = dicom_database.ctkDICOMDatabase()
    for item in (widgets.qMRMLWidget, widgets.qMRMLNodeComboBox):
        setattr(slicer, item.__name__, item)
    for name in ("qMRMLSliderWidget", "qMRMLSpinBox", "qMRMLRangeWidget"):
        setattr(slicer, name, type(name, (), {}))
    slicer.qSlicerSubjectHierarchyPluginHandler = DICOMLib.qSlicerSubjectHierarchyPluginHandler
    slicer.qSlicerScriptedLoadableModuleWidget = widgets.qSlicerScriptedLoadableModuleWidget
    qt.QUiLoader = ui_loader.UiLoader
    startup.add_display_nodes()
    slicer.app.setLayoutManager(views.qSlicerLayoutManager(slicer.app.applicationLogic()))
    startup.add_remote_io()
    startup.add_module_logics()
    startup.keep_subject_hierarchy()
    return slicer.app
