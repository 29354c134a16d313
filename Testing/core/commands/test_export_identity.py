"""Only the volume, the report and the radiographs that belong together are exported."""

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk
from export_case import AP, CENTRE, GRID, LATERAL, VALUES, by_gdcm, change_report, export

from Diff2CTCore.geometry import VolumeGrid
from Diff2CTCore.storage import png_bytes, write_volume


def _other_patient(case):
    data = pydicom.dcmread(LATERAL)
    data.PatientID = "SOMEBODY ELSE"
    data.save_as(case / "lateral.dcm")
    return ("--radiographs", AP, case / "lateral.dcm")


def _foreign_radiograph(case):
    data = pydicom.dcmread(AP)
    data.StudyID = "7"
    data.save_as(case / "foreign.dcm")
    return ("--radiographs", case / "foreign.dcm")


def _filled_folder(case):
    (case / "series").mkdir()
    (case / "series" / "old.dcm").write_bytes(b"")
    return ()


def _no_report(case):
    (case / "ct.json").unlink()
    return ()


def _foreign_picture(case):
    (case / "foreign.png").write_bytes(png_bytes(np.zeros((20, 20), np.uint8)))
    return ("--radiographs", case / "foreign.png")


def _no_model(case):
    (case / "ct.json").write_text('{"version": "0.1.0"}')
    return ()


def _older_report(case):
    change_report(case, lambda report: report.update(outputs={"volume": "ct.nrrd", "centre_ras_mm": [0, 0, 0]}))
    return ()


def _damaged_report(case):
    change_report(case, lambda report: report.update(created="yesterday"))
    return ()


def _endless_number(case):
    change_report(case, lambda report: report["outputs"].update(centre_ras_mm=[10**400, 0, 0]))
    return ()


def _model_in_other_letters(case):
    change_report(case, lambda report: report["model"].update(version="1.0-\u03b2"))
    return ()


def _model_of_two_values(case):
    change_report(case, lambda report: report["model"].update(name="small\\large"))
    return ()


def _another_volume(case):
    values = VALUES.copy()
    values[8, 10, 9] += 1
    write_volume(case / "ct.nrrd", values, GRID, CENTRE)
    return ()


def _moved_volume(case):
    write_volume(case / "ct.nrrd", VALUES, GRID, (CENTRE[0] + 0.5, *CENTRE[1:]))
    return ()


def _stretched_volume(case):
    write_volume(case / "ct.nrrd", VALUES, VolumeGrid(GRID.shape, 2.6), CENTRE)
    return ()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_other_patient, "ap.dcm and lateral.dcm belong to different patients"),
        (_foreign_radiograph, "foreign.dcm is not one of the radiographs in the report"),
        (_filled_folder, "it holds files already"),
        (_no_report, "is missing or damaged"),
        (_no_model, "does not say which model"),
        (_foreign_picture, "foreign.png is not one of the radiographs in the report"),
        (_older_report, "holds no checksum of its volume"),
        (_damaged_report, "is damaged"),
        (_endless_number, "is damaged"),
        (_model_in_other_letters, "by characters that a DICOM series"),
        (_model_of_two_values, "by characters that a DICOM series"),
        (_another_volume, "its voxels were changed"),
        (_moved_volume, "does not lie where its report says"),
        (_stretched_volume, "does not lie where its report says"),
        (lambda case: ("--radiographs", case / "nowhere.dcm"), "does not exist"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_is_written(case, spoil, sentence, capsys):
    options = spoil(case)
    before = sorted(path.name for path in case.rglob("*"))
    assert export(case, *options) == 2
    assert sentence in capsys.readouterr().err
    assert sorted(path.name for path in case.rglob("*")) == before


def test_damaged_radiograph_is_refused(case, capsys):
    (case / "cut.dcm").write_bytes(AP.read_bytes()[:400])
    assert export(case, "--radiographs", case / "cut.dcm") == 2
    assert "cut.dcm" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["flipped.nii.gz", "turned.mha", "float.nrrd"])
def test_a_volume_that_was_stored_anew_without_loss_is_still_the_one_of_its_report(case, form):
    image = sitk.ReadImage(str(case / "ct.nrrd"))
    if form.startswith("flipped"):
        image = sitk.DICOMOrient(image, "RAS")
    elif form.startswith("turned"):
        image = sitk.DICOMOrient(image, "PIR")
    else:
        image = sitk.Cast(image, sitk.sitkFloat32)
    sitk.WriteImage(image, str(case / form))
    assert export(case, "--report", case / "ct.json", volume=form) == 0
    again = sitk.DICOMOrient(by_gdcm(case / "series"), "LPS")
    assert np.array_equal(sitk.GetArrayFromImage(again), VALUES)
    assert again.GetOrigin() == pytest.approx(GRID.lps_origin_mm(CENTRE), abs=1e-3)


@pytest.mark.parametrize(("keyword", "values"), [("PatientID", ("1", "2")), ("PatientName", ("Doe^John", "Roe^Jane"))])
def test_two_patients_are_told_apart_by_whatever_both_files_state(case, capsys, keyword, values):
    paths = []
    for source, value in zip((AP, LATERAL), values, strict=True):
        data = pydicom.dcmread(source)
        data.PatientID = data.PatientName = ""
        setattr(data, keyword, value)
        paths.append(case / source.name)
        data.save_as(paths[-1])
    assert export(case, "--radiographs", *paths) == 2
    assert "different patients" in capsys.readouterr().err
