"""Results as files: a DICOM series, a page to print, volumes."""

import json
import re

import numpy as np
import pydicom
import pytest
import qt
import SimpleITK as sitk
import slicer
from Diff2CTReconstructionLib.panels import window_buttons
from Diff2CTReconstructionLib.scene import results, sample_data
from host import wait_for

FORMATS = {".nrrd": 0, ".nii.gz": 1, "DICOM": 2, "database": 3, ".html": 4, ".json": 5}


@pytest.fixture
def export(reconstructed, monkeypatch):
    """Export in a format to a path or, for DICOM, into a folder; gives what the panel says then."""

    def press(kind, path):
        monkeypatch.setattr(qt.QFileDialog, "getSaveFileName", lambda *_: str(path))
        monkeypatch.setattr(qt.QFileDialog, "getExistingDirectory", lambda *_: str(path))
        reconstructed.ui.exportFormatComboBox.setCurrentIndex(FORMATS[kind])
        reconstructed.ui.exportButton.click()
        wait_for(lambda: not reconstructed.widget.logic.busy)
        return reconstructed.ui.exportStatusLabel.text

    return press


def test_volumes_and_provenance_are_written_whole(reconstructed, export, tmp_path):
    made = slicer.util.arrayFromVolume(reconstructed.parameters.reconstruction)
    for kind in (".nrrd", ".nii.gz", ".json"):
        assert export(kind, tmp_path / f"result{kind}") == f"Written: {tmp_path / 'result'}{kind}"
    for kind in (".nrrd", ".nii.gz"):
        assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / f"result{kind}"))), made)
    assert json.loads((tmp_path / "result.json").read_text())["model"]["name"] == "small"
    written = {path.name for path in tmp_path.iterdir() if path.name not in ("temporary", "models")}
    assert written == {"result.nrrd", "result.nii.gz", "result.json"}


def test_dicom_series_is_read_by_gdcm_and_refers_to_both_radiographs(reconstructed, export, tmp_path):
    said = export("DICOM", tmp_path)
    folder = tmp_path / "Diff2CT reconstruction 1 DICOM"
    assert said == f"Written: {folder} (32 slices, which refer to 2 DICOM radiographs)"
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    image = sitk.ReadImage(names)
    volume = reconstructed.parameters.reconstruction
    assert np.array_equal(sitk.GetArrayFromImage(image), slicer.util.arrayFromVolume(volume))
    origin = volume.GetOrigin()
    assert image.GetOrigin() == pytest.approx((-origin[0], -origin[1], origin[2]), abs=1e-3)
    first = pydicom.dcmread(names[0])
    files = sample_data.sample_files()
    sources = [pydicom.dcmread(files[side], stop_before_pixels=True) for side in ("frontal", "lateral")]
    assert [item.ReferencedSOPInstanceUID for item in first.SourceImageSequence] == [
        source.SOPInstanceUID for source in sources
    ]
    assert first.StudyInstanceUID == sources[0].StudyInstanceUID
    assert first.SyntheticData == "YES"
    # It opens as it is shown.
    display = volume.GetDisplayNode()
    assert (first.WindowWidth, first.WindowCenter) == (display.GetWindow(), display.GetLevel())


def test_series_still_refers_to_its_radiographs_after_others_were_chosen(reconstructed, export, tmp_path):
    reconstructed.parameters.frontalVolume = None
    assert export("DICOM", tmp_path).endswith("(32 slices, which refer to 2 DICOM radiographs)")


def test_second_export_into_the_same_folder_is_refused(export, tmp_path):
    export("DICOM", tmp_path)
    before = sorted(tmp_path.rglob("*.dcm"))
    assert "it holds files already; give a new or empty folder" in export("DICOM", tmp_path)
    assert sorted(tmp_path.rglob("*.dcm")) == before


def test_folder_that_is_not_there_is_told(export, tmp_path):
    assert export(".json", tmp_path / "missing" / "result.json").startswith("result.json was not written: No such file")
    folder = tmp_path / "missing"
    told = f"Cannot write {folder / 'result.html'}: the folder {folder} does not exist; create it first."
    assert export(".html", folder / "result.html") == told
    (tmp_path / "file").write_text("")
    assert "Cannot write into" in export("DICOM", tmp_path / "file")


def test_page_shows_pictures_agreement_and_that_it_is_for_research(reconstructed, export, tmp_path):
    reconstructed.ui.compareButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    provenance = results.provenance_of(reconstructed.parameters.reconstruction)
    provenance["warnings"] = ["The <lateral> view is blurred."]
    results.attach_provenance(reconstructed.parameters.reconstruction, provenance)
    assert export(".html", tmp_path / "page.html") == f"Written: {tmp_path / 'page.html'}"
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Synthetic volume made by Diff2CT. Research use only, not for clinical decisions." in page
    # Three planes of reconstruction and truth, two radiographs and their re-projections.
    assert page.count("<img ") == 10
    data = json.loads(re.search(r'id="data">(.*?)</script>', page)[1])
    assert [volume["title"] for volume in data["volumes"]] == ["Reconstruction", "True CT"]
    # The page opens and offers the same windows as the panel.
    assert [(window["width"], window["level"]) for window in data["windows"]] == list(window_buttons.WINDOWS.values())
    # The numbers are those of the panel's table.
    table = reconstructed.ui.metricsTable
    shown = {table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount)}
    for name in ("Level profile (vertebrae at their heights)", "Spine overlap (Dice)", "Bone overlap (Dice)"):
        assert f"<td>{name}</td><td>{shown[name]}</td><td>higher</td>" in page
    name = "Bone surface distance (ASSD)"
    assert f"<td>{name}</td><td>{shown[name]} mm</td><td>lower</td>" in page
    assert "No spine" not in page
    assert "The &lt;lateral&gt; view is blurred." in page
    assert provenance["model"]["sha256"] in page
    assert not re.search(r"<(img|script|link)[^>]* (src|href)=.http", page)
    assert not list(reconstructed.temporary_folder.glob("Diff2CT-job-*"))


@pytest.mark.parametrize(
    "scale", [{"known": False, "sentence": "Sizes are <relative>."}, None, "large", {"known": True}]
)
def test_page_says_whether_sizes_are_absolute_where_the_report_does(reconstructed, export, tmp_path, scale):
    provenance = results.provenance_of(reconstructed.parameters.reconstruction)
    assert provenance["scale"]["known"]
    results.attach_provenance(reconstructed.parameters.reconstruction, {**provenance, "scale": scale})
    export(".html", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    told = isinstance(scale, dict) and "sentence" in scale
    assert ("<h3>Scale</h3>" in page) == ("Sizes are &lt;relative&gt;." in page) == told


def test_a_true_ct_without_a_spine_is_told_in_the_panel_and_on_the_page(reconstructed, export, tmp_path):
    truth = reconstructed.parameters.truthCt
    soft = np.minimum(slicer.util.arrayFromVolume(truth), 60)
    # Without any bone it would be refused as no CT; a lump of it is no spine.
    soft[:6, :6, :6] = 400
    slicer.util.updateVolumeFromArray(truth, soft)
    reconstructed.ui.compareButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    sentence = "No spine was found in the true CT, so its level profile and spine overlap are not given."
    assert reconstructed.status == f"Compared with the true CT. {sentence}"
    table = reconstructed.ui.metricsTable
    shown = {table.item(row, 0).text(): table.item(row, 1).text() for row in range(table.rowCount)}
    assert (shown["Level profile (vertebrae at their heights)"], shown["Spine overlap (Dice)"]) == ("-", "-")
    export(".html", tmp_path / "page.html")
    assert f"<p>{sentence}</p>" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_changed_result_is_not_exported_in_the_models_name(reconstructed, export, tmp_path):
    slicer.util.arrayFromVolume(reconstructed.parameters.reconstruction)[3, 3, 3] += 1
    for kind in FORMATS:
        path = tmp_path if kind in ("DICOM", "database") else tmp_path / f"result{kind}"
        assert "is no longer what the model made" in export(kind, path)
    assert not list(tmp_path.glob("*result*")) + list(tmp_path.rglob("*.dcm"))


def test_moved_result_is_not_exported_as_dicom_where_its_report_does_not_put_it(reconstructed, export, tmp_path):
    origin = reconstructed.parameters.reconstruction.GetOrigin()
    reconstructed.parameters.reconstruction.SetOrigin(origin[0] + 5.0, *origin[1:])
    assert "does not lie where its report says" in export("DICOM", tmp_path)
    assert not list(tmp_path.rglob("*.dcm"))


def test_series_does_not_refer_to_a_file_that_took_the_radiographs_place(reconstructed, export, tmp_path):
    other = pydicom.dcmread(sample_data.sample_files()["frontal"])
    other.PatientName = "Somebody^Else"
    other.save_as(tmp_path / "other.dcm")
    reconstructed.parameters.frontalVolume.GetStorageNode().SetFileName(str(tmp_path / "other.dcm"))
    assert export("DICOM", tmp_path).endswith("(32 slices, which refer to 1 DICOM radiographs)")


def test_page_does_not_show_metrics_beside_a_truth_that_was_changed_since(reconstructed, export, tmp_path):
    reconstructed.ui.compareButton.click()
    wait_for(lambda: not reconstructed.widget.logic.busy)
    slicer.util.arrayFromVolume(reconstructed.parameters.truth)[:] = 0
    assert "was changed in the scene since it was compared" in export(".html", tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()
