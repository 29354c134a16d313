"""Stand-in for Slicer's package of the same name, as far as Diff2CT calls it."""

from types import SimpleNamespace

import api
import slicer

_PATIENT = {"Name": "0010,0010", "ID": "0010,0020", "Sex": "0010,0040", "BirthDate": "0010,0030"}
_STUDY = {"InstanceUID": "0020,000D", "ID": "0020,0010", "Description": "0008,1030", "Date": "0008,0020"}
_SERIES = {"Modality": "0008,0060", "SeriesNumber": "0020,0011", "SeriesDescription": "0008,103E"}


@api.checked
class qSlicerSubjectHierarchyPluginHandler:
    """What the user's settings say about names in the subject hierarchy, as they are at first."""

    displayPatientIDInSubjectHierarchyItemName = property(lambda self: True)
    displayPatientBirthDateInSubjectHierarchyItemName = property(lambda self: False)
    displayStudyIDInSubjectHierarchyItemName = property(lambda self: False)
    displayStudyDateInSubjectHierarchyItemName = property(lambda self: True)

    @staticmethod
    def instance():
        return qSlicerSubjectHierarchyPluginHandler()


class DICOMUtils:
    """The module of this name, whose functions stand for themselves."""

    @staticmethod
    def refreshDICOMWidget():
        slicer.modules.DICOMInstance.browserWidget.dicomBrowser.dicomTableManager().updateTableViews()
        return True


class DICOMLoadable(SimpleNamespace):
    """What a plugin loads."""

    def __init__(self):
        super().__init__(files=[], name="Unknown")


class DICOMPlugin:
    """What all plugins of Slicer's DICOM module share."""

    def addSeriesInSubjectHierarchy(self, loadable, node):
        """Put a node under its study and patient, which are made where the scene has none."""
        path = loadable.files[0]
        constants = slicer.vtkMRMLSubjectHierarchyConstants
        hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
        settings = qSlicerSubjectHierarchyPluginHandler.instance()
        uid = constants.GetDICOMUIDName()

        def value(tag):
            return slicer.dicomDatabase.fileValue(path, tag)

        item = hierarchy.CreateItem(hierarchy.GetSceneItemID(), node)
        hierarchy.SetItemUID(item, uid, value("0020,000E"))
        hierarchy.SetItemUID(item, constants.GetDICOMInstanceUIDName(), value("0008,0018"))
        for name, tag in _SERIES.items():
            hierarchy.SetItemAttribute(item, f"DICOM.{name}", value(tag))
        study = value("0020,000D")
        patient = value("0010,0020") or f"Patient-{study}"
        new = [identifier for identifier in (patient, study) if not hierarchy.GetItemByUID(uid, identifier)]
        logic = slicer.vtkSlicerSubjectHierarchyModuleLogic
        logic.InsertDicomSeriesInHierarchy(hierarchy, patient, study, value("0020,000E"))
        for level, identifier, tags in (("Patient", patient, _PATIENT), ("Study", study, _STUDY)):
            if identifier not in new:
                continue
            made = hierarchy.GetItemByUID(uid, identifier)
            for name, tag in tags.items():
                hierarchy.SetItemAttribute(made, f"DICOM.{level}{name}", value(tag))
            if level == "Patient":
                shown, added = value("0010,0010") or "No name", patient
                wanted = settings.displayPatientIDInSubjectHierarchyItemName
            else:
                shown, added = value("0008,1030") or "No study description", value("0008,0020")
                wanted = settings.displayStudyDateInSubjectHierarchyItemName
            hierarchy.SetItemName(made, f"{shown} ({added})" if wanted and added else shown)
