"""Radiographs from Slicer's DICOM database lie under their patient and study, and the result beside them."""

import pydicom
import pytest
import slicer
from dicom_dialog import take_both
from Diff2CTReconstructionLib.scene import sample_data


@pytest.fixture
def database(tmp_path):
    """Slicer's DICOM database with the sample pair, which has a patient and a study of its own."""
    for side in ("frontal", "lateral"):
        header = pydicom.dcmread(sample_data.sample_files()[side])
        header.PatientName, header.PatientID, header.StudyDate = "Lastname^First", "P1", "20240229"
        header.StudyDescription = "Spine"
        header.save_as(tmp_path / f"{side}.dcm")
        slicer.dicomDatabase._insert(tmp_path / f"{side}.dcm")
    yield slicer.dicomDatabase
    slicer.dicomDatabase._clear()


def place(node):
    """Names of the items that a node lies in, from the outermost."""
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    item = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(node))
    names = []
    while item and item != hierarchy.GetSceneItemID():
        names.insert(0, hierarchy.GetItemName(item))
        item = hierarchy.GetItemParent(item)
    return names


STUDY = ["Lastname^First (P1)", "Spine (20240229)"]


def test_pair_and_result_lie_in_one_study_and_deleting_the_runs_folder_undoes_the_run(window, database, tmp_path):
    take_both(window)
    pair = [window.parameters.frontalVolume, window.parameters.lateralVolume]
    assert [place(node) for node in pair] == [STUDY, STUDY]
    assert [node.GetName() for node in pair] == [
        "Simulated from CT, research use only AP (1)",
        "Simulated from CT, research use only LL (2)",
    ]
    hierarchy = slicer.vtkMRMLSubjectHierarchyNode.GetSubjectHierarchyNode(slicer.mrmlScene)
    study = hierarchy.GetItemParent(hierarchy.GetItemByDataNode(pair[0]))
    constants = slicer.vtkMRMLSubjectHierarchyConstants
    assert hierarchy.GetItemLevel(study) == "Study"
    wanted = database._headers[str(tmp_path / "frontal.dcm")].StudyInstanceUID
    assert hierarchy.GetItemUID(study, constants.GetDICOMUIDName()) == wanted
    window.reconstruct()
    made = window.parameters.reconstruction
    assert place(made) == [*STUDY, "Diff2CT reconstruction 1"]
    hierarchy.RemoveItem(hierarchy.GetItemParent(hierarchy.GetItemByDataNode(made)))
    assert window.parameters.reconstruction is None
    volumes = slicer.util.getNodesByClass("vtkMRMLVolumeNode")
    assert not [node.GetName() for node in volumes if node.GetAttribute("Diff2CT.run")]
    assert [place(node) for node in pair] == [STUDY, STUDY]


def test_files_that_are_opened_by_their_path_get_no_patient(window, database, tmp_path):
    window.widget.panels["frontal"].loadFile(str(tmp_path / "frontal.dcm"))
    assert place(window.parameters.frontalVolume) == []
