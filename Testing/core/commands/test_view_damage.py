"""`diff2ct view` with reports and metrics that are damaged or of other versions: shown or refused."""

import json
import os
import re

import numpy as np
import pytest
import SimpleITK as sitk
from command_output import files_in
from export_case import change_report

HUGE = 10**400
VIEWS = {
    view: {"view": view, "rows": 88, "columns": 80, "pixel_spacing_mm": [4.0, 4.0], "sid_mm": 1150.0, "sod_mm": 950.0}
    for view in ("AP", "LL")
}


@pytest.fixture
def body(tmp_path):
    """A volume without a report in a folder of its own: a cylinder of bone in one of soft tissue."""
    row, column = np.indices((40, 44)) - np.array([19.5, 21.5])[:, None, None]
    hu = np.where((row / 15.0) ** 2 + (column / 18.0) ** 2 < 1.0, 40, -1000).astype(np.int16)
    hu[row**2 + column**2 < 16.0] = 500
    image = sitk.GetImageFromArray(np.repeat(hu[None], 48, axis=0))
    image.SetSpacing((4.0, 4.0, 4.0))
    folder = tmp_path / "body"
    folder.mkdir()
    sitk.WriteImage(image, str(folder / "ct.nrrd"))
    return folder


def page_of(run, volume, *options):
    code, _out, err = run("view", volume, *options)
    assert code == 0, err
    return volume.with_suffix(".html").read_text(encoding="utf-8")


def test_numbers_that_no_float_holds_are_left_out(run, case):
    def change(report):
        report["program"] = "Diff2CT"
        report["reprojection_error"] = {"AP": HUGE, "LL": 0.25, "odd": True, "none": float("nan")}
        report["uncertainty"] = {"interval": HUGE, "half_width_hu": 1.0, "samples": 3}

    change_report(case, change)
    page = page_of(run, case / "ct.nrrd")
    agreement = re.search(r"<h3>Agreement with the radiographs.*?</section>", page)[0]
    assert re.findall(r"<td>(.*?)</td>", agreement) == ["lateral (LL)", "25.0%"]
    assert "<h3>Uncertainty</h3>" not in page


@pytest.mark.parametrize("kind", [list, dict])
def test_a_report_without_bottom_is_refused(run, case, kind):
    values = innermost = kind()
    for _ in range(480):
        following = kind()
        innermost.append(following) if kind is list else innermost.update(a=following)
        innermost = following
    change_report(case, lambda report: report.update(program="Diff2CT", settings={"odd": values}))
    before = files_in(case)
    code, _out, err = run("view", case / "ct.nrrd")
    assert (code, "The report is damaged" in err) == (2, True), err
    assert files_in(case) == before


@pytest.mark.parametrize(
    ("name", "value"),
    [("centre_px", [1.0]), ("centre_px", {}), ("principal_point_px", [1, 2] * 2), ("rows", HUGE)],
    ids=["one number", "no numbers", "four numbers", "huge"],
)
def test_a_damaged_geometry_is_refused_where_radiographs_are_shown(run, case, name, value):
    geometry = {**VIEWS, "AP": {**VIEWS["AP"], name: value}}
    change_report(case, lambda report: report.update(program="Diff2CT", geometry=geometry))
    code, _out, err = run("view", case / "ct.nrrd", "--reprojections", case)
    assert (code, "The report is damaged" in err) == (2, True), err


def test_metrics_of_other_versions_are_shown_as_far_as_they_are_known(run, body):
    metrics = {"ssim_body": 0.5, "psnr_body_db": None, "next_years": 1.0}
    (body / "metrics.json").write_text(json.dumps({"metrics": metrics}))
    page = page_of(run, body / "ct.nrrd", "--truth", body / "ct.nrrd", "--metrics", body / "metrics.json")
    assert "<td>Structural similarity, body (2D SSIM)</td><td>0.500</td><td>higher</td>" in page
    assert "Metrics that this version does not know are left out: next_years." in page
    # Nothing was said of the spine, so nothing is.
    assert "<p>" not in re.search(r"<h3>Agreement with the true CT</h3>.*?</section>", page, re.DOTALL)[0]


def test_metrics_that_are_none_are_refused(run, body):
    for content in ({"metrics": {"ssim_body": HUGE}}, {"metrics": [1.0]}, {}, {"metrics": {}, "body_overlap": None}):
        (body / "metrics.json").write_text(json.dumps(content))
        code, _out, err = run("view", body / "ct.nrrd", "--truth", body / "ct.nrrd", "--metrics", body / "metrics.json")
        assert (code, "does not hold metrics" in err) == (2, True), err
    assert not (body / "ct.html").exists()


def test_a_truth_elsewhere_is_refused_with_metrics_too_and_so_are_metrics_of_another_pair(run, body):
    truth = sitk.ReadImage(str(body / "ct.nrrd"))
    for name, place in (("near", (16.0, 0.0, 0.0)), ("far", (900.0, 0.0, 0.0))):
        truth.SetOrigin(place)
        sitk.WriteImage(truth, str(body / f"{name}.nrrd"))
    code, out, err = run("evaluate", body / "ct.nrrd", body / "near.nrrd", "--json")
    assert code == 0, err
    (body / "metrics.json").write_text(out)
    for truth, told in (("far", "lie in different places"), ("ct", "is not about this volume and this true CT")):
        options = ("--truth", body / f"{truth}.nrrd", "--metrics", body / "metrics.json")
        code, _out, err = run("view", body / "ct.nrrd", *options)
        assert (code, told in err) == (2, True), err
    assert not (body / "ct.html").exists()
    # What evaluate says of a truth that covers a part is said on the page, for it shows the rest as air.
    page = page_of(run, body / "ct.nrrd", "--truth", body / "near.nrrd", "--metrics", body / "metrics.json")
    covered = round(100 * 40 / 44)
    assert f"The true CT covers {covered}% of the reconstruction; the rest of it is taken for air." in page


def test_equal_volumes_have_an_infinite_psnr_and_not_a_missing_one(run, body):
    page = page_of(run, body / "ct.nrrd", "--truth", body / "ct.nrrd")
    assert "<td>Peak signal-to-noise ratio, body (PSNR)</td><td>infinite dB</td>" in page
    _code, out, _err = run("evaluate", body / "ct.nrrd", body / "ct.nrrd")
    assert re.search(r"^Peak signal-to-noise ratio, body \(PSNR\) +infinite dB", out, re.MULTILINE)


@pytest.mark.parametrize("name", [".", ".."])
def test_a_folder_that_is_named_by_dots_is_a_folder(run, body, monkeypatch, name):
    monkeypatch.chdir(body)
    code, _out, err = run("view", name)
    assert (code, "holds no CT slices in DICOM" in err) == (2, True), err
    code, _out, err = run("view", os.sep)
    assert (code, "is no volume; name a file" in err) == (2, True), err
