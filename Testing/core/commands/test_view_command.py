"""`diff2ct view`: what belongs together is shown, anything else refused; the page in a browser has its own tests."""

import base64
import gzip
import json
import re
import shutil

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk
from command_output import files_in
from sample_pair import AP, LATERAL, QUICK

from Diff2CTCore.__main__ import main
from Diff2CTCore.storage import resource_path

TRUTH = resource_path("SampleData", "truth.nrrd")
TURNED = ("--ap-rotate", "90", "--ap-flip", "vertical", "--ap-invert")


@pytest.fixture(scope="module")
def made(tmp_path_factory, model):
    """A folder with what `reconstruct` wrote; the frontal radiograph is a PNG that lies on its side and is inverted."""
    folder = tmp_path_factory.mktemp("view")
    image = sitk.GetArrayFromImage(sitk.ReadImage(AP))[0].astype(float)
    grey = ((image - image.min()) / np.ptp(image) * 65535.0).round()
    # What turns by 90 degrees clockwise and then swaps top and bottom brings it back.
    stored = np.ascontiguousarray(np.rot90((65535.0 - grey)[::-1], 1).astype(np.uint16))
    sitk.WriteImage(sitk.GetImageFromArray(stored), str(folder / "ap.png"))
    geometry = ("--ap-spacing", "0.4", "--ap-view", "AP", "--align", "off", "--centre-ras", "10", "-20", "30")
    command = ["reconstruct", folder / "ap.png", LATERAL, "-o", folder / "ct.nrrd", "--model", model]
    command += ["--reprojections", folder / "overlays", *QUICK, *geometry, *TURNED]
    assert main([str(item) for item in command]) == 0
    return folder


@pytest.fixture
def case(made, tmp_path):
    """A copy of it."""
    return shutil.copytree(made, tmp_path / "case")


def page_data(path):
    page = path.read_text(encoding="utf-8")
    return page, json.loads(re.search(r'id="data">(.*?)</script>', page, re.DOTALL)[1])


def test_the_page_holds_the_volume_itself_where_it_lies(run, case):
    code, out, _err = run("view", case / "ct.nrrd")
    assert code == 0
    assert str(case / "ct.html") in out
    assert "Synthetic volume made by Diff2CT. Research use only" in (case / "ct.html").read_text(encoding="utf-8")
    _page, data = page_data(case / "ct.html")
    content = gzip.decompress(base64.b64decode(data["volumes"][0]["nifti"]))
    shown = nibabel.Nifti1Image.from_bytes(content)
    volume = sitk.ReadImage(str(case / "ct.nrrd"))
    assert np.array_equal(np.asarray(shown.dataobj), sitk.GetArrayFromImage(volume).transpose(2, 1, 0))
    index = (3, 20, 30)
    left, posterior, superior = volume.TransformIndexToPhysicalPoint(index)
    assert nibabel.affines.apply_affine(shown.affine, index) == pytest.approx((-left, -posterior, superior), abs=1e-3)
    assert data["centre"] == pytest.approx((10.0, -20.0, 30.0))
    assert data["views"] == []


def test_radiographs_are_read_as_the_reconstruction_read_them(run, case):
    assert run("view", case / "ct.nrrd", "--radiographs", LATERAL, case / "ap.png")[0] == 0
    page, data = page_data(case / "ct.html")
    assert [view["side"] for view in data["views"]] == ["frontal", "lateral"]
    picture = re.search(r'src="data:image/png;base64,([^"]+)" alt="Frontal \(AP\) radiograph"', page)[1]
    (case / "seen.png").write_bytes(base64.b64decode(picture))
    seen = sitk.GetArrayFromImage(sitk.ReadImage(str(case / "seen.png"))).ravel().astype(float)
    upright = sitk.GetArrayFromImage(sitk.ReadImage(AP))[0].ravel().astype(float)
    assert seen.size == upright.size
    assert np.corrcoef(seen, upright)[0, 1] > 0.99
    # The same pictures come from the folder of re-projections.
    assert run("view", case / "ct.nrrd", "--reprojections", case / "overlays", "-o", case / "other.html")[0] == 0
    other, other_data = page_data(case / "other.html")
    assert other_data == data
    assert other.count("<img ") == page.count("<img ") == 7


def test_what_belongs_to_another_reconstruction_is_refused(run, case):
    before = files_in(case)
    for options, told in (
        (("--radiographs", AP, LATERAL), "ap.dcm is not one of the radiographs in the report; give those two."),
        (("--radiographs", LATERAL, LATERAL), "The AP radiograph of the report is missing; give both radiographs."),
        (("--reprojections", case), "frontal_measured.nrrd is missing"),
        (("--reprojections", case, "--radiographs", AP, LATERAL), "give one of them"),
        (("--metrics", case / "ct.json"), "give it with --truth"),
        (("--truth", TRUTH, "--metrics", case / "ct.json"), "does not hold metrics"),
        (("-o", case / "missing" / "page.html"), "does not exist; create it first"),
        (("-o", case / "page.pdf"), "its extension is not known; use .html"),
    ):
        code, _out, err = run("view", case / "ct.nrrd", *options)
        assert (code, told in err) == (2, True), err
    volume = sitk.ReadImage(str(case / "ct.nrrd"))
    sitk.WriteImage(volume + 1, str(case / "ct.nrrd"))
    code, _out, err = run("view", case / "ct.nrrd")
    assert code == 2
    assert "The volume is not the one that the report is about" in err
    assert files_in(case) == before


def test_reprojections_of_another_volume_are_refused(run, case):
    image = sitk.ReadImage(str(case / "overlays" / "lateral_reprojection.nrrd"))
    sitk.WriteImage(sitk.Flip(image, (True, False, False)), str(case / "overlays" / "lateral_reprojection.nrrd"))
    code, _out, err = run("view", case / "ct.nrrd", "--reprojections", case / "overlays")
    assert code == 2
    assert "are not those of this volume" in err


def test_stored_radiographs_of_which_the_report_tells_nothing_are_shown_and_damaged_ones_refused(run, case):
    report = json.loads((case / "ct.json").read_text())
    (case / "ct.json").write_text(json.dumps({**report, "radiographs": {}}))
    assert run("view", case / "ct.nrrd", "--reprojections", case / "overlays")[0] == 0
    assert page_data(case / "ct.html")[0].count("Upright: not stated. Dense is bright: not stated.") == 2
    image = sitk.ReadImage(str(case / "overlays" / "frontal_measured.nrrd"))
    image[3, 3, 0] = float("nan")
    sitk.WriteImage(image, str(case / "overlays" / "frontal_measured.nrrd"))
    code, _out, err = run("view", case / "ct.nrrd", "--reprojections", case / "overlays")
    assert (code, "holds values that are not finite numbers" in err) == (2, True), err


def test_a_volume_without_a_report_is_shown_and_radiographs_need_one(run, case):
    (case / "ct.json").unlink()
    code, _out, err = run("view", case / "ct.nrrd")
    assert code == 0
    assert "There is no report beside ct.nrrd" in err
    # It may be anything, such as the patient's own CT.
    page, _data = page_data(case / "ct.html")
    assert "Synthetic" not in page.split("<script")[0]
    assert "Volume without a report, so nothing here tells how it was made. Research use only" in page
    code, _out, err = run("view", case / "ct.nrrd", "--radiographs", case / "ap.png", LATERAL, "-o", case / "b.html")
    assert (code, "it alone says how the radiographs see the volume" in err) == (2, True)
    assert not (case / "b.html").exists()
    # What a DICOM converter leaves beside a volume is no report.
    (case / "ct.json").write_text('{"Modality": "CT"}')
    assert run("view", case / "ct.nrrd")[0] == 0
    (case / "ct.json").write_text('{"program": "Diff2CT"}')
    assert run("view", case / "ct.nrrd")[0] == 2


def test_metrics_are_measured_or_taken_or_told_to_be_missing(run, tmp_path, monkeypatch):
    truth = sitk.ReadImage(str(TRUTH))
    sitk.WriteImage(sitk.Cast(truth, sitk.sitkInt16)[::4, ::4, ::4], str(tmp_path / "ct.nii.gz"))
    code, out, _err = run("evaluate", tmp_path / "ct.nii.gz", TRUTH, "--json")
    assert code == 0
    bone_dice = json.loads(out)["metrics"]["bone_dice"]
    (tmp_path / "metrics.json").write_text(out)
    for options in ((), ("--metrics", tmp_path / "metrics.json")):
        code, out, _err = run("view", tmp_path / "ct.nii.gz", "--truth", TRUTH, *options, "--progress", "json")
        assert code == 0
        result = json.loads(out.splitlines()[-1])
        assert result["event"] == "result"
        assert result["page"] == str(tmp_path / "ct.html")
        page, data = page_data(tmp_path / "ct.html")
        assert f"<td>Bone overlap (Dice)</td><td>{bone_dice:.3f}</td><td>higher</td>" in page
        assert [volume["id"] for volume in data["volumes"]] == ["reconstruction", "truth"]

    def missing(*_arguments):
        raise ModuleNotFoundError(name="skimage")

    monkeypatch.setattr("Diff2CTCore.ct.evaluate", missing)
    assert run("view", tmp_path / "ct.nii.gz", "--truth", TRUTH)[0] == 0
    page, _data = page_data(tmp_path / "ct.html")
    assert "Bone overlap" not in page
    assert "The page is without metrics against the true CT." in page


def test_a_text_of_the_report_cannot_become_part_of_the_page(run, case):
    report = json.loads((case / "ct.json").read_text())
    evil = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    report["warnings"] = [evil]
    report["versions"] = {evil: evil}
    report["scale"] = {"sentence": evil}
    report["radiographs"]["AP"]["polarity"] = evil
    (case / "ct.json").write_text(json.dumps(report))
    assert run("view", case / "ct.nrrd", "--reprojections", case / "overlays")[0] == 0
    page, _data = page_data(case / "ct.html")
    assert "alert(1)" in page
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_a_page_of_two_real_volumes_is_small_enough_to_be_sent(run, tmp_path, monkeypatch):
    found = {"bone_dice": 1.0, "level_profile": 1.0, "spine_dice": 1.0}
    monkeypatch.setattr("Diff2CTCore.ct.evaluate", lambda *_arguments: found)
    # Each is noisier than what a model makes; radiographs take another 1.5 MB.
    assert run("view", TRUTH, "--truth", TRUTH, "-o", tmp_path / "page.html")[0] == 0
    assert (tmp_path / "page.html").stat().st_size < 10.5e6
