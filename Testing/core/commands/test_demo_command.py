"""`diff2ct demo`: the bundled pair, compared with its truth."""

import json
import re

import pytest
import SimpleITK as sitk
from command_output import files_in
from sample_pair import QUICK

from Diff2CTCore.storage import resource_path


def test_the_demo_writes_volume_report_picture_and_page_and_prints_the_metrics(run, model, tmp_path):
    code, out, err = run("demo", "-o", tmp_path / "demo", "--model", model, *QUICK)
    assert code == 0, err
    assert files_in(tmp_path / "demo") == ["ct.json", "ct.nrrd", "demo.png", "view.html"]
    assert str(tmp_path / "demo" / "view.html") in out
    assert "Structural similarity, body (2D SSIM)" in out
    assert re.search(r"Re-projection error, radiographs: frontal \d+\.\d%, lateral \d+\.\d%\n", out)
    assert "Research use only" in out
    assert "No spine" not in err
    report = json.loads((tmp_path / "demo" / "ct.json").read_text())
    assert report["metrics"]["values"]["psnr_volume_db"] < 40.0
    assert -1.0 <= report["metrics"]["values"]["level_profile"] < 0.9
    assert report["metrics"]["values"]["spine_dice"] < 0.9
    page = (tmp_path / "demo" / "view.html").read_text(encoding="utf-8")
    # Three planes of reconstruction and truth, two radiographs and their re-projections.
    assert page.count("<img ") == 10
    assert report["model"]["sha256"] in page
    psnr = report["metrics"]["values"]["psnr_volume_db"]
    assert f"<td>Peak signal-to-noise ratio, volume (PSNR)</td><td>{psnr:.2f} dB</td>" in page
    assert report["outputs"]["sha256_of_voxels"] in page
    picture = sitk.ReadImage(str(tmp_path / "demo" / "demo.png"))
    assert min(picture.GetSize()) > 800
    # The volume lies where the truth lies, so that the two can be compared as files.
    written = sitk.ReadImage(str(tmp_path / "demo" / "ct.nrrd"))
    truth = sitk.ReadImage(str(resource_path("SampleData", "truth.nrrd")))
    middles = [v.TransformContinuousIndexToPhysicalPoint([(n - 1) / 2 for n in v.GetSize()]) for v in (written, truth)]
    assert middles[0] == pytest.approx(middles[1], abs=1e-3)
